// Platform endpoints: devices that an application pushes to.
#include <fmt/format.h>

#include "aws/request_id.h"
#include "aws/sns/application_attributes.h"
#include "aws/sns/application_handler.h"
#include "aws/sns/handlers.h"
#include "aws/sns/list_handler.h"

namespace millrace::aws::sns {
namespace {

Failure token_taken(const EndpointName& name) {
  return invalid("Token",
                 fmt::format("Endpoint {} already exists with the same Token, but different attributes.", name.arn()));
}

class CreatePlatformEndpoint final : public AccountHandler<op::CreatePlatformEndpoint> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    auto application = resolve_application(in_.platform_application_arn, call.caller);
    if (!application) return refuse(std::move(application.error()));
    name_.application = std::move(*application);
    name_.id = view(text_of(random_uuid(call.home)));
    region_ = name_.application.region;
    account_ = name_.application.account;
    if (in_.token.empty()) return refuse(invalid("Token", "This endpoint is registered with an invalid token"));
    attributes_ = {{std::string(enabled_attribute), "true"}, {std::string(token_attribute), in_.token}};
    // Both may say what the user's data are; the attributes count.
    annotate(attributes_, user_data_attribute, in_.custom_user_data.value_or(""));
    return apply_endpoint_attributes(in_.attributes, limits(), attributes_);
  }

  Outcome<void> act(Account& account) override {
    if (!account.application(name_.application)) return refuse(application_not_found());
    auto there = account.endpoint_of_token(name_.application, annotation(attributes_, token_attribute));
    if (there.empty()) {
      if (auto ok = account.put_endpoint(name_, attributes_); !ok) return ok;
      sns_.application_events().tell(account, {.kind = EndpointEvent::Kind::created, .endpoint = name_});
      return {};
    }
    name_.id = std::move(there);
    if (account.endpoint(name_) == attributes_) return {};
    return refuse(token_taken(name_));
  }

  void complete(Call&) override { out_.endpoint_arn = name_.arn(); }

  EndpointName name_;
  Attributes attributes_;
};

// An operation on the endpoint that EndpointArn names.
template <class Op>
class EndpointHandler : public AccountHandler<Op> {
 public:
  using AccountHandler<Op>::AccountHandler;

 protected:
  Outcome<void> prepare(Call& call) override {
    auto name = resolve_endpoint(this->in_.endpoint_arn, call.caller);
    if (!name) return refuse(std::move(name.error()));
    name_ = std::move(*name);
    this->region_ = name_.application.region;
    this->account_ = name_.application.account;
    return {};
  }

  EndpointName name_;
};

class DeleteEndpoint final : public EndpointHandler<op::DeleteEndpoint> {
 public:
  using EndpointHandler::EndpointHandler;

 private:
  Outcome<void> act(Account& account) override {
    if (!account.endpoint(name_)) return {};
    if (auto ok = account.erase_endpoint(name_); !ok) return ok;
    sns_.application_events().tell(account, {.kind = EndpointEvent::Kind::deleted, .endpoint = name_});
    return {};
  }
};

class GetEndpointAttributes final : public EndpointHandler<op::GetEndpointAttributes> {
 public:
  using EndpointHandler::EndpointHandler;

 private:
  Outcome<void> act(Account& account) override {
    const auto attributes = account.endpoint(name_);
    if (!attributes) return refuse(endpoint_not_found());
    out_.attributes.assign(attributes->begin(), attributes->end());
    return {};
  }
};

class SetEndpointAttributes final : public EndpointHandler<op::SetEndpointAttributes> {
 public:
  using EndpointHandler::EndpointHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (auto ok = EndpointHandler::prepare(call); !ok) return ok;
    if (in_.attributes.empty()) return refuse(null_member("attributes"));
    return {};
  }

  Outcome<void> act(Account& account) override {
    auto attributes = account.endpoint(name_);
    if (!attributes) return refuse(endpoint_not_found());
    if (auto ok = apply_endpoint_attributes(in_.attributes, limits(), *attributes); !ok) return ok;
    const auto other = account.endpoint_of_token(name_.application, annotation(*attributes, token_attribute));
    if (!other.empty() && other != name_.id) {
      return refuse(token_taken({name_.application, other}));
    }
    if (attributes == account.endpoint(name_)) return {};
    if (auto ok = account.put_endpoint(name_, *attributes); !ok) return ok;
    sns_.application_events().tell(account, {.kind = EndpointEvent::Kind::updated, .endpoint = name_});
    return {};
  }
};

class ListEndpointsByPlatformApplication final
    : public ListHandler<op::ListEndpointsByPlatformApplication,
                         ApplicationHandler<op::ListEndpointsByPlatformApplication>> {
 public:
  using ListHandler::ListHandler;

 private:
  std::string about() const override { return name_.arn(); }

  Outcome<void> act(Account& account) override {
    if (!account.application(name_)) return refuse(application_not_found());
    list(
        limits().page,
        [&](std::string_view after, std::size_t count_max) { return account.endpoints(name_, after, count_max); },
        [this](const auto& each) {
          auto& endpoint = out_.endpoints.emplace_back();
          endpoint.endpoint_arn = EndpointName{name_, each.first}.arn();
          endpoint.attributes.assign(each.second.begin(), each.second.end());
        });
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::CreatePlatformEndpoint, Sns& sns) { return std::make_unique<CreatePlatformEndpoint>(sns); }
ActionPtr make_handler(op::DeleteEndpoint, Sns& sns) { return std::make_unique<DeleteEndpoint>(sns); }
ActionPtr make_handler(op::GetEndpointAttributes, Sns& sns) { return std::make_unique<GetEndpointAttributes>(sns); }
ActionPtr make_handler(op::SetEndpointAttributes, Sns& sns) { return std::make_unique<SetEndpointAttributes>(sns); }
ActionPtr make_handler(op::ListEndpointsByPlatformApplication, Sns& sns) {
  return std::make_unique<ListEndpointsByPlatformApplication>(sns);
}

}  // namespace millrace::aws::sns
