#include "load/put.h"

#include <fmt/format.h>

#include "load/get.h"

namespace millrace::bench {
namespace {

// As many different requests as give every shard its share, within a few megabytes.
constexpr unsigned records_prepared = 4000;
constexpr unsigned requests_least = 4;

std::string key_of(std::uint64_t number) { return fmt::format("key-{:010x}", number * 0x9E3779B97F4A7C15ull >> 24); }

template <class Data>
Document put_document(const Options& options, unsigned count, std::uint64_t first, Data data) {
  Document document(options.cbor);
  if (count == 1) {
    document.map(3).key("StreamName").text(options.stream).key("Data").blob(data(first));
    return document.key("PartitionKey").text(key_of(first)).end_map();
  }
  document.map(2).key("StreamName").text(options.stream).key("Records").array(count);
  for (std::uint64_t number = first; number < first + count; ++number) {
    document.map(2).key("Data").blob(data(number)).key("PartitionKey").text(key_of(number)).end_map();
  }
  return document.end_array().end_map();
}

std::string_view action(unsigned count) { return count == 1 ? "PutRecord" : "PutRecords"; }

}  // namespace

PutShare::PutShare(Run& run) : payloads(run.bodies, run.options.cbor) {
  const unsigned batch = run.options.batch;
  const unsigned count = std::max(requests_least, records_prepared / batch);
  for (unsigned i = 0; i < count; ++i) {
    const auto document =
        put_document(run.options, batch, std::uint64_t{i} * batch,
                     [this](std::uint64_t number) -> std::string_view { return payloads.wire(number); });
    requests.push_back(build_kinesis_request(run.options, action(batch), document));
  }
}

bool verify_put(Run& run, const Reply& reply, std::size_t count) {
  if (!run.accepted(reply)) return false;
  PutReply parsed;
  const bool cbor = run.options.cbor;
  const bool whole =
      count == 1 ? parse_put_record(cbor, reply.body, parsed) : parse_put_records(cbor, reply.body, parsed);
  if (!whole) {
    run.error("malformed reply", reply.body);
  } else if (parsed.failed != 0) {
    run.error("failed records", reply.body);
  } else if (parsed.accepted != count) {
    run.error("records without result", reply.body);
  } else {
    return true;
  }
  return false;
}

void Putter::next() {
  if (run_.over() || (share_.limit != 0 && share_.started >= share_.limit)) return idle();
  current_ = share_.next++ % share_.requests.size();
  share_.started += run_.options.batch;
  request(share_.requests[current_]);
}

void Putter::on_reply(const Reply& reply) {
  const unsigned batch = run_.options.batch;
  if (verify_put(run_, reply, batch)) {
    for (unsigned i = 0; i < batch; ++i) ++share_.payloads.body(current_ * batch + i).sent;
    run_.call("put", reply);
    run_.messages(reply.received_ns, batch);
  }
  next();
}

StampedPut::StampedPut(const Options& options, unsigned count, std::uint64_t number)
    : blank(stamp::blank(options.cbor, options.size)), cbor_(options.cbor) {
  const auto document =
      put_document(options, count, number, [this](std::uint64_t) -> std::string_view { return blank; });
  request = build_kinesis_request(options, action(count), document);
  for (auto at = request.find(blank); at != std::string::npos; at = request.find(blank, at + blank.size())) {
    places_.push_back(at);
  }
}

void StampedPut::write_stamp(std::uint64_t now_ns) {
  for (const auto place : places_) stamp::write(cbor_, request.data() + place, now_ns);
}

void run_put(Run& run) {
  const auto& options = run.options;
  PutShare share(run);
  share.limit = options.count;
  run.begin(options.count != 0 ? 0 : options.warmup, options.count != 0 ? 0 : options.seconds);
  run_workers(run, options.connections, [&](unsigned) { return std::make_unique<Putter>(run, share); });
  if (!options.check_drain) return;
  Run reading(options);
  run_get(reading, true);
  for (std::size_t i = 0; i < run.bodies.count(); ++i) run.bodies.at(i).received += reading.bodies.at(i).received;
  if (!reading.clean()) run.error("while reading", reading.report());
  run.count_missing = true;
}

}  // namespace millrace::bench
