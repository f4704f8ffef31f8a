#include "aws/sqs/tags.h"

#include <fmt/format.h>

#include "aws/sqs/handlers.h"
#include "aws/tag_text.h"
#include "codec/text.h"
#include "http/message.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view tag_symbols = "_.:/=+-@' \t";
constexpr std::string_view reserved_prefix = "aws:";

Outcome<void> check_tag(std::string_view key, std::string_view value, const Limits& limits) {
  const auto key_size = codec::count_characters(key);
  if (key_size < 1 || key_size > limits.tag_key_max) {
    return refuse(
        invalid_parameter(fmt::format("Tag keys must be between 1 and {} characters in length.", limits.tag_key_max)));
  }
  if (codec::count_characters(value) > limits.tag_value_max) {
    return refuse(invalid_parameter(
        fmt::format("Tag values must be between 0 and {} characters in length.", limits.tag_value_max)));
  }
  if (key.size() >= reserved_prefix.size() &&
      http::equal_ignoring_case(key.substr(0, reserved_prefix.size()), reserved_prefix)) {
    return refuse(invalid_parameter("Tag keys that begin with aws: are reserved for system use."));
  }
  if (!is_tag_text(key, tag_symbols) || !is_tag_text(value, tag_symbols)) {
    return refuse(invalid_parameter(fmt::format(
        "Tag {} may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @'",
        is_tag_text(key, tag_symbols) ? "values" : "keys")));
  }
  return {};
}

class TagQueue final : public QueueHandler<op::TagQueue> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.tags.empty()) return refuse(missing_parameter("Tags"));
    return check_tags(in_.tags, sqs_.limits());
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    auto tags = queue.config().tags;
    for (const auto& [key, value] : in_.tags) tags.insert_or_assign(key, value);
    if (auto ok = check_tag_count(tags.size(), queue_.name, sqs_.limits()); !ok) return ok;
    queue.set_tags(std::move(tags));
    return {};
  }
};

class UntagQueue final : public QueueHandler<op::UntagQueue> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.tag_keys.empty()) return refuse(missing_parameter("TagKeys"));
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    auto tags = queue.config().tags;
    for (const auto& key : in_.tag_keys) tags.erase(key);
    queue.set_tags(std::move(tags));
    return {};
  }
};

class ListQueueTags final : public QueueHandler<op::ListQueueTags> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    const auto& tags = queue.config().tags;
    out_.tags.assign(tags.begin(), tags.end());
    return {};
  }
};

}  // namespace

Outcome<void> check_tags(const codec::Map<std::string>& tags, const Limits& limits) {
  for (const auto& [key, value] : tags) {
    if (auto ok = check_tag(key, value, limits); !ok) return ok;
  }
  return {};
}

Outcome<void> check_tag_count(std::size_t count, std::string_view queue_name, const Limits& limits) {
  if (count <= limits.tags_max) return {};
  return refuse(invalid_parameter(fmt::format("Too many tags added for queue {}.", queue_name)));
}

ActionPtr make_handler(op::TagQueue, Sqs& sqs) { return std::make_unique<TagQueue>(sqs); }
ActionPtr make_handler(op::UntagQueue, Sqs& sqs) { return std::make_unique<UntagQueue>(sqs); }
ActionPtr make_handler(op::ListQueueTags, Sqs& sqs) { return std::make_unique<ListQueueTags>(sqs); }

}  // namespace millrace::aws::sqs
