// SmppLink: one connection to a message centre, from the login (bind_transceiver) to its end.
//
// Lives on one core. It numbers requests, matches answers, answers what the centre asks, and asks itself whether the
// centre is still there when nothing was heard for a while. Every end is told once, by ended(), and is final; whoever was
// waiting for an answer then knows that none will come. Owned through a shared_ptr, which may be let go at any time.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/callback.h"
#include "base/time.h"
#include "delivery/smpp_pdu.h"
#include "env/core.h"
#include "env/net.h"

namespace millrace::delivery {

struct SmppTimes {
  Duration answer{10'000};   // to any request
  Duration enquire{30'000};  // without a word from the centre
};

// Answers the centre with a status; once, on the link's core, now or later.
using SmppReply = Callback<void(std::uint32_t status)>;

class SmppLink : public std::enable_shared_from_this<SmppLink> {
 public:
  static constexpr std::size_t unanswered_max = 1'000;  // of what the centre has sent; it is to send more later

  // Told by the link, never within a call to it.
  class Owner {
   public:
    virtual void bound() = 0;
    // The centre's answer to a submission: 0 is success, and only then there is an id.
    virtual void submitted(std::uint32_t sequence, std::uint32_t status, std::string message_id) = 0;
    // A message or a receipt. The centre keeps what is not answered with success.
    virtual void received(const SmppMessage& message, SmppReply reply) = 0;
    virtual void ended(const std::string& why) = 0;

   protected:
    ~Owner() = default;
  };

  // The owner outlives the link or calls leave().
  SmppLink(env::Core& core, std::unique_ptr<env::Socket> socket, Owner& owner, SmppTimes times)
      : core_(core), owner_(&owner), times_(times), buffer_(read_size), socket_(std::move(socket)) {}
  ~SmppLink();
  SmppLink(const SmppLink&) = delete;
  SmppLink& operator=(const SmppLink&) = delete;

  // Logs in and begins to read. Once, before anything else.
  void start(const SmppBind& bind);
  // Only when bound. Gives the number by which submitted() names it.
  std::uint32_t submit(const SmppMessage& message);
  // Logs out; ended() follows.
  void unbind();
  // Ends at once and tells the owner nothing any more.
  void leave();

 private:
  static constexpr std::size_t read_size = 16 * 1024;

  struct Pending {
    std::uint32_t command;
    Duration until;
  };
  std::uint32_t request(std::uint32_t command, std::string body);
  void answer(const SmppPdu& request, std::uint32_t status, std::string body = "");
  void write(std::string bytes);
  void read();
  void take(std::string_view bytes);
  void handle(SmppPdu pdu);
  void handle_answer(const SmppPdu& pdu);
  void handle_request(const SmppPdu& pdu);
  void handle_message(const SmppPdu& pdu);
  void watch();
  void end(const std::string& why);

  env::Core& core_;
  Owner* owner_;  // null: the end has come
  const SmppTimes times_;
  std::vector<std::byte> buffer_;
  std::string in_;       // what is not a whole PDU yet
  std::string out_;      // to be written next
  std::string writing_;  // stays where it is until it is written
  std::uint32_t last_sequence_ = 0;
  std::map<std::uint32_t, Pending> pending_;
  std::size_t unanswered_ = 0;
  Duration heard_{};
  env::TimerId timer_{};
  // Last, so that it goes first: it reads and writes what is above. Null after the end.
  std::unique_ptr<env::Socket> socket_;
};

}  // namespace millrace::delivery
