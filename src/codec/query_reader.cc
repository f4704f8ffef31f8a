#include "codec/query_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "codec/arena.h"
#include "codec/numbers.h"
#include "codec/query_names.h"
#include "codec/rules.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::codec {

using Problem = std::optional<Violation>;

Problem QueryParameters::add(std::string_view encoded) {
  bytes_ += encoded.size();
  if (bytes_ > limits_.bytes_max) return violation_of_request(Violation::Kind::too_long, "");
  while (!encoded.empty()) {
    const std::string_view pair = encoded.substr(0, encoded.find('&'));
    encoded.remove_prefix(std::min(pair.size() + 1, encoded.size()));
    if (pair.empty()) continue;
    if (sorted_.size() == limits_.parameters_max) return violation_of_request(Violation::Kind::too_long, "parameters");
    const std::size_t equals = pair.find('=');
    Parameter parameter{.name = pair.substr(0, equals), .order = next_order_++};
    if (equals != std::string_view::npos) parameter.value = pair.substr(equals + 1);
    if (parameter.name.find_first_of("%+") != std::string_view::npos) {
      std::string& name = owned_.emplace_back();
      if (!percent_decode(parameter.name, Plus::space, name)) {
        return violation_of_request(Violation::Kind::malformed, "percent-encoding of a parameter's name");
      }
      parameter.name = name;
    }
    sorted_.push_back(parameter);
  }
  sort();
  return {};
}

void QueryParameters::sort() {
  std::ranges::sort(sorted_, {}, [](const Parameter& p) { return std::pair(p.name, p.order); });
  // Of a run of equal names the last one stays.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    if (kept > 0 && sorted_[kept - 1].name == sorted_[i].name) --kept;
    sorted_[kept++] = sorted_[i];
  }
  sorted_.resize(kept);
}

void QueryParameters::add_default(std::string name, std::string value) {
  if (contains(name)) return;
  const std::string_view kept_name = owned_.emplace_back(std::move(name));
  const std::string_view kept_value = owned_.emplace_back(std::move(value));
  sorted_.push_back({.name = kept_name, .value = kept_value, .order = next_order_++, .encoded = false});
  sort();
}

std::vector<QueryParameters::Parameter>::const_iterator QueryParameters::first_with(std::string_view prefix) const {
  return std::ranges::lower_bound(sorted_, prefix, {}, &Parameter::name);
}

const QueryParameters::Parameter* QueryParameters::find(std::string_view name) const {
  const auto at = first_with(name);
  return at != sorted_.end() && at->name == name ? &*at : nullptr;
}

namespace {

bool decode(const QueryParameters::Parameter& parameter, std::string& out) {
  if (!parameter.encoded) {
    out = parameter.value;
    return true;
  }
  out.clear();
  out.reserve(parameter.value.size());
  return percent_decode(parameter.value, Plus::space, out);
}

// The name of the parameter that is being looked for, extended on the way down and cut on the way up.
class Prefix {
 public:
  class Level {
   public:
    Level(Prefix& prefix, std::string_view part) : prefix_(prefix), size_(prefix.text_.size()) {
      if (size_ > 0) prefix.text_ += '.';
      prefix.text_ += part;
    }
    ~Level() { prefix_.text_.resize(size_); }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Prefix& prefix_;
    std::size_t size_;
  };
  const std::string& text() const { return text_; }

 private:
  friend class Level;
  std::string text_;
};

class Reader {
 public:
  explicit Reader(const QueryParameters& parameters) : parameters_(parameters) {}

  Problem structure(const Shape& shape, void* into, const Place* place) {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
      const Field& field = shape.fields[i];
      if (!is_present(field)) continue;
      const Prefix::Level level(prefix_, field.wire.query);
      const Place here{.above = place, .field = &field};
      if (auto bad = value(field.wire, *field.type, field.emplace(into), here)) return bad;
      seen |= std::uint64_t{1} << i;
    }
    return check_members(shape, into, seen, place, parameters_.limits());
  }

