#include "broker/queue/changes.h"

#include <algorithm>
#include <cstring>

namespace millrace::broker {
namespace {

template <std::size_t N>
void put(ByteWriter& out, const std::array<std::uint8_t, N>& bytes) {
  out.raw(std::as_bytes(std::span(bytes)));
}

template <std::size_t N>
void get(ByteReader& in, std::array<std::uint8_t, N>& bytes) {
  const auto text = in.raw(N);
  std::memcpy(bytes.data(), text.data(), text.size());
}

// Flags of a send.
constexpr std::uint8_t send_delayed = 1;
constexpr std::uint8_t send_out_of_line = 2;
constexpr std::uint8_t send_grouped = 4;
constexpr std::uint8_t send_dedup = 8;

}  // namespace

void encode(const ConfigureChange& change, std::string& into) {
  ByteWriter out(into);
  out.i64(to_ms(change.now));
  out.u8(change.counts_as_modified ? 1 : 0);
  encode_config(change.config, out);
}

bool decode(ByteReader in, ConfigureChange& change) {
  change.now = from_ms(in.i64());
  change.counts_as_modified = in.u8() != 0;
  auto config = decode_config(in);
  if (!config) return false;
  change.config = std::move(*config);
  return in.done();
}

void encode(const SendChange& change, std::string& into) {
  ByteWriter out(into);
  const bool delayed = change.due != Time{};
  out.u8(static_cast<std::uint8_t>((delayed ? send_delayed : 0) | (change.out_of_line ? send_out_of_line : 0) |
                                   (change.group != 0 ? send_grouped : 0) | (change.dedup ? send_dedup : 0)));
  out.i64(to_ms(change.now));
  out.i64(to_ms(change.sent));
  if (delayed) out.i64(to_ms(change.due));
  if (change.group != 0) out.u64(change.group);
  if (change.dedup) {
    put(out, change.dedup->digest);
    out.u64(change.dedup->group);
    put(out, change.id);
  }
}

bool decode(ByteReader in, SendChange& change) {
  const auto flags = in.u8();
  change.now = from_ms(in.i64());
  change.sent = from_ms(in.i64());
  change.out_of_line = (flags & send_out_of_line) != 0;
  if ((flags & send_delayed) != 0) change.due = from_ms(in.i64());
  if ((flags & send_grouped) != 0) change.group = in.u64();
  if ((flags & send_dedup) != 0) {
    change.dedup.emplace();
    get(in, change.dedup->digest);
    change.dedup->group = in.u64();
    get(in, change.id);
  }
  return in.done();
}

void encode(const AcquireChange& change, std::string& into) {
  ByteWriter out(into);
  out.i64(to_ms(change.now));
  out.i64(to_ms(change.due));
  out.varint(change.cursor.get());
  out.u8(change.attempt ? 1 : 0);
  if (change.attempt) put(out, *change.attempt);
  out.varint(change.items.size());
  for (const auto& item : change.items) {
    out.u8(static_cast<std::uint8_t>(item.step));
    out.varint(item.seq.get());
    if (item.step == Step::take_scanned || item.step == Step::pass_over) {
      out.u64(item.group);
      out.i64(to_ms(item.sent));
    }
  }
}

bool decode(ByteReader in, AcquireChange& change) {
  change.now = from_ms(in.i64());
  change.due = from_ms(in.i64());
  change.cursor = Seq(in.varint());
  if (in.u8() != 0) get(in, change.attempt.emplace());
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    AcquireItem item;
    const auto step = in.u8();
    if (step > static_cast<std::uint8_t>(Step::drop_scanned)) return false;
    item.step = static_cast<Step>(step);
    item.seq = Seq(in.varint());
    if (item.step == Step::take_scanned || item.step == Step::pass_over) {
      item.group = in.u64();
      item.sent = from_ms(in.i64());
    }
    change.items.push_back(item);
  }
  return in.done();
}

void encode(const RenewChange& change, std::string& into) {
  ByteWriter out(into);
  out.i64(to_ms(change.now));
  out.varint(change.seq.get());
  out.i64(to_ms(change.due));
}

bool decode(ByteReader in, RenewChange& change) {
  change.now = from_ms(in.i64());
  change.seq = Seq(in.varint());
  change.due = from_ms(in.i64());
  return in.done();
}

void encode(const MoveTask& task, std::string& into) {
  ByteWriter out(into);
  out.u64(task.id);
  out.string(task.target);
  out.varint(task.rate_max);
  out.u8(static_cast<std::uint8_t>(task.status));
  out.varint(task.to_move);
  out.varint(task.moved);
  out.i64(to_ms(task.started));
  out.string(task.failure);
}

bool decode(ByteReader& in, MoveTask& task) {
  task.id = in.u64();
  task.target = in.string();
  task.rate_max = static_cast<std::uint32_t>(in.varint());
  const auto status = in.u8();
  task.status = static_cast<MoveStatus>(status);
  task.to_move = in.varint();
  task.moved = in.varint();
  task.started = from_ms(in.i64());
  task.failure = in.string();
  return in.ok() && status <= static_cast<std::uint8_t>(MoveStatus::failed);
}

std::string encode(const Departure& departure) {
  std::string note;
  ByteWriter out(note);
  out.u8(static_cast<std::uint8_t>(departure.reason));
  if (departure.reason != Departure::Reason::published) {
    out.u64(departure.task);
  } else if (departure.dedup) {
    out.raw(std::as_bytes(std::span(*departure.dedup)));
  }
  return note;
}

bool decode(std::string_view note, Departure& departure) {
  ByteReader in(note);
  departure.reason = static_cast<Departure::Reason>(in.u8());
  if (departure.reason != Departure::Reason::published) {
    departure.task = in.u64();
  } else if (in.remaining() > 0) {
    const auto digest = in.raw(departure.dedup.emplace().size());
    std::ranges::copy(digest, departure.dedup->begin());
  }
  return in.done();
}

}  // namespace millrace::broker
