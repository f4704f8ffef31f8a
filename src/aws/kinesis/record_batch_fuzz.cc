// Whatever stands in a batch is read or refused; what reads to its end is written to the same records.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "aws/kinesis/record_batch.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace kinesis = millrace::aws::kinesis;
  kinesis::BatchReader reader(millrace::as_bytes({reinterpret_cast<const char*>(data), size}));
  std::vector<kinesis::StoredRecord> records;
  for (kinesis::StoredRecord record; reader.next(record);) records.push_back(record);
  if (!reader.good() || records.empty()) return 0;
  const auto written = kinesis::write_batch(reader.encrypted(), records);
  kinesis::BatchReader again(millrace::as_bytes(written));
  for (const auto& each : records) {
    kinesis::StoredRecord record;
    millrace::check(again.next(record) && record.partition_key == each.partition_key && record.data == each.data,
                    "a batch is read as it was written");
  }
  return 0;
}
