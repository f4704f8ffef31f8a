#include "broker/stream/state.h"

#include <algorithm>

#include "base/check.h"
#include "broker/stream/batch.h"

namespace millrace::broker {
namespace {

// docs/format/stream.md. A later version only adds fields at the end and raises these.
constexpr std::uint8_t config_version = 1;
constexpr std::uint8_t state_version = 2;

void encode_config(const StreamConfig& config, ByteWriter& out) {
  out.u8(config_version);
  out.varint(static_cast<std::uint64_t>(config.retention.count()));
  out.string(config.properties);
}

bool decode_config(ByteReader& in, StreamConfig& config) {
  if (in.u8() != config_version) return false;
  config.retention = Duration(static_cast<std::int64_t>(in.varint()));
  config.properties = in.string();
  return in.ok();
}

}  // namespace

std::string encode_configure(Time now, const StreamConfig& config) {
  std::string payload;
  ByteWriter out(payload);
  out.i64(to_ms(now));
  encode_config(config, out);
  return payload;
}

void StreamState::apply(const engine::Change& change, engine::Backlog& backlog) {
  ByteReader in(change.payload);
  switch (static_cast<StreamChange>(change.type)) {
    case StreamChange::configure: {
      seen = std::max(seen, from_ms(in.i64()));
      const bool first_one = created == Time{};
      if (first_one) created = seen;
      const Time oldest = seen - config.retention;
      check(decode_config(in, config) && in.done(), "a configure entry is what encode_configure made");
      if (!first_one) expired = std::max(expired, oldest);
      return;
    }
    case StreamChange::append: {
      const auto head = read_batch_head(change.record.bytes);
      check(head && !closed, "an append entry carries a batch");
      const engine::RecordSeq first_of_batch = backlog.next();
      check(change.seq.get() - first_of_batch.get() + 1 == head->records, "a batch stands at its last offset");
      latest = head->time;
      seen = std::max(seen, latest);
      marks.note(first_of_batch, latest);
      backlog.push(change.seq, change.record);
      return;
    }
    case StreamChange::trim: {
      first = std::max(first, engine::RecordSeq(in.varint()));
      check(in.done() && first <= backlog.next());
      marks.trim(first);
      backlog.trim_below(first);
      return;
    }
    case StreamChange::close: {
      seen = std::max(seen, from_ms(in.i64()));
      closed = true;
      return;
    }
  }
  check(false, "an entry of a stream is of a known type");
}

void StreamState::accept(const engine::Arrival& arrival, engine::Backlog& backlog) {
  const auto head = read_batch_head(arrival.head);
  check(head && head->records == 1 && !arrival.returned, "what is fanned out to a stream is a batch of one");
  // A stream that is closed takes nothing more, whoever sends it.
  if (closed) return;
  latest = std::max(latest, head->time);
  seen = std::max(seen, latest);
  marks.note(arrival.seq, latest);
  backlog.push(arrival.seq, arrival.record, arrival.head);
}

void StreamState::save(ByteWriter& out) const {
  out.u8(state_version);
  encode_config(config, out);
  out.i64(to_ms(created));
  out.i64(to_ms(latest));
  out.u8(closed ? 1 : 0);
  out.varint(first.get());
  marks.save(out);
  out.i64(to_ms(expired));
}

Result<void> StreamState::load(ByteReader& in) {
  const auto version = in.u8();
  if (version == 0 || version > state_version) {
    return fail(ErrorCode::unsupported, "a stream's state was written by a newer version");
  }
  if (!decode_config(in, config)) return fail(ErrorCode::unsupported, "a stream's configuration cannot be read");
  created = from_ms(in.i64());
  latest = from_ms(in.i64());
  seen = std::max(created, latest);
  closed = in.u8() != 0;
  first = engine::RecordSeq(in.varint());
  if (auto ok = marks.load(in); !ok) return ok;
  if (version >= 2) expired = from_ms(in.i64());
  if (!in.done()) return fail(ErrorCode::damaged, "a stream's state has more than it should");
  return {};
}

}  // namespace millrace::broker