 private:
  // Some parameter begins with the prefix and is it, or goes on with a dot.
  bool any_at_prefix() const {
    const std::string& name = prefix_.text();
    if (parameters_.contains(name)) return true;
    return any_with(name + '.');
  }
  bool any_with(std::string_view start) const {
    const auto at = parameters_.first_with(start);
    return at != parameters_.end() && at->name.starts_with(start);
  }

  bool is_present(const Field& field) {
    {
      const Prefix::Level level(prefix_, field.wire.query);
      const bool scalar = field.type->element == nullptr && field.type->kind != Kind::structure;
      if (scalar) return parameters_.contains(prefix_.text());
      if (any_at_prefix()) return true;
    }
    // `Entries=`: the only way to say that a list is there and empty.
    const Prefix::Level level(prefix_, field.name);
    return field.type->kind != Kind::structure && parameters_.contains(prefix_.text());
  }

  // Counts how deep the reader is in itself: a struct may contain itself.
  class Depth {
   public:
    explicit Depth(std::size_t& depth) : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    std::size_t& depth_;
  };

  Problem value(const WireNames& names, const Type& type, void* into, const Place& place) {
    const Depth deeper(depth_);
    if (depth_ > parameters_.limits().depth_max) return violation_of_request(Violation::Kind::malformed, "depth");
    switch (type.kind) {
      case Kind::structure: return structure(*type.shape, into, &place);
      case Kind::list: return list(type, into, place);
      case Kind::map: return map(names, type, into, place);
      default: break;
    }
    const auto* parameter = parameters_.find(prefix_.text());
    // A list's entry that has parameters below it but no value of its own.
    if (parameter == nullptr) return violation_at(place, Violation::Kind::malformed);
    if (type.kind != Kind::string) return scalar(*parameter, type, into, place);
    if (!type.view) return string(*parameter, *static_cast<std::string*>(into), place);
    std::string text;
    if (auto bad = string(*parameter, text, place)) return bad;
    *static_cast<std::string_view*>(into) = arena_of(parameters_.limits()).keep(text);
    return {};
  }

  Problem string(const QueryParameters::Parameter& parameter, std::string& into, const Place& place) {
    if (decode(parameter, into) && is_utf8(into)) return {};
    return violation_at(place, Violation::Kind::malformed, is_utf8(parameter.value) ? parameter.value : "");
  }

  Problem scalar(const QueryParameters::Parameter& parameter, const Type& type, void* into, const Place& place) {
    std::string text;
    bool good = decode(parameter, text);
    switch (type.kind) {
      case Kind::blob: good = good && read_base64(text, type, into, parameters_.limits()); break;
      case Kind::boolean:
        good = good && (text == "true" || text == "false");
        *static_cast<bool*>(into) = text == "true";
        break;
      case Kind::int32: return integer(text, *static_cast<std::int32_t*>(into), place);
      case Kind::int64: return integer(text, *static_cast<std::int64_t*>(into), place);
      case Kind::float64: good = good && read_double(text, *static_cast<double*>(into)); break;
      case Kind::timestamp: {
        const auto time = good ? read_timestamp(text) : std::nullopt;
        good = time.has_value();
        if (good) *static_cast<Time*>(into) = *time;
        break;
      }
      default: break;
    }
    if (!good) return violation_at(place, Violation::Kind::malformed, is_utf8(text) ? text : "");
    return {};
  }

  static std::optional<Time> read_timestamp(std::string_view text) {
    if (double seconds = 0; read_double(text, seconds)) return from_epoch_seconds(seconds);
    return read_iso8601(text);
  }

