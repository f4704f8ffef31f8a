// TagResource, UntagResource, ListTagsOfResource.
#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/settings.h"

namespace millrace::aws::dynamodb {
namespace {

class TagResource final : public TableHandler<op::TagResource> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> check_input() override {
    if (in_.tags.empty()) return refuse(invalid("Atleast one Tag needs to be provided as Input."));
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto table = tables.require(name_);
    if (!table) return refuse(std::move(table.error()));
    if (auto ok = add_tags(in_.tags, limits(), table->tags); !ok) return ok;
    return tables.keep(*table);
  }
};

class UntagResource final : public TableHandler<op::UntagResource> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> check_input() override {
    if (in_.tag_keys.empty()) return refuse(invalid("Atleast one Tag Key needs to be provided as Input."));
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto table = tables.require(name_);
    if (!table) return refuse(std::move(table.error()));
    for (const auto& key : in_.tag_keys) table->tags.erase(key);
    return tables.keep(*table);
  }
};

// Tags come in the order of their keys; the token is the last one of a page.
class ListTagsOfResource final : public TableHandler<op::ListTagsOfResource> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> act(Tables& tables) override {
    const auto table = tables.require(name_);
    if (!table) return refuse(no_such_resource());
    auto at = in_.next_token ? table->tags.upper_bound(*in_.next_token) : table->tags.begin();
    for (; at != table->tags.end(); ++at) {
      if (out_.tags.size() == list_tags_max) {
        out_.next_token = out_.tags.back().key;
        break;
      }
      out_.tags.push_back({at->first, at->second});
    }
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::TagResource, DynamoDb& dynamodb) { return std::make_unique<TagResource>(dynamodb); }
ActionPtr make_handler(op::UntagResource, DynamoDb& dynamodb) { return std::make_unique<UntagResource>(dynamodb); }
ActionPtr make_handler(op::ListTagsOfResource, DynamoDb& dynamodb) {
  return std::make_unique<ListTagsOfResource>(dynamodb);
}

}  // namespace millrace::aws::dynamodb
