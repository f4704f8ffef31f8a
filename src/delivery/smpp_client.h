// SmppClient: an SmsGateway that is a message centre of SMPP 3.4.
//
// It connects when the first message is sent and stays connected from then on, for the centre's receipts; after the end of a
// connection it tries again, waiting longer each time. Messages wait in line for a place in the window of submissions that
// are not answered yet. What cannot be submitted in time gives `retry`: what must not be lost is kept by whoever sends.
//
// Lives on one core; send() may be called on any. Destroyed on its core, or when no core runs any more.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "delivery/smpp_link.h"
#include "delivery/sms.h"
#include "env/core.h"
#include "env/net.h"

namespace millrace::delivery {

struct SmppOptions {
  std::string address;  // HOST:PORT; the usual port is 2775
  SmppBind bind;
  std::size_t window = 10;  // submissions under way at once
  SmppTimes times;
  // What the centre says became of a message, on the client's core.
  std::function<void(const SmppReceipt&)> on_receipt;
};

class SmppClient final : public SmsGateway, private SmppLink::Owner {
 public:
  static constexpr std::size_t waiting_max = 10'000;  // messages in line
  static constexpr Duration wait_max{30'000};         // in line
  static constexpr Duration pause_when_throttled{1'000};
  static constexpr Duration reconnect_first{1'000};
  static constexpr Duration reconnect_max{60'000};

  // The net must outlive this.
  SmppClient(env::Core& core, env::Net& net, SmppOptions options);
  ~SmppClient();

  void send(env::Core& home, Sms sms, Callback<void(Outcome)> done) override;
  void listen(SmsListener listener) override { listener_ = std::move(listener); }
  // Gives up what waits and logs out; `done` runs when the connection has ended. On the client's core.
  void stop(Callback<void()> done);

 private:
  // A message of one or more parts.
  struct Job {
    SmppMessage message;
    std::vector<std::string> parts;
    std::size_t submitted = 0;
    std::size_t accepted = 0;
    std::string first_id;
    Duration until{};              // in line
    Callback<void(Outcome)> done;  // null: ended, its parts under way do not matter any more
  };
  enum class State : std::uint8_t { idle, connecting, binding, bound, pausing, stopped };

  void bound() override;
  void submitted(std::uint32_t sequence, std::uint32_t status, std::string message_id) override;
  void received(const SmppMessage& message, SmppReply reply) override;
  void ended(const std::string& why) override;

  void send_here(Sms sms, Callback<void(Outcome)> done);
  std::shared_ptr<Job> make_job(const Sms& sms) const;
  void connect();
  void lost(const std::string& why);
  void pump();
  void give_up_late_ones();
  static void finish(Job& job, Outcome outcome);
  // Runs `task` later unless this is gone by then.
  template <class Task>
  env::TimerId after(Duration delay, Task task);

  env::Core& core_;
  env::Net& net_;
  const SmppOptions options_;
  SmsListener listener_;
  State state_ = State::idle;
  std::shared_ptr<SmppLink> link_;
  std::deque<std::shared_ptr<Job>> line_;                 // not all of their parts are submitted
  std::map<std::uint32_t, std::shared_ptr<Job>> window_;  // submissions by number
  bool throttled_ = false;
  bool sweeping_ = false;
  Duration reconnect_ = reconnect_first;
  std::uint8_t reference_ = 0;  // joins the parts of one message
  Callback<void()> stopped_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace millrace::delivery