  template <class Int>
  Problem integer(std::string_view text, Int& into, const Place& place) {
    constexpr Rule range{.min = std::numeric_limits<Int>::min(), .max = std::numeric_limits<Int>::max()};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error == std::errc::result_out_of_range) {
      return violation_at(place, Violation::Kind::out_of_range, text, range);
    }
    if (error != std::errc{} || end != text.data() + text.size()) {
      return violation_at(place, Violation::Kind::malformed, is_utf8(text) ? text : "");
    }
    return {};
  }

  struct Index {
    std::uint32_t number;
    std::string_view text;
  };
  // The N of `PREFIX.N` and `PREFIX.N.…`, ascending; gaps are allowed.
  std::vector<Index> indexes() const {
    std::vector<Index> found;
    const std::string start = prefix_.text() + '.';
    for (auto at = parameters_.first_with(start); at != parameters_.end() && at->name.starts_with(start); ++at) {
      std::string_view text = at->name.substr(start.size());
      text = text.substr(0, text.find('.'));
      if (!found.empty() && found.back().text == text) continue;
      Index index{.number = 0, .text = text};
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index.number);
      if (error == std::errc{} && end == text.data() + text.size()) found.push_back(index);
    }
    std::ranges::sort(found, {}, [](const Index& i) { return std::pair(i.number, i.text); });
    const auto again = std::ranges::unique(found, {}, &Index::text);
    found.erase(again.begin(), again.end());
    return found;
  }

  Problem list(const Type& type, void* into, const Place& place) {
    type.clear(into);
    for (const Index& index : indexes()) {
      const Prefix::Level level(prefix_, index.text);
      const Place here{.above = &place, .index = index.number};
      if (auto bad = element(*type.element, type.append(into), here)) return bad;
    }
    return {};
  }

  // A list or map inside another goes on with ".member" or ".entry".
  Problem element(const Type& type, void* into, const Place& place) {
    const WireNames& names = names_within(type);
    if (type.element == nullptr) return value(names, type, into, place);
    const Prefix::Level level(prefix_, names.query);
    return value(names, type, into, place);
  }

  Problem map(const WireNames& names, const Type& type, void* into, const Place& place) {
    type.clear(into);
    // Old clients leave the index away when there is one entry: Attribute.Name=…&Attribute.Value=….
    if (has_key(names)) {
      if (auto bad = entry(names, type, into, 1, place)) return bad;
    }
    for (const Index& index : indexes()) {
      const Prefix::Level level(prefix_, index.text);
      if (auto bad = entry(names, type, into, index.number, place)) return bad;
    }
    return {};
  }

  bool has_key(const WireNames& names) {
    const Prefix::Level level(prefix_, names.key);
    return parameters_.contains(prefix_.text());
  }

  Problem entry(const WireNames& names, const Type& type, void* into, std::size_t index, const Place& place) {
    std::string key;
    const Place unnamed{.above = &place, .index = index};
    {
      const Prefix::Level level(prefix_, names.key);
      const auto* parameter = parameters_.find(prefix_.text());
      if (parameter == nullptr) return missing_part(unnamed, names.key);
      if (auto bad = string(*parameter, key, unnamed)) return bad;
    }
    const Prefix::Level level(prefix_, names.value);
    const Place here{.above = &place, .index = index, .key = std::string_view(key)};
    if (!any_at_prefix()) return missing_part(unnamed, names.value);
    return element(*type.element, type.append_keyed(into, key), here);
  }

  static Violation missing_part(const Place& entry, std::string_view part) {
    Violation violation = violation_at(entry, Violation::Kind::missing, {}, rule_of(entry));
    violation.path += '.';
    violation.path += part;
    violation.query_path += '.';
    violation.query_path += part;
    return violation;
  }

  // Of the member that the place is in.
  static Rule rule_of(const Place& place) {
    const Place* at = &place;
    while (at != nullptr && at->field == nullptr) at = at->above;
    return at != nullptr ? at->field->rule : Rule{};
  }

  const QueryParameters& parameters_;
  Prefix prefix_;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<std::string> QueryParameters::value(std::string_view name) const {
  const Parameter* parameter = find(name);
  if (parameter == nullptr) return {};
  std::string text;
  if (!decode(*parameter, text) || !is_utf8(text)) return {};
  return text;
}

std::optional<Violation> read_query(const QueryParameters& parameters, const Shape& shape, void* into) {
  return Reader(parameters).structure(shape, into, nullptr);
}

}  // namespace millrace::codec
