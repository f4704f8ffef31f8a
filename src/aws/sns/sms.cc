// Text messages: settings of the account, and who wants none.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/sns/handlers.h"
#include "aws/sns/list_handler.h"
#include "aws/sns/sms_settings.h"
#include "aws/sns/target.h"
#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns {
namespace {

constexpr std::array<std::string_view, 6> settings{spend_limit_setting,     status_role_setting,
                                                   status_sampling_setting, default_sender_setting,
                                                   default_type_setting,    "UsageReportS3Bucket"};
constexpr std::size_t sender_id_max = 11;

bool is_number_up_to(std::string_view text, int max) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0 && number <= max;
}

// 1 to 11 letters and digits, one letter at least.
bool is_sender_id(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return text.size() <= sender_id_max && std::ranges::any_of(text, letter) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Outcome<void> check_setting(std::string_view name, std::string_view value) {
  if (std::ranges::find(settings, name) == settings.end()) {
    return refuse(invalid_text(fmt::format("{} is not a valid attribute", name)));
  }
  if (value.empty()) return {};
  bool valid = true;
  if (name == default_type_setting) valid = value == promotional_type || value == transactional_type;
  if (name == default_sender_setting) valid = is_sender_id(value);
  if (name == status_sampling_setting) valid = is_number_up_to(value, 100);
  if (name == spend_limit_setting) valid = is_number_up_to(value, spend_limit_most);
  if (name == status_role_setting) valid = parse_arn(value) && parse_arn(value)->service == "iam";
  if (!valid) return refuse(invalid_text(fmt::format("{} is invalid", name)));
  return {};
}

class SetSmsAttributes final : public AccountHandler<op::SetSMSAttributes> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call&) override {
    for (const auto& [name, value] : in_.attributes) {
      if (auto ok = check_setting(name, value); !ok) return ok;
    }
    return {};
  }

  Outcome<void> act(Account& account) override {
    auto all = account.sms_settings();
    for (const auto& [name, value] : in_.attributes) annotate(all, name, value);
    return account.put_sms_settings(all);
  }
};

class GetSmsAttributes final : public AccountHandler<op::GetSMSAttributes> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> act(Account& account) override {
    auto all = account.sms_settings();
    all.try_emplace(std::string(spend_limit_setting), spend_limit_default);
    for (const auto& [name, value] : all) {
      const bool asked = in_.attributes.empty() || std::ranges::find(in_.attributes, name) != in_.attributes.end();
      if (asked) out_.attributes.emplace_back(name, value);
    }
    return {};
  }
};

Outcome<void> check_phone(std::string_view phone) {
  if (is_strict_phone_number(phone)) return {};
  return refuse(invalid("PhoneNumber", "input incorrectly formatted"));
}

class CheckIfPhoneNumberIsOptedOut final : public AccountHandler<op::CheckIfPhoneNumberIsOptedOut> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_phone(in_.phone_number); }
  Outcome<void> act(Account& account) override {
    out_.is_opted_out = account.opted_out(in_.phone_number);
    return {};
  }
};

class OptInPhoneNumber final : public AccountHandler<op::OptInPhoneNumber> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_phone(in_.phone_number); }
  Outcome<void> act(Account& account) override {
    if (!account.opted_out(in_.phone_number)) return {};
    const auto pause = limits().opt_in_pause;
    const auto before = account.opted_in(in_.phone_number);
    if (before && account.lane().now() < *before + pause) {
      return refuse(
          invalid("PhoneNumber", fmt::format("Cannot opt in {}: it has been opted in within the last {} days",
                                             in_.phone_number, std::chrono::floor<std::chrono::days>(pause).count())));
    }
    return account.opt_in(in_.phone_number, pause);
  }
};

class ListPhoneNumbersOptedOut final : public ListHandler<op::ListPhoneNumbersOptedOut> {
 public:
  using ListHandler::ListHandler;

 private:
  std::string about() const override { return "opted out"; }

  Outcome<void> act(Account& account) override {
    list(
        limits().page,
        [&](std::string_view after, std::size_t count_max) { return account.opted_out_after(after, count_max); },
        [this](const std::string& phone) { out_.phone_numbers.push_back(phone); });
    return {};
  }
};

// Numbers to send from belong to the gateway, not to the account: there are none to list.
class ListOriginationNumbers final : public AccountHandler<op::ListOriginationNumbers> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call&) override {
    if (in_.next_token && !in_.next_token->empty()) return refuse(bad_next_token());
    return {};
  }
  Outcome<void> act(Account&) override { return {}; }
};

}  // namespace

ActionPtr make_handler(op::GetSMSAttributes, Sns& sns) { return std::make_unique<GetSmsAttributes>(sns); }
ActionPtr make_handler(op::SetSMSAttributes, Sns& sns) { return std::make_unique<SetSmsAttributes>(sns); }
ActionPtr make_handler(op::CheckIfPhoneNumberIsOptedOut, Sns& sns) {
  return std::make_unique<CheckIfPhoneNumberIsOptedOut>(sns);
}
ActionPtr make_handler(op::ListPhoneNumbersOptedOut, Sns& sns) {
  return std::make_unique<ListPhoneNumbersOptedOut>(sns);
}
ActionPtr make_handler(op::OptInPhoneNumber, Sns& sns) { return std::make_unique<OptInPhoneNumber>(sns); }
ActionPtr make_handler(op::ListOriginationNumbers, Sns& sns) { return std::make_unique<ListOriginationNumbers>(sns); }

}  // namespace millrace::aws::sns
