#include "server/inspect.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "broker/describe.h"
#include "broker/partitions.h"
#include "engine/audit.h"
#include "engine/data_directory.h"
#include "engine/describe.h"
#include "env/real/machine.h"
#include "log/checkpoint.h"
#include "log/verify.h"

namespace millrace::server {
namespace {

template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  const auto line = fmt::format(format, std::forward<Args>(args)...);
  std::fwrite(line.data(), 1, line.size(), stdout);
}

// Structure first (log), then whether the parts fit together (engine).
Result<std::uint64_t> check_lane(env::Machine& machine, const std::string& directory) {
  auto store = log::FileStore::open_to_read(machine.files(), directory);
  if (!store) return pass(store);
  auto verified = log::verify(**store);
  if (!verified) return pass(verified);
  for (const auto& finding : verified->findings) {
    print("  DAMAGED {}, offset {}: {}\n", finding.file, finding.offset, finding.what);
  }
  std::uint64_t damaged = verified->findings.size();
  if (damaged == 0) {
    auto fits = engine::audit(machine.core(0), std::move(*store), broker::partition_factory());
    if (!fits) {
      print("  DAMAGED {}: {}\n", directory, fits.error().message);
      ++damaged;
    }
  }
  print("{}: {} journal files with {} entries, {} checkpoint, {} segments with {} records, {} bytes verified{}\n",
        directory, verified->journals, verified->entries, verified->checkpoints, verified->segments, verified->records,
        verified->bytes, damaged == 0 ? "" : fmt::format(", {} DAMAGED", damaged));
  if (verified->torn_tail_bytes > 0) {
    print("  note: the last group was not finished ({} bytes); it was never acknowledged and will be cut\n",
          verified->torn_tail_bytes);
  }
  return damaged;
}

// What the checkpoint tells of the partitions that the journal speaks of; damage there is reported by the walk.
engine::Kinds kinds_before(env::Machine& machine, log::Store& store) {
  engine::Kinds kinds;
  const auto head = store.read_head();
  if (!head || !*head || (*head)->checkpoint_id == 0) return kinds;
  if (const auto content = log::read_checkpoint(store, (*head)->checkpoint_id)) {
    kinds.note_checkpoint(machine.core(0), *content);
  }
  return kinds;
}

}  // namespace

Result<bool> check_directory(const std::string& path) {
  env::Machine machine(1);
  auto lanes = engine::read_data_directory(machine.files(), path);
  if (!lanes) return pass(lanes);
  std::uint64_t damaged = 0;
  for (std::uint32_t lane = 0; lane < *lanes; ++lane) {
    auto found = check_lane(machine, engine::lane_directory(path, lane));
    if (!found) return pass(found);
    damaged += *found;
  }
  if (damaged == 0) {
    print("{}: all is well\n", path);
  } else {
    print("{}: {} damaged {}. Nothing damaged is ever served; restore the named files from a copy.\n", path, damaged,
          damaged == 1 ? "place" : "places");
  }
  return damaged == 0;
}

Result<void> dump_directory(const std::string& path) {
  env::Machine machine(1);
  const engine::Words words{.change = broker::describe_change, .record = broker::describe_record};
  auto lanes = engine::read_data_directory(machine.files(), path);
  if (!lanes) return pass(lanes);
  for (std::uint32_t lane = 0; lane < *lanes; ++lane) {
    const auto directory = engine::lane_directory(path, lane);
    print("{}\n", directory);
    auto store = log::FileStore::open_to_read(machine.files(), directory);
    if (!store) return pass(store);
    engine::Kinds kinds = kinds_before(machine, **store);
    log::Visitor visitor;
    visitor.head = [](const log::Head& head) {
      print("head: epoch {}, checkpoint {} through entry {}, journal from file {:016x}\n", head.epoch,
            head.checkpoint_id, head.checkpoint_sequence, head.first_journal_id);
    };
    visitor.group = [](std::uint64_t journal, std::uint64_t group, std::uint32_t entries) {
      print("journal {:016x} group {}: {}\n", journal, group,
            entries == 0 ? "seal" : fmt::format("{} entries", entries));
    };
    visitor.entry = [&](const log::Entry& entry, const log::Slice& payload) {
      kinds.note_entry(entry.type, payload.bytes);
      print("  {:>10} partition {:>4} {}\n", entry.sequence, entry.partition.get(),
            engine::describe(entry.type, payload.bytes, kinds.of(entry.partition), words));
    };
    visitor.checkpoint = [](std::uint64_t id, const std::string& content) {
      print("checkpoint {:016x}: {} bytes\n", id, content.size());
    };
    visitor.segment = [](const log::SegmentInfo& info) {
      print("segment {:016x}: {} bytes, {} extents\n", info.id, info.bytes, info.extents.size());
    };
    visitor.block = [&](std::uint64_t, const log::Block& block) {
      for (const auto& record : block.records) {
        print("  partition {:>4} record {:>10} {}\n", block.partition.get(), record.seq,
              words.record(kinds.of(block.partition), record.bytes));
      }
    };
    auto verified = log::verify(**store, &visitor);
    if (!verified) return pass(verified);
    for (const auto& finding : verified->findings) {
      print("DAMAGED {}, offset {}: {}\n", finding.file, finding.offset, finding.what);
    }
  }
  return {};
}

}  // namespace millrace::server
