// Batches of records as they are stored in a shard; docs/format/stream-batch.md.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace millrace::aws::kinesis {

struct StoredRecord {
  std::string_view partition_key;
  std::string_view data;
};

// A batch takes this much, and what each record takes.
inline constexpr std::size_t batch_head_bytes = 6;
std::size_t stored_bytes(const StoredRecord& record);

// Writes what goes into one shard where it is to stand, record by record.
class BatchWriter {
 public:
  // `into` has the room that all of the records take, of which there is at least one.
  BatchWriter(MutableBytes into, bool encrypted, std::uint32_t records);
  void add(const StoredRecord& record);

 private:
  void add(std::string_view text);
  std::byte* to_;
};

std::string write_batch(bool encrypted, std::span<const StoredRecord> records);

// Reads record after record. A batch is what this server wrote, so damage in it ends the reading and good() says so.
class BatchReader {
 public:
  explicit BatchReader(Bytes batch);
  bool encrypted() const { return encrypted_; }
  std::uint32_t records() const { return records_; }
  // False at the end, or when the rest cannot be read. The views point into the batch.
  bool next(StoredRecord& into);
  bool good() const { return good_; }

 private:
  ByteReader in_;
  std::uint32_t records_ = 0;
  std::uint32_t read_ = 0;
  bool encrypted_ = false;
  bool good_ = true;
};

}  // namespace millrace::aws::kinesis
