// Platform applications: what mobile push goes through.
#include <fmt/format.h>

#include <algorithm>

#include "aws/sns/application_attributes.h"
#include "aws/sns/application_handler.h"
#include "aws/sns/handlers.h"
#include "aws/sns/list_handler.h"

namespace millrace::aws::sns {
namespace {

Outcome<void> check_name(const std::string& name) {
  const auto bad = [&](std::string_view reason) { return refuse(invalid(name, reason)); };
  if (name.empty()) return bad("cannot be empty");
  if (name.size() > name_max) return bad(fmt::format("must be at most {} characters long", name_max));
  const bool valid = std::ranges::all_of(name, [](char c) { return is_name_character(c) || c == '.'; });
  if (!valid) return bad("must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
  return {};
}

class CreatePlatformApplication final : public AccountHandler<op::CreatePlatformApplication> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    name_ = {call.caller.region, call.caller.account, in_.platform, in_.name};
    if (auto ok = check_name(in_.name); !ok) return ok;
    if (!is_platform(in_.platform)) return refuse(invalid("Platform", in_.platform + " is not supported"));
    if (in_.attributes.empty()) return refuse(null_member("attributes"));
    attributes_.insert_or_assign(std::string(enabled_attribute), "true");
    if (auto ok = apply_application_attributes(in_.attributes, attributes_); !ok) return ok;
    return check_credentials();
  }

  // What they are good for is known by the platform alone.
  Outcome<void> check_credentials() const {
    const bool credential = !annotation(attributes_, credential_attribute).empty();
    const bool principal = !annotation(attributes_, principal_attribute).empty();
    // Google's credential is a whole document, or a key, and needs no principal.
    const bool alone = in_.platform == "GCM";
    if (credential && !principal && !alone) {
      return refuse(invalid("Attributes", "PlatformCredential attribute provided without PlatformPrincipal"));
    }
    if (principal && !credential) {
      return refuse(invalid("Attributes", "PlatformPrincipal attribute provided without PlatformCredential"));
    }
    if (!credential) return refuse(invalid("PlatformCredential"));
    return {};
  }

  Outcome<void> act(Account& account) override {
    if (const auto there = account.application(name_); there && *there != attributes_) {
      return refuse(invalid("Attributes", "An application with the same name but different properties already exists"));
    }
    return account.put_application(name_, attributes_);
  }

  void complete(Call&) override { out_.platform_application_arn = name_.arn(); }

  ApplicationName name_;
  Attributes attributes_;
};

class DeletePlatformApplication final : public ApplicationHandler<op::DeletePlatformApplication> {
 public:
  using ApplicationHandler::ApplicationHandler;

 private:
  Outcome<void> act(Account& account) override { return account.erase_application(name_); }
};

class GetPlatformApplicationAttributes final : public ApplicationHandler<op::GetPlatformApplicationAttributes> {
 public:
  using ApplicationHandler::ApplicationHandler;

 private:
  Outcome<void> act(Account& account) override {
    const auto attributes = account.application(name_);
    if (!attributes) return refuse(application_not_found());
    const auto shown = shown_application(*attributes);
    out_.attributes.assign(shown.begin(), shown.end());
    return {};
  }
};

class SetPlatformApplicationAttributes final : public ApplicationHandler<op::SetPlatformApplicationAttributes> {
 public:
  using ApplicationHandler::ApplicationHandler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (auto ok = ApplicationHandler::prepare(call); !ok) return ok;
    if (in_.attributes.empty()) return refuse(null_member("attributes"));
    return {};
  }

  Outcome<void> act(Account& account) override {
    auto attributes = account.application(name_);
    if (!attributes) return refuse(application_not_found());
    if (auto ok = apply_application_attributes(in_.attributes, *attributes); !ok) return ok;
    return account.put_application(name_, *attributes);
  }
};

class ListPlatformApplications final : public ListHandler<op::ListPlatformApplications> {
 public:
  using ListHandler::ListHandler;

 private:
  std::string about() const override { return "applications"; }

  Outcome<void> act(Account& account) override {
    list(
        limits().page,
        [&](std::string_view after, std::size_t count_max) { return account.applications(after, count_max); },
        [this](const auto& each) {
          const auto slash = each.first.find('/');
          const ApplicationName name{region_, account_, each.first.substr(0, slash), each.first.substr(slash + 1)};
          const auto shown = shown_application(each.second);
          auto& application = out_.platform_applications.emplace_back();
          application.platform_application_arn = name.arn();
          application.attributes.assign(shown.begin(), shown.end());
        });
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::CreatePlatformApplication, Sns& sns) {
  return std::make_unique<CreatePlatformApplication>(sns);
}
ActionPtr make_handler(op::DeletePlatformApplication, Sns& sns) {
  return std::make_unique<DeletePlatformApplication>(sns);
}
ActionPtr make_handler(op::GetPlatformApplicationAttributes, Sns& sns) {
  return std::make_unique<GetPlatformApplicationAttributes>(sns);
}
ActionPtr make_handler(op::SetPlatformApplicationAttributes, Sns& sns) {
  return std::make_unique<SetPlatformApplicationAttributes>(sns);
}
ActionPtr make_handler(op::ListPlatformApplications, Sns& sns) {
  return std::make_unique<ListPlatformApplications>(sns);
}

}  // namespace millrace::aws::sns
