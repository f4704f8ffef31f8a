// Recovery and verification of a journal of several files. The input says what is written: mostly groups that continue
// one another, with gaps, repetitions and lies where it says so, and at last bytes that are changed. Both readers must
// come to the same judgement, and hand out nothing but entries in order.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/log.h"
#include "log/journal_format.h"
#include "log/recover.h"
#include "log/testing.h"
#include "log/verify.h"

namespace millrace::log {
namespace {

constexpr std::uint32_t seed = 0x5EED;
constexpr int files_max = 4;
constexpr int groups_max = 6;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  std::uint8_t take() { return at_ == end_ ? 0 : *at_++; }
  // Usually 0: only one value in `rarity` asks for another number.
  std::int64_t rarely(unsigned rarity) {
    return take() % rarity == rarity - 1 ? std::int64_t{static_cast<std::int8_t>(take())} : 0;
  }
  bool empty() const { return at_ == end_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

struct Place {
  std::uint64_t group = 1;
  std::uint64_t sequence = 1;
};

std::string make_group(Input& in, Place& place, std::uint64_t journal_id) {
  GroupHeader header{.journal_id = journal_id + static_cast<std::uint64_t>(in.rarely(16))};
  header.number = place.group + static_cast<std::uint64_t>(in.rarely(8));
  header.first_sequence = place.sequence + static_cast<std::uint64_t>(in.rarely(16));
  header.durable_group = header.number - 1 - in.take() % 2;
  header.entries = in.take() % 4;
  std::string entries;
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    const std::size_t payload = in.take() * std::size_t{16};
    std::string entry(entry_header_bytes + payload, 'p');
    encode_entry_header({.payload_bytes = static_cast<std::uint32_t>(payload),
                         .sequence = header.first_sequence + i + static_cast<std::uint64_t>(in.rarely(16)),
                         .partition = PartitionId(1),
                         .type = 1},
                        reinterpret_cast<std::byte*>(entry.data()));
    entries += entry;
  }
  header.entry_bytes = static_cast<std::uint32_t>(entries.size() + static_cast<std::size_t>(in.rarely(16)));
  place.group = header.number + 1;
  place.sequence = header.first_sequence + header.entries;
  std::string group(group_header_bytes, '\0');
  encode_group_header(header, seed, reinterpret_cast<std::byte*>(group.data()));
  group += entries;
  group.resize(padded(group.size()), '\0');
  return group;
}

std::string make_file(Input& in, Place& place, std::uint64_t id) {
  // A file may begin before the end of the one before it, as after a cut.
  place.group += static_cast<std::uint64_t>(in.rarely(4));
  std::string content;
  const int groups = in.take() % (groups_max + 1);
  for (int i = 0; i < groups; ++i) content += make_group(in, place, id);
  content.resize(content.size() + in.take() % 3 * group_alignment, '\0');
  content.resize(content.size() -
                 std::min<std::size_t>(content.size(), static_cast<std::size_t>(in.take() / 128 * 100)));
  return content;
}

void read_both_ways(Store& store, const Head& head) {
  std::uint64_t replayed = 0;
  const auto recovered = recover(store, head, [&](const Entry& entry, const Slice& slice) -> Result<void> {
    check(entry.sequence == ++replayed, "entries come in order");
    const auto* const end = slice.chunk->data() + slice.chunk->size();
    check(slice.bytes.data() > slice.chunk->data() && slice.bytes.data() + slice.bytes.size() <= end,
          "inside its chunk");
    return {};
  });
  const auto verified = verify(store);
  check(verified.has_value(), "in memory");
  check(recovered.has_value() == verified->findings.empty(), "recovery and verification agree");
  if (recovered) check(verified->entries == replayed, "recovery and verification agree");
}

void run(Input in) {
  testing::MemoryFiles files;
  auto store = FileStore::open(files, "lane");
  const Head head{.seed = seed};
  check((*store)->write_head(head).has_value(), "in memory");
  Place place;
  const std::uint64_t count = 1 + in.take() % files_max;
  for (std::uint64_t id = 1; id <= count; ++id) {
    files.put("lane/" + object_name(Kind::journal, id), make_file(in, place, id));
  }
  while (!in.empty()) {
    std::string& content = files.content("lane/" + object_name(Kind::journal, 1 + in.take() % count));
    const std::size_t offset = in.take() * std::size_t{256} + in.take();
    if (offset < content.size()) content[offset] ^= static_cast<char>(in.take());
  }
  read_both_ways(**store, head);
}

}  // namespace
}  // namespace millrace::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::logging::set_level(millrace::logging::Level::error);
  millrace::log::run(millrace::log::Input(data, size));
  return 0;
}
