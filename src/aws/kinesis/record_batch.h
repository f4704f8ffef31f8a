// Batches of records as they are stored in a shard; docs/format/stream-batch.md.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace millrace::aws::kinesis {

// What goes into one shard, encoded record by record.
class BatchWriter {
 public:
  BatchWriter(bool encrypted, std::size_t bytes_expected);
  void add(std::string_view partition_key, std::string_view data);

  std::uint32_t records() const { return records_; }
  // Bytes so far, which are those of a batch that ends here.
  std::size_t size() const { return bytes_.size(); }
  std::string& finish();

 private:
  std::string bytes_;
  std::uint32_t records_ = 0;
};

// Cuts an encoded batch after its first `records` records, which end at byte `size`.
void cut_batch(std::string& batch, std::uint32_t records, std::size_t size);

struct StoredRecord {
  std::string_view partition_key;
  std::string_view data;
};

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
