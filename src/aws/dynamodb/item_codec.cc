#include "aws/dynamodb/item_codec.h"

namespace millrace::aws::dynamodb {
namespace {

constexpr std::uint8_t item_version = 1;

struct Encode {
  ByteWriter& out;

  void operator()(const std::string& text) const { out.string(text); }
  void operator()(const Binary& binary) const { out.string(binary.bytes); }
  void operator()(const Decimal& number) const {
    std::string ordered;
    number.append_ordered(ordered);
    out.raw(ordered);
  }
  void operator()(bool truth) const { out.u8(truth ? 1 : 0); }
  void operator()(Null) const {}
  template <class Set>
    requires requires(const Set& set) { set.members; }
  void operator()(const Set& set) const {
    out.varint(set.members.size());
    for (const auto& member : set.members) (*this)(member);
  }
  void operator()(const List& list) const {
    out.varint(list.size());
    for (const auto& value : list) encode(value, out);
  }
  void operator()(const Attributes& map) const {
    out.varint(map.size());
    for (const auto& [name, value] : map) {
      out.string(name);
      encode(value, out);
    }
  }
};

bool decode_value(ByteReader& in, Value& out, int depth);

bool read(ByteReader& in, std::string& out) {
  out = in.string();
  return in.ok();
}

bool read(ByteReader& in, Binary& out) { return read(in, out.bytes); }

bool read(ByteReader& in, Decimal& out) {
  // The number ends itself: everything is looked at, and what it took is passed over.
  ByteReader ahead = in;
  const std::string_view all = as_text(ahead.rest());
  std::string_view left = all;
  const auto number = Decimal::read_ordered(left);
  if (!number) return false;
  in.raw(all.size() - left.size());
  out = *number;
  return true;
}

bool read(ByteReader& in, bool& out) {
  const auto byte = in.u8();
  out = byte == 1;
  return in.ok() && byte <= 1;
}

// Each entry takes a byte at least, so a count beyond what is left is wrong; that keeps the memory bounded.
bool read_count(ByteReader& in, std::uint64_t& count) {
  count = in.varint();
  return in.ok() && count <= in.remaining();
}

template <class Set>
  requires requires(Set& set) { set.members; }
bool read(ByteReader& in, Set& out) {
  std::uint64_t count = 0;
  if (!read_count(in, count) || count == 0) return false;
  for (; count > 0; --count) {
    typename decltype(out.members)::value_type member;
    if (!read(in, member)) return false;
    // In order, and each once.
    if (!out.members.empty() && !(out.members.back() < member)) return false;
    out.members.push_back(std::move(member));
  }
  return true;
}

bool read_list(ByteReader& in, List& out, int depth) {
  std::uint64_t count = 0;
  if (!read_count(in, count)) return false;
  for (; count > 0; --count) {
    if (!decode_value(in, out.emplace_back(), depth + 1)) return false;
  }
  return true;
}

bool read_map(ByteReader& in, Attributes& out, int depth) {
  std::uint64_t count = 0;
  if (!read_count(in, count)) return false;
  for (; count > 0; --count) {
    const auto name = in.string();
    if (!in.ok() || (!out.empty() && !(out.rbegin()->first < name))) return false;
    if (!decode_value(in, out.emplace_hint(out.end(), name, Value{})->second, depth + 1)) return false;
  }
  return true;
}

template <class T>
bool read_into(ByteReader& in, Value& out) {
  return read(in, out.data.emplace<T>());
}

bool decode_value(ByteReader& in, Value& out, int depth) {
  if (depth > stored_depth_max) return false;
  const auto tag = in.u8();
  if (!in.ok()) return false;
  switch (static_cast<ValueType>(tag)) {
    case ValueType::S: return read_into<std::string>(in, out);
    case ValueType::N: return read_into<Decimal>(in, out);
    case ValueType::B: return read_into<Binary>(in, out);
    case ValueType::BOOL: return read_into<bool>(in, out);
    case ValueType::null: out.data.emplace<Null>(); return true;
    case ValueType::SS: return read_into<StringSet>(in, out);
    case ValueType::NS: return read_into<NumberSet>(in, out);
    case ValueType::BS: return read_into<BinarySet>(in, out);
    case ValueType::L: return read_list(in, out.data.emplace<List>(), depth);
    case ValueType::M: return read_map(in, out.data.emplace<Attributes>(), depth);
  }
  return false;
}

}  // namespace

void encode(const Value& value, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(value.type()));
  std::visit(Encode{out}, value.data);
}

bool decode(ByteReader& in, Value& out) { return decode_value(in, out, 0); }

std::string encode_item(const Attributes& item) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(item_version);
  out.varint(size_of(item));
  Encode{out}(item);
  return bytes;
}

std::optional<Attributes> decode_item(std::string_view bytes) {
  ByteReader in(bytes);
  Attributes item;
  if (in.u8() != item_version) return std::nullopt;
  const auto size = in.varint();
  if (!read_map(in, item, 0) || !in.done() || size != size_of(item)) return std::nullopt;
  return item;
}

std::size_t stored_size(std::string_view bytes) {
  ByteReader in(bytes);
  in.u8();
  return static_cast<std::size_t>(in.varint());
}

}  // namespace millrace::aws::dynamodb
