#include "broker/topic/filter_event.h"

#include <algorithm>

#include "base/check.h"
#include "broker/topic/filter_json.h"
#include "codec/json_document.h"
#include "codec/numbers.h"

namespace millrace::broker {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// As deep as the service's own parser goes.
constexpr std::size_t body_depth_max = 1000;

}  // namespace

// Puts a document's leaves into an event. Arrays add nothing to a path.
class EventReader {
 public:
  explicit EventReader(FilterEvent& event) : event_(event) {}

  // The parser has bounded the depth.
  void read(const FilterPath& path, element from) {
    switch (from.type()) {
      case element_type::OBJECT:
        for (const auto [name, each] : simdjson::dom::object(from)) read(path.child(name), each);
        return;
      case element_type::ARRAY:
        for (const element each : simdjson::dom::array(from)) read(path, each);
        return;
      default: leaf(path, from);
    }
  }

  void leaf(const FilterPath& path, element from) {
    digits_.clear();
    switch (from.type()) {
      case element_type::STRING: return event_.add(path.id(), {FilterKind::string, 0, std::string_view(from)});
      case element_type::BOOL:
        return event_.add(path.id(), {bool(from) ? FilterKind::true_value : FilterKind::false_value, 0, {}});
      case element_type::NULL_VALUE: return event_.add(path.id(), {FilterKind::null_value, 0, {}});
      case element_type::INT64: {
        const auto number = std::int64_t(from);
        constexpr std::int64_t whole_max = filter_number_max / filter_number_scale;
        if (-whole_max <= number && number <= whole_max) {
          return event_.add(path.id(), {FilterKind::number, number * filter_number_scale, {}});
        }
        codec::write_integer(number, digits_);
        break;
      }
      case element_type::UINT64: codec::write_integer(std::uint64_t(from), digits_); break;
      // The shortest text of a double is the decimal that was written, unless that had more digits than a double holds.
      case element_type::DOUBLE: codec::write_double(double(from), digits_); break;
      default: return;
    }
    number(path, digits_);
  }

  void read(const FilterPath& path, const FilterJson& from) {
    using Type = FilterJson::Type;
    switch (from.type) {
      case Type::object:
        for (const FilterJson& each : from.children) read(path.child(each.name), each);
        return;
      case Type::array:
        for (const FilterJson& each : from.children) read(path, each);
        return;
      case Type::string: return event_.add(path.id(), {FilterKind::string, 0, from.text});
      case Type::number: return number(path, from.text);
      case Type::true_value: return event_.add(path.id(), {FilterKind::true_value, 0, {}});
      case Type::false_value: return event_.add(path.id(), {FilterKind::false_value, 0, {}});
      case Type::null_value: return event_.add(path.id(), {FilterKind::null_value, 0, {}});
    }
  }

 private:
  void number(const FilterPath& path, std::string_view digits) {
    std::string large;
    if (const auto value = filter_number(digits, large)) event_.add(path.id(), *value);
  }

  FilterEvent& event_;
  std::string digits_;
};

Result<FilterEvent> FilterEvent::from_body(std::string_view json) {
  FilterEvent event;
  EventReader reader(event);
  const codec::JsonDocument document(json, body_depth_max);
  if (document.root() != nullptr) {
    if (!document.root()->is_object()) return fail(ErrorCode::invalid, "the body is not a JSON object");
    reader.read({}, *document.root());
    return event;
  }
  // The fast parser refuses whole documents for one integer of more than 64 bits, or a number that fits no double.
  const auto tree = parse_filter_json(json, body_depth_max);
  if (!tree) return fail(ErrorCode::invalid, tree.error().what);
  if (!tree->is(FilterJson::Type::object)) return fail(ErrorCode::invalid, "the body is not a JSON object");
  reader.read({}, *tree);
  return event;
}

void FilterEvent::add_attribute(std::string_view name, std::string_view type, std::string_view value) {
  const FilterPath path = FilterPath().child(name);
  if (type == "String.Array") {
    const codec::JsonDocument document(value, body_depth_max);
    malformed_ |= document.root() == nullptr || !document.root()->is_array();
    if (malformed_) return;
    EventReader reader(*this);
    for (const element each : simdjson::dom::array(*document.root())) {
      if (!each.is_array() && !each.is_object()) reader.leaf(path, each);
    }
    return;
  }
  const auto base = type.substr(0, type.find('.'));
  if (base == "String") add(path.id(), {FilterKind::string, 0, value});
  if (base != "Number") return;
  // The service takes ".5" for a number when it is published, and for none here.
  std::string digits;
  const auto number = value.starts_with('.') ? std::nullopt : filter_number(value, digits);
  malformed_ |= !number;
  if (number) add(path.id(), *number);
}

void FilterEvent::add(std::uint64_t path, const FilterValue& value) {
  check(text_.size() + value.text.size() <= UINT32_MAX, "messages are bounded far below");
  entries_.push_back({.path = path,
                      .number = value.number,
                      .offset = static_cast<std::uint32_t>(text_.size()),
                      .size = static_cast<std::uint32_t>(value.text.size()),
                      .kind = value.kind});
  text_.append(value.text);
  arranged_ = false;
}

FilterValue FilterEvent::value_of(const Entry& entry) const {
  return {entry.kind, entry.number, std::string_view(text_).substr(entry.offset, entry.size)};
}

FilterValue FilterEvent::value(std::uint32_t index) const { return value_of(entries_[index]); }

void FilterEvent::arrange() const {
  std::ranges::sort(entries_, [this](const Entry& a, const Entry& b) {
    return a.path != b.path ? a.path < b.path : value_of(a) < value_of(b);
  });
  const auto doubles = std::ranges::unique(
      entries_, [this](const Entry& a, const Entry& b) { return a.path == b.path && value_of(a) == value_of(b); });
  entries_.erase(doubles.begin(), doubles.end());
  groups_.clear();
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    if (groups_.empty() || groups_.back().path != entries_[i].path) groups_.push_back({entries_[i].path, i, i});
    groups_.back().end = i + 1;
  }
  arranged_ = true;
}

const std::vector<FilterEvent::Group>& FilterEvent::groups() const {
  if (!arranged_) arrange();
  return groups_;
}

const FilterEvent::Group* FilterEvent::find(std::uint64_t path) const {
  const auto& all = groups();
  const auto at = std::ranges::lower_bound(all, path, {}, &Group::path);
  return at == all.end() || at->path != path ? nullptr : &*at;
}

}  // namespace millrace::broker
