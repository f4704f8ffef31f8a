// Expressions of every language from arbitrary text: a parser accepts or refuses, and what it accepts can be evaluated.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "aws/dynamodb/parser.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

Placeholders some_placeholders() {
  Placeholders all;
  (void)all.add_name("#n", "name");
  (void)all.add_name("#a", "a.b");
  (void)all.add_value(":n", Value{Decimal(7)});
  (void)all.add_value(":s", Value{std::string("text")});
  (void)all.add_value(":b", Value{Binary{"bytes"}});
  (void)all.add_value(":l", Value{List{Value{Decimal(1)}}});
  (void)all.add_value(":ss", Value{StringSet{{"a", "b"}}});
  return all;
}

Attributes some_item() {
  return {{"a", Value{Attributes{{"b", Value{List{Value{Decimal(1)}, Value{std::string("x")}}}}}}},
          {"name", Value{std::string("text")}},
          {"n", Value{Decimal(-3)}},
          {"l", Value{List{Value{Attributes{{"k", Value{true}}}}, Value{Null{}}}}},
          {"ss", Value{StringSet{{"a"}}}}};
}

void look_at(std::string_view text) {
  const Attributes item = some_item();
  auto placeholders = some_placeholders();
  if (const auto condition = parse_condition(text, "ConditionExpression", placeholders)) {
    const bool holds_here = holds(*condition, item);
    const Condition negated{.kind = Condition::Kind::negation, .conditions = {*condition}};
    check(holds(negated, item) != holds_here, "NOT turns a condition around");
    (void)holds(*condition, {});
  }
  if (const auto update = parse_update(text, placeholders)) {
    Attributes changed = item;
    (void)apply(*update, changed);
    (void)update->paths.project(changed);
    Attributes made;
    (void)apply(*update, made);
  }
  if (const auto projection = parse_projection(text, placeholders)) {
    const Attributes once = projection->project(item);
    check(size_of(once) <= size_of(item), "a projection is a part");
  }
  (void)placeholders.check_used();
}

}  // namespace
}  // namespace millrace::aws::dynamodb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::aws::dynamodb::look_at({reinterpret_cast<const char*>(data), size});
  return 0;
}
