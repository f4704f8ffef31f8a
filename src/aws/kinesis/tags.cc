#include "aws/kinesis/tags.h"

#include <fmt/format.h>

#include "aws/kinesis/handlers.h"
#include "aws/kinesis/resource.h"
#include "aws/tag_text.h"
#include "codec/text.h"

namespace millrace::aws::kinesis {
namespace {

constexpr std::size_t key_max = 128;
constexpr std::size_t value_max = 256;
constexpr std::string_view tag_symbols = "_./=+-%@: \t";

void add(Tags& to, const codec::Map<std::string>& tags) {
  for (const auto& [key, value] : tags) to.insert_or_assign(key, value);
}

model::Tag describe(const Tags::value_type& tag) {
  model::Tag out;
  out.key = tag.first;
  out.value = tag.second;
  return out;
}

class AddTagsToStream final : public CatalogHandler<op::AddTagsToStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_tags(in_.tags); }
  Outcome<void> act(Catalog& catalog) override {
    auto entry = present(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    add(entry->tags, in_.tags);
    if (auto ok = check_tag_count(entry->tags, stream_, kinesis_.limits()); !ok) return ok;
    catalog.put(stream_.name, *entry);
    return {};
  }
};

class RemoveTagsFromStream final : public CatalogHandler<op::RemoveTagsFromStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = present(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    for (const auto& key : in_.tag_keys) entry->tags.erase(key);
    catalog.put(stream_.name, *entry);
    return {};
  }
};

class ListTagsForStream final : public CatalogHandler<op::ListTagsForStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = present(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    const auto count_max = static_cast<std::size_t>(in_.limit.value_or(50));
    out_.has_more_tags = false;
    auto at = in_.exclusive_start_tag_key ? entry->tags.upper_bound(*in_.exclusive_start_tag_key) : entry->tags.begin();
    for (; at != entry->tags.end(); ++at) {
      if (out_.tags.size() == count_max) {
        out_.has_more_tags = true;
        break;
      }
      out_.tags.push_back(describe(*at));
    }
    return {};
  }
};

class TagResource final : public ResourceHandler<op::TagResource> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_tags(in_.tags); }
  Outcome<bool> use(Tags& tags, std::string&) override {
    add(tags, in_.tags);
    if (auto ok = check_tag_count(tags, stream_, kinesis_.limits()); !ok) return refuse(std::move(ok.error()));
    return true;
  }
};

class UntagResource final : public ResourceHandler<op::UntagResource> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<bool> use(Tags& tags, std::string&) override {
    for (const auto& key : in_.tag_keys) tags.erase(key);
    return true;
  }
};

class ListTagsForResource final : public ResourceHandler<op::ListTagsForResource> {
 public:
  using ResourceHandler::ResourceHandler;

 private:
  Outcome<bool> use(Tags& tags, std::string&) override {
    for (const auto& tag : tags) out_.tags.push_back(describe(tag));
    return false;
  }
};

}  // namespace

Outcome<void> check_tags(const codec::Map<std::string>& tags) {
  for (const auto& [key, value] : tags) {
    const auto key_size = codec::count_characters(key);
    if (key_size < 1 || key_size > key_max) {
      return refuse(
          constraint(key, "tags",
                     fmt::format("Map keys must satisfy constraint: [Member must have length less than or equal "
                                 "to {}, Member must have length greater than or equal to 1]",
                                 key_max)));
    }
    if (codec::count_characters(value) > value_max) {
      return refuse(
          constraint(value, "tags",
                     fmt::format("Map value must satisfy constraint: [Member must have length less than or equal "
                                 "to {}, Member must have length greater than or equal to 0]",
                                 value_max)));
    }
    if (!is_tag_text(key, tag_symbols) || !is_tag_text(value, tag_symbols)) {
      return refuse(
          invalid_argument("Some of the tags contain invalid characters. Valid characters: Unicode letters, "
                           "digits, white space, _ . / = + - % @ :."));
    }
    if (key.starts_with("aws:")) {
      return refuse(invalid_argument("Tag keys that begin with aws: are reserved for system use."));
    }
  }
  return {};
}

Outcome<void> check_tag_count(const Tags& tags, const StreamName& stream, const Limits& limits) {
  if (tags.size() <= limits.tags_max) return {};
  return refuse(invalid_argument(fmt::format(
      "Failed to add tags to stream {} under account {} because some tags exceeded the maximum number of {} "
      "tags per stream.",
      stream.name, stream.account, limits.tags_max)));
}

Outcome<Resource> parse_resource(const std::string& arn) {
  if (auto consumer = parse_consumer_arn(arn)) {
    StreamName stream = consumer->stream;
    return Resource{std::move(stream), std::move(*consumer)};
  }
  if (auto stream = parse_stream_arn(arn)) return Resource{std::move(*stream), std::nullopt};
  return refuse(bad_pattern(arn, "resourceARN", "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+"));
}

ActionPtr make_handler(op::AddTagsToStream, Kinesis& kinesis) { return std::make_unique<AddTagsToStream>(kinesis); }
ActionPtr make_handler(op::RemoveTagsFromStream, Kinesis& kinesis) {
  return std::make_unique<RemoveTagsFromStream>(kinesis);
}
ActionPtr make_handler(op::ListTagsForStream, Kinesis& kinesis) { return std::make_unique<ListTagsForStream>(kinesis); }
ActionPtr make_handler(op::TagResource, Kinesis& kinesis) { return std::make_unique<TagResource>(kinesis); }
ActionPtr make_handler(op::UntagResource, Kinesis& kinesis) { return std::make_unique<UntagResource>(kinesis); }
ActionPtr make_handler(op::ListTagsForResource, Kinesis& kinesis) {
  return std::make_unique<ListTagsForResource>(kinesis);
}

}  // namespace millrace::aws::kinesis
