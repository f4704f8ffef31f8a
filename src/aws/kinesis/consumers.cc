// Registered consumers.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/describe.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/sealed.h"
#include "aws/kinesis/tags.h"

namespace millrace::aws::kinesis {
namespace {

class RegisterStreamConsumer final : public CatalogHandler<op::RegisterStreamConsumer> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (!is_name(in_.consumer_name)) return refuse(bad_pattern(in_.consumer_name, "consumerName", "[a-zA-Z0-9_.-]+"));
    return check_tags(in_.tags);
  }

  Outcome<void> act(Catalog& catalog) override {
    auto stream = present(catalog);
    if (!stream) return refuse(std::move(stream.error()));
    if (stream->status == StreamStatus::creating) {
      return refuse(stream_not_active(stream_, name_of(stream->status)));
    }
    const auto& limits = kinesis_.limits();
    const auto consumers = catalog.consumers(stream_.name);
    if (std::ranges::find(consumers, in_.consumer_name, &ConsumerEntry::name) != consumers.end()) {
      return refuse(in_use(fmt::format("Consumer {} of stream {} under account {} already exists.", in_.consumer_name,
                                       stream_.name, stream_.account)));
    }
    const auto creating = std::ranges::count(consumers, ConsumerStatus::creating, &ConsumerEntry::status);
    if (consumers.size() >= limits.consumers_max || creating >= std::ptrdiff_t{limits.consumers_creating_max}) {
      return refuse(
          limit_exceeded(fmt::format("Stream {} under account {} has {} registered consumers, {} of them being "
                                     "created; the limits are {} and {}.",
                                     stream_.name, stream_.account, consumers.size(), creating, limits.consumers_max,
                                     limits.consumers_creating_max)));
    }
    const Time now = catalog.lane().now();
    ConsumerEntry consumer{.name = in_.consumer_name, .created = now, .ready = now + kinesis_.delay()};
    for (const auto& [key, value] : in_.tags) consumer.tags.insert_or_assign(key, value);
    if (auto ok = check_tag_count(consumer.tags, stream_, limits); !ok) return ok;
    catalog.put(stream_.name, consumer);
    out_.consumer = describe(stream_, consumer);
    settle();
    return {};
  }
};

// By StreamARN and ConsumerName, or by ConsumerARN.
template <class Op>
class ConsumerHandler : public CatalogHandler<Op> {
 public:
  using CatalogHandler<Op>::CatalogHandler;

 protected:
  Outcome<StreamReference> subject(const Caller& caller) override {
    const auto& in = this->in_;
    if (in.consumer_arn) {
      auto name = parse_consumer_arn(*in.consumer_arn);
      if (!name) {
        return refuse(bad_pattern(*in.consumer_arn, "consumerARN",
                                  "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"
                                  "[a-zA-Z0-9_.-]+:[0-9]+"));
      }
      name_ = name->consumer;
      created_s_ = name->created_s;
      const bool differs =
          (in.consumer_name && *in.consumer_name != name_) || (in.stream_arn && *in.stream_arn != name->stream.arn());
      if (differs) {
        return refuse(invalid_argument("ConsumerARN does not match the given StreamARN and ConsumerName."));
      }
      return StreamReference{.stream = std::move(name->stream)};
    }
    if (!in.stream_arn || !in.consumer_name) {
      return refuse(invalid_argument("Either ConsumerARN or both StreamARN and ConsumerName must be provided."));
    }
    name_ = *in.consumer_name;
    return refer_to_arn(caller, *in.stream_arn);
  }

  Outcome<ConsumerEntry> consumer(const Catalog& catalog) const {
    auto stream = this->present(catalog);
    if (!stream) return refuse(std::move(stream.error()));
    auto entry = catalog.consumer(this->stream_.name, name_);
    if (!entry || (created_s_ && to_ms(entry->created) / 1000 != *created_s_)) {
      return refuse(consumer_not_found(this->stream_, name_));
    }
    return std::move(*entry);
  }

  std::string name_;
  std::optional<std::int64_t> created_s_;
};

class DeregisterStreamConsumer final : public ConsumerHandler<op::DeregisterStreamConsumer> {
 public:
  using ConsumerHandler::ConsumerHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = consumer(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    if (entry->status == ConsumerStatus::deleting) return {};
    entry->status = ConsumerStatus::deleting;
    entry->ready = catalog.lane().now() + kinesis_.delay();
    catalog.put(stream_.name, *entry);
    settle();
    return {};
  }
};

class DescribeStreamConsumer final : public ConsumerHandler<op::DescribeStreamConsumer> {
 public:
  using ConsumerHandler::ConsumerHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = consumer(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    auto& out = out_.consumer_description;
    auto described = describe(stream_, *entry);
    out.consumer_name = std::move(described.consumer_name);
    out.consumer_arn = std::move(described.consumer_arn);
    out.consumer_status = std::move(described.consumer_status);
    out.consumer_creation_timestamp = described.consumer_creation_timestamp;
    out.stream_arn = stream_.arn();
    return {};
  }
};

class ListStreamConsumers final : public CatalogHandler<op::ListStreamConsumers> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  static constexpr std::size_t limit_default = 100;

  Outcome<void> prepare(Call& call) override {
    if (!in_.next_token) return {};
    const auto fields = unseal(Sealed::consumers, *in_.next_token);
    ByteReader in(fields ? std::string_view(*fields) : std::string_view());
    const auto arn = in.string();
    after_ = in.string();
    const Time issued = from_ms(in.i64());
    if (!fields || !in.done() || arn != stream_.arn()) return refuse(invalid_argument("NextToken is invalid."));
    if (call.home.now() > issued + kinesis_.limits().token_life) return refuse(expired_token(issued, call.home.now()));
    return {};
  }

  Outcome<void> act(Catalog& catalog) override {
    auto stream = present(catalog);
    if (!stream) return refuse(std::move(stream.error()));
    if (in_.stream_creation_timestamp &&
        to_ms(*in_.stream_creation_timestamp) / 1000 != to_ms(stream->created) / 1000) {
      return refuse(stream_not_found(stream_));
    }
    const auto count_max = in_.max_results ? static_cast<std::size_t>(*in_.max_results) : limit_default;
    for (const auto& consumer : catalog.consumers(stream_.name)) {
      if (consumer.name <= after_) continue;
      if (out_.consumers.size() == count_max) {
        std::string fields;
        ByteWriter out(fields);
        out.string(stream_.arn());
        out.string(out_.consumers.back().consumer_name);
        out.i64(to_ms(catalog.lane().now()));
        out_.next_token = seal(Sealed::consumers, fields);
        break;
      }
      out_.consumers.push_back(describe(stream_, consumer));
    }
    return {};
  }

  std::string after_;
};

}  // namespace

ActionPtr make_handler(op::RegisterStreamConsumer, Kinesis& kinesis) {
  return std::make_unique<RegisterStreamConsumer>(kinesis);
}
ActionPtr make_handler(op::DeregisterStreamConsumer, Kinesis& kinesis) {
  return std::make_unique<DeregisterStreamConsumer>(kinesis);
}
ActionPtr make_handler(op::DescribeStreamConsumer, Kinesis& kinesis) {
  return std::make_unique<DescribeStreamConsumer>(kinesis);
}
ActionPtr make_handler(op::ListStreamConsumers, Kinesis& kinesis) {
  return std::make_unique<ListStreamConsumers>(kinesis);
}

}  // namespace millrace::aws::kinesis
