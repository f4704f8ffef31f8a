// StreamClients: what the users of streams do: producers, readers that go on from where they were, also over restarts,
// subscribers, and whoever makes, closes and removes partitions. Each call is recorded in the model of its partition.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/clients.h"
#include "sim/stream/history.h"
#include "sim/stream/verbs.h"
#include "sim/stream/workload.h"

namespace millrace::sim {

class StreamClients final : public Clients {
 public:
  StreamClients(const Setting& setting, const StreamWorkload& workload);

  void use(Server* server) override;
  void prepare() override;
  bool prepared() const override;
  void act() override;
  void check_quiet(Course& course) override;
  void drain(Course& course) override;
  void check_after_the_end(Course& course) override;
  std::uint64_t received() const override;

 private:
  enum class Presence : std::uint8_t { absent, unknown, certain };
  // A key and the partition that has it now.
  struct Slot {
    std::string key;
    std::shared_ptr<History> history;
    Presence presence = Presence::absent;
    bool must_be_new = false;  // when it is made: the one before was removed for certain
    bool making = false;
    bool resharding = false;
    bool configuring = false;
    std::size_t under_way = 0;
    unsigned made = 0;
  };
  struct Reader {
    std::size_t slot = 0;
    std::shared_ptr<History> history;  // of which it knows the position; null: it begins
    std::uint64_t position = 0;
    bool busy = false;
  };
  struct Subscriber {
    std::size_t slot = 0;
    std::shared_ptr<History> history;
    std::shared_ptr<Subscription> subscription;  // null: none
    std::uint64_t position = 0;
    bool at_end = false;
    Time last{};
  };

  // Registers a call to a partition; `answered` is told the reply while the model is still about that partition.
  template <class T>
  Callback<void(Reply<T>)> call_to(
      std::size_t slot, std::string what, Callback<void(const Reply<T>&)> answered,
      Callback<void()> unanswered = [] {});
  // A partition that calls may go to; none when there is none at the moment.
  std::optional<std::size_t> some_slot();
  Slot& add_slot();
  void make(std::size_t slot);
  void append(std::size_t slot);
  void read(Reader& reader);
  void begin(Reader& reader);
  void read_at(Reader& reader, std::uint64_t position, broker::StreamReadLimits limits);
  void find(std::size_t slot, Reader* reader);
  void status(std::size_t slot, Reader* reader);
  void subscribe(Subscriber& subscriber);
  bool stays(const Subscriber& subscriber) const;
  void open(Subscriber& subscriber);
  void pushed(Subscriber& subscriber, const std::shared_ptr<Subscription>& subscription, const Reply<Given>& given);
  void resubscribe();
  void configure(std::size_t slot);
  void reshard(std::size_t slot);
  void destroy(std::size_t slot);
  void read_everything(Course& course);
  void ask_everything(Course& course);
  void check_memory();
  void check_trimmed(Course& course);

  const StreamWorkload& workload_;
  std::optional<StreamVerbs> server_;
  engine::Engine* engine_ = nullptr;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::uint64_t received_ = 0;
  std::size_t tail_bytes_ = 0;  // of the last answers in ask_everything()
  std::size_t extents_ = 0;
};

}  // namespace millrace::sim
