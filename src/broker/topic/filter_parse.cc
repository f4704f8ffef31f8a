// From a policy's JSON to its code: first every condition is checked and encoded, in the order in which the service meets
// them, then the limits are, then alternatives are multiplied out.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "broker/topic/filter_code.h"
#include "broker/topic/filter_json.h"
#include "broker/topic/filter_policy.h"
#include "broker/topic/filter_rules.h"

namespace millrace::broker {
namespace {

using Type = FilterJson::Type;

constexpr std::string_view or_name = "$or";

// In an object within "$or" these make it an ordinary name.
constexpr std::string_view reserved_names[] = {"exactly",
                                               "equals-ignore-case",
                                               "prefix",
                                               "suffix",
                                               "anything-but",
                                               "exists",
                                               "wildcard",
                                               "numeric",
                                               "cidr",
                                               "=",
                                               "<",
                                               "<=",
                                               ">",
                                               ">=",
                                               "regex",
                                               "not-wildcard",
                                               "not-equals-ignore-case",
                                               "date-after",
                                               "date-on-or-after",
                                               "date-before",
                                               "date-on-or-before",
                                               "in-date-range",
                                               "ip-address-in-range",
                                               "ip-address-not-in-range"};

bool is_alternative(const FilterJson& value) {
  return value.is(Type::object) && std::ranges::none_of(value.children, [](const FilterJson& child) {
           return std::ranges::find(reserved_names, child.name) != std::end(reserved_names);
         });
}

bool is_or(const FilterJson& value) {
  return value.name == or_name && value.is(Type::array) && value.children.size() >= 2 &&
         std::ranges::all_of(value.children, is_alternative);
}

// What the policy says, with its conditions encoded.
class Checker {
 public:
  // The encoded conditions replace the text of their array.
  std::optional<FilterRuleError> object(FilterJson& object) {
    for (FilterJson& child : object.children) {
      if (auto error = member(child)) return error;
    }
    return {};
  }

 private:
  std::optional<FilterRuleError> member(FilterJson& value) {
    if (is_or(value)) {
      for (FilterJson& each : value.children) {
        if (auto error = nested(each)) return error;
      }
      return {};
    }
    if (value.is(Type::object)) return nested(value);
    if (!value.is(Type::array))
      return FilterRuleError{'"' + value.name + "\" must be an object or an array", value.met};
    return encode_filter_rules(value, value.text);
  }

  std::optional<FilterRuleError> nested(FilterJson& value) {
    if (value.children.empty()) return FilterRuleError{"Empty objects are not allowed", value.read};
    return object(value);
  }
};

// Stays at this much: nobody allows more.
constexpr std::uint64_t combinations_counted = 1ull << 32;

std::uint64_t combinations_of(const FilterJson& object, std::uint64_t depth, std::uint64_t before) {
  std::uint64_t total = before;
  for (const FilterJson& child : object.children) {
    if (child.is(Type::object)) {
      total = combinations_of(child, depth + 1, total);
    } else if (is_or(child)) {
      std::uint64_t sum = 0;
      for (const FilterJson& each : child.children) sum += combinations_of(each, depth, total);
      total = sum;
    } else {
      total = std::min(total * std::min(child.children.size() * depth, combinations_counted), combinations_counted);
    }
    total = std::min(total, combinations_counted);
  }
  return total;
}

// The compiled form refers to its clauses so often at most. A thousand names in each of many alternatives cost one
// combination each, but not one byte.
constexpr std::uint64_t references_max = 10'000;

struct Expansion {
  std::uint64_t branches = 1;
  std::uint64_t references = 0;
};

Expansion expansion_of(const FilterJson& object, Expansion before) {
  for (const FilterJson& child : object.children) {
    if (child.is(Type::object)) {
      before = expansion_of(child, before);
    } else if (is_or(child)) {
      Expansion sum{0, 0};
      for (const FilterJson& each : child.children) {
        const Expansion one = expansion_of(each, before);
        sum = {sum.branches + one.branches, sum.references + one.references};
      }
      before = sum;
    } else {
      before.references += before.branches;
    }
  }
  return before;
}

bool is_nested(const FilterJson& object) {
  return std::ranges::any_of(object.children, [](const FilterJson& child) {
    return child.is(Type::object) || (is_or(child) && std::ranges::any_of(child.children, is_nested));
  });
}

// Clauses by number; a branch has one clause for each path, the last that was given for it.
class Branches {
 public:
  using Branch = std::map<std::uint64_t, std::uint32_t>;

