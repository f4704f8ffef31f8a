#include "aws/sns/tags.h"

#include <fmt/format.h>

#include "aws/sns/handlers.h"
#include "aws/tag_text.h"
#include "http/message.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view tag_symbols = "_.:/=+-@ \t";
constexpr std::string_view reserved_prefix = "aws:";

// Of a topic; what else an ARN names has no tags.
template <class Op>
class TagHandler : public TopicHandler<Op> {
 public:
  using TopicHandler<Op>::TopicHandler;

 protected:
  Failure not_found() const final { return resource_not_found(); }
};

class TagResource final : public TagHandler<op::TagResource> {
 public:
  using TagHandler::TagHandler;

 private:
  Outcome<void> prepare(Call&) override {
    auto tags = read_tags(in_.tags);
    if (!tags) return refuse(std::move(tags.error()));
    tags_ = std::move(*tags);
    return {};
  }

  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    auto config = topic.config();
    for (auto& [key, value] : tags_) config.tags.insert_or_assign(key, value);
    if (auto ok = check_tag_count(config.tags, limits()); !ok) return ok;
    topic.configure(std::move(config));
    return {};
  }

  Tags tags_;
};

class UntagResource final : public TagHandler<op::UntagResource> {
 public:
  using TagHandler::TagHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    auto config = topic.config();
    for (const auto& key : in_.tag_keys) config.tags.erase(key);
    topic.configure(std::move(config));
    return {};
  }
};

class ListTagsForResource final : public TagHandler<op::ListTagsForResource> {
 public:
  using TagHandler::TagHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Topic& topic) override {
    for (const auto& [key, value] : topic.config().tags) {
      auto& tag = out_.tags.emplace_back();
      tag.key = key;
      tag.value = value;
    }
    return {};
  }
};

}  // namespace

Outcome<Tags> read_tags(const std::vector<models::sns::Tag>& tags) {
  Tags read;
  for (const auto& [key, value] : tags) {
    const bool reserved = key.size() >= reserved_prefix.size() &&
                          http::equal_ignoring_case(key.substr(0, reserved_prefix.size()), reserved_prefix);
    if (reserved) return refuse(invalid("Tags", "Tag keys that begin with aws: are reserved for system use"));
    if (!is_tag_text(key, tag_symbols) || !is_tag_text(value, tag_symbols)) {
      return refuse(invalid("Tags",
                            "Tags may only contain unicode letters, digits, white space, or one of these symbols: "
                            "_ . : / = + - @"));
    }
    if (!read.try_emplace(key, value).second) return refuse(invalid("Duplicated keys are not allowed."));
  }
  return read;
}

Outcome<void> check_tag_count(const Tags& tags, const Limits& limits) {
  if (tags.size() <= limits.tags_max) return {};
  return refuse(
      Failure{&errors::tag_limit_exceeded_exception,
              fmt::format("Could not complete request: tag quota of per resource exceeded: {}", limits.tags_max)});
}

ActionPtr make_handler(op::TagResource, Sns& sns) { return std::make_unique<TagResource>(sns); }
ActionPtr make_handler(op::UntagResource, Sns& sns) { return std::make_unique<UntagResource>(sns); }
ActionPtr make_handler(op::ListTagsForResource, Sns& sns) { return std::make_unique<ListTagsForResource>(sns); }

}  // namespace millrace::aws::sns
