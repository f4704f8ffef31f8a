// What a ResourceARN names: a stream or one of its registered consumers.
#pragma once
#include <optional>

#include "aws/kinesis/handler.h"

namespace millrace::aws::kinesis {

struct Resource {
  StreamName stream;
  std::optional<ConsumerName> consumer;
};
Outcome<Resource> parse_resource(const std::string& arn);

// An operation on a resource: tags and policies.
template <class Op>
class ResourceHandler : public CatalogHandler<Op> {
 public:
  using CatalogHandler<Op>::CatalogHandler;

 protected:
  // Looks at or changes what a stream and a consumer both have. True when it changed something.
  virtual Outcome<bool> use(Tags& tags, std::string& policy) = 0;

  Outcome<StreamReference> subject(const Caller&) final {
    auto resource = parse_resource(this->in_.resource_arn);
    if (!resource) return refuse(std::move(resource.error()));
    resource_ = std::move(*resource);
    return StreamReference{.stream = resource_.stream};
  }

  Outcome<void> act(Catalog& catalog) final {
    auto stream = this->present(catalog);
    if (!stream) return refuse(std::move(stream.error()));
    const auto& name = this->stream_.name;
    if (!resource_.consumer) {
      auto changed = use(stream->tags, stream->policy);
      if (!changed) return refuse(std::move(changed.error()));
      if (*changed) catalog.put(name, *stream);
      return {};
    }
    auto consumer = catalog.consumer(name, resource_.consumer->consumer);
    if (!consumer || to_ms(consumer->created) / 1000 != resource_.consumer->created_s) {
      return refuse(consumer_not_found(this->stream_, resource_.consumer->consumer));
    }
    auto changed = use(consumer->tags, consumer->policy);
    if (!changed) return refuse(std::move(changed.error()));
    if (*changed) catalog.put(name, *consumer);
    return {};
  }

  Resource resource_;
};

}  // namespace millrace::aws::kinesis