  void object(const FilterJson& object, const FilterPath& path, std::vector<Branch>& branches) {
    for (const FilterJson& child : object.children) {
      if (is_or(child)) {
        std::vector<Branch> all;
        for (const FilterJson& each : child.children) {
          std::vector<Branch> some = branches;
          this->object(each, path, some);
          std::ranges::move(some, std::back_inserter(all));
        }
        branches = std::move(all);
      } else if (child.is(Type::object)) {
        this->object(child, path.child(child.name), branches);
      } else {
        const std::uint64_t id = path.child(child.name).id();
        const auto number = static_cast<std::uint32_t>(clauses_.size());
        clauses_.push_back({id, child.text});
        for (Branch& branch : branches) branch[id] = number;
      }
    }
  }

  std::string code(const std::vector<Branch>& branches) const {
    // Only what a branch still refers to, in the order of what it says.
    using Key = std::pair<std::uint64_t, std::string_view>;
    const auto key = [&](std::uint32_t number) { return Key(clauses_[number].path, clauses_[number].conditions); };
    std::map<Key, std::uint32_t> order;
    for (const Branch& branch : branches) {
      for (const auto& [path, number] : branch) order.try_emplace(key(number), 0);
    }
    std::string code;
    ByteWriter out(code);
    std::set<std::vector<std::uint32_t>> lists;
    std::uint32_t next = 0;
    for (auto& [clause, index] : order) index = next++;
    for (const Branch& branch : branches) {
      std::vector<std::uint32_t> list;
      for (const auto& [path, number] : branch) list.push_back(order.at(key(number)));
      std::ranges::sort(list);
      lists.insert(std::move(list));
    }
    out.varint(lists.size());
    out.varint(order.size());
    for (const auto& [clause, index] : order) {
      out.u64(clause.first);
      out.string(clause.second);
    }
    if (lists.size() > 1) {
      for (const auto& list : lists) {
        out.varint(list.size());
        for (const std::uint32_t index : list) out.varint(index);
      }
    }
    return code;
  }

 private:
  std::vector<FilterClause> clauses_;  // their conditions are in the tree
};

std::unexpected<FilterError> refuse(std::string_view what) {
  return std::unexpected(FilterError{"FilterPolicy: " + std::string(what)});
}

}  // namespace

std::expected<std::shared_ptr<const FilterPolicy>, FilterError> parse_filter_policy(std::string_view json,
                                                                                    FilterScope scope,
                                                                                    const FilterLimits& limits) {
  if (json.empty()) json = "{}";
  // The service's words for this one are not known.
  if (json.size() > limits.bytes_max) return refuse("Filter policy is too large");
  auto parsed = parse_filter_json(json, limits.depth_max);
  if (!parsed) {
    const FilterJsonError& error = parsed.error();
    return refuse("failed to parse JSON. " + error.what + filter_json_location(json, error.position));
  }
  FilterJson& root = *parsed;
  if (!root.is(Type::object)) return refuse("Filter is not an object" + filter_json_location(json, root.met));
  if (const auto error = Checker().object(root)) {
    return refuse(error->what + (error->position ? filter_json_location(json, *error->position) : ""));
  }
  if (root.children.size() > limits.keys_max) {
    return refuse("Filter policy can not have more than " + std::to_string(limits.keys_max) + " keys");
  }
  // Few combinations mean few branches, which the second needs.
  if (combinations_of(root, 1, 1) > limits.combinations_max || expansion_of(root, {}).references > references_max) {
    return refuse("Filter policy is too complex");
  }
  if (scope == FilterScope::attributes && is_nested(root)) {
    return std::unexpected(FilterError{"Filter policy scope MessageAttributes does not support nested filter policy"});
  }
  Branches compiler;
  std::vector<Branches::Branch> branches(1);
  compiler.object(root, {}, branches);
  return std::make_shared<const FilterPolicy>(compiler.code(branches));
}

}  // namespace millrace::broker
