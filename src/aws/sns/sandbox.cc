// The sandbox of text messages: the numbers that an account has shown to be its own, which are all that it may write to.
#include <fmt/format.h>

#include <algorithm>

#include "aws/sns/handlers.h"
#include "aws/sns/list_handler.h"
#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view status_field = sandbox_status_field;
constexpr std::string_view code_field = "Code";
constexpr std::string_view created_field = "Created";  // milliseconds since 1970
constexpr std::string_view asked_field = "Asked";      // the same, of the code
constexpr std::string_view tries_field = "Tries";      // of codes that were wrong
constexpr std::string_view pending = "Pending";
constexpr std::string_view verified = sandbox_verified;
constexpr Duration code_life = std::chrono::minutes(15);
constexpr Duration kept_at_least = std::chrono::hours(24);
constexpr std::int64_t tries_max = 5;
constexpr std::size_t phone_max = 20;
constexpr std::size_t phone_digits_min = 8;
constexpr std::string_view default_language = "en-US";

// "+" and eight digits at least; a short code of the country's own has up to nine.
bool is_number(std::string_view text) {
  const bool international = text.starts_with('+');
  const auto digits = text.substr(international ? 1 : 0);
  const bool all_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!all_digits || digits.empty() || text.size() > phone_max) return false;
  return international ? digits.size() >= phone_digits_min : digits.size() <= 9;
}

Outcome<void> check_number(std::string_view phone) {
  if (is_number(phone)) return {};
  return refuse(invalid("PhoneNumber", "input incorrectly formatted"));
}

// Six digits.
std::string make_code(env::Core& core) { return fmt::format("{:06}", core.random_u64() % 1'000'000); }

class CreateSmsSandboxPhoneNumber final : public AccountHandler<op::CreateSMSSandboxPhoneNumber> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_number(in_.phone_number); }

  Outcome<void> act(Account& account) override {
    if (account.opted_out(in_.phone_number)) {
      return refuse(Failure{&errors::opted_out_exception, "The phone number has opted out of text messages."});
    }
    auto state = account.sandbox_number(in_.phone_number);
    if (!state && account.sandbox_numbers({}, limits().sandbox_numbers_max).size() >= limits().sandbox_numbers_max) {
      return refuse(Failure{&errors::user_error_exception,
                            fmt::format("The sandbox holds at most {} phone numbers.", limits().sandbox_numbers_max)});
    }
    if (state && annotation(*state, status_field) == verified) return {};
    engine::Lane& lane = account.lane();
    if (!state) {
      state.emplace();
      put_number(*state, created_field, to_ms(lane.now()));
    }
    annotate(*state, status_field, std::string(pending));
    annotate(*state, code_field, make_code(lane.core()));
    put_number(*state, asked_field, to_ms(lane.now()));
    put_number(*state, tries_field, 0);
    if (auto ok = account.put_sandbox_number(in_.phone_number, *state); !ok) return ok;
    ask(lane, annotation(*state, code_field));
    return {};
  }

  void ask(engine::Lane& lane, const std::string& code) {
    ConfirmationSender* const sender = sns_.confirmation_sender();
    if (sender == nullptr) return;
    PhoneCode asked{region_, account_, in_.phone_number, code,
                    in_.language_code.value_or(std::string(default_language))};
    lane.when_durable([&lane, sender, asked = std::move(asked)](Result<void> durable) mutable {
      if (durable) sender->send_code(lane, std::move(asked));
    });
  }
};

// An operation on a number that must be there.
template <class Op>
class NumberHandler : public AccountHandler<Op> {
 public:
  using AccountHandler<Op>::AccountHandler;

 protected:
  virtual Outcome<void> act_on(Account& account, Attributes& state) = 0;

 private:
  Outcome<void> prepare(Call&) final { return check_number(this->in_.phone_number); }
  Outcome<void> act(Account& account) final {
    auto state = account.sandbox_number(this->in_.phone_number);
    if (!state) return refuse(resource_not_found());
    return act_on(account, *state);
  }
};

class VerifySmsSandboxPhoneNumber final : public NumberHandler<op::VerifySMSSandboxPhoneNumber> {
 public:
  using NumberHandler::NumberHandler;

 private:
  Outcome<void> act_on(Account& account, Attributes& state) override {
    const auto wrong = [](std::string_view why) {
      return refuse(Failure{&errors::verification_exception, std::string(why)});
    };
    if (annotation(state, status_field) == verified) return {};
    const Time asked = from_ms(number_in(state, asked_field));
    const auto tries = number_in(state, tries_field);
    if (tries >= tries_max) return wrong("Too many codes were wrong. Ask for another code.");
    if (account.lane().now() > asked + code_life) return wrong("The code has expired. Ask for another code.");
    if (annotation(state, code_field) != in_.one_time_password) {
      put_number(state, tries_field, tries + 1);
      if (auto ok = account.put_sandbox_number(in_.phone_number, state); !ok) return ok;
      return wrong("The code is wrong.");
    }
    annotate(state, status_field, std::string(verified));
    annotate(state, code_field, {});
    return account.put_sandbox_number(in_.phone_number, state);
  }
};

class DeleteSmsSandboxPhoneNumber final : public NumberHandler<op::DeleteSMSSandboxPhoneNumber> {
 public:
  using NumberHandler::NumberHandler;

 private:
  Outcome<void> act_on(Account& account, Attributes& state) override {
    if (account.lane().now() < from_ms(number_in(state, created_field)) + kept_at_least) {
      return refuse(Failure{&errors::user_error_exception,
                            "A phone number can be deleted 24 hours after it was added to the sandbox."});
    }
    return account.erase_sandbox_number(in_.phone_number);
  }
};

class GetSmsSandboxAccountStatus final : public AccountHandler<op::GetSMSSandboxAccountStatus> {
 public:
  using AccountHandler::AccountHandler;

 private:
  Outcome<void> act(Account&) override {
    out_.is_in_sandbox = limits().sms_sandbox;
    return {};
  }
};

class ListSmsSandboxPhoneNumbers final : public ListHandler<op::ListSMSSandboxPhoneNumbers> {
 public:
  using ListHandler::ListHandler;

 private:
  std::string about() const override { return "sandbox"; }

  Outcome<void> act(Account& account) override {
    const auto page = static_cast<std::size_t>(in_.max_results.value_or(static_cast<std::int32_t>(limits().page)));
    list(
        page, [&](std::string_view after, std::size_t count_max) { return account.sandbox_numbers(after, count_max); },
        [this](const auto& each) {
          auto& number = out_.phone_numbers.emplace_back();
          number.phone_number = each.first;
          number.status = annotation(each.second, status_field);
        });
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::CreateSMSSandboxPhoneNumber, Sns& sns) {
  return std::make_unique<CreateSmsSandboxPhoneNumber>(sns);
}
ActionPtr make_handler(op::VerifySMSSandboxPhoneNumber, Sns& sns) {
  return std::make_unique<VerifySmsSandboxPhoneNumber>(sns);
}
ActionPtr make_handler(op::DeleteSMSSandboxPhoneNumber, Sns& sns) {
  return std::make_unique<DeleteSmsSandboxPhoneNumber>(sns);
}
ActionPtr make_handler(op::GetSMSSandboxAccountStatus, Sns& sns) {
  return std::make_unique<GetSmsSandboxAccountStatus>(sns);
}
ActionPtr make_handler(op::ListSMSSandboxPhoneNumbers, Sns& sns) {
  return std::make_unique<ListSmsSandboxPhoneNumbers>(sns);
}

}  // namespace millrace::aws::sns
