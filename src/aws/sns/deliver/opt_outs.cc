#include "aws/sns/deliver/opt_outs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "aws/sns/account.h"
#include "aws/sns/target.h"
#include "base/log.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::array<std::string_view, 10> words{"ARRET", "CANCEL", "END",  "OPT-OUT", "OPTOUT",
                                                 "QUIT",  "REMOVE", "STOP", "TD",      "UNSUBSCRIBE"};

// Since all lanes answer on cores of their own.
struct Answers {
  std::atomic<std::size_t> missing;
  std::atomic<bool> all_kept{true};
  Callback<void(bool)> kept;

  void take(bool ok) {
    if (!ok) all_kept = false;
    if (missing.fetch_sub(1) == 1) kept(all_kept);
  }
};

// On a lane: the accounts there that write to phones.
Outcome<void> opt_out(engine::Lane& lane, std::string_view phone) {
  const auto& directory = lane.directory();
  for (auto at = directory.lower_bound(account_key_start); at != directory.end(); ++at) {
    if (!at->first.starts_with(account_key_start)) break;
    Account account(lane, at->first);
    if (!account.writes_to_phones() || account.opted_out(phone)) continue;
    if (auto ok = account.opt_out(phone); !ok) return ok;
  }
  return {};
}

}  // namespace

bool is_opt_out(std::string_view text) {
  constexpr std::string_view around = " \t\r\n.!\"'";
  const auto first = text.find_first_not_of(around);
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(around) - first + 1);
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::ranges::any_of(words, [&](std::string_view word) { return std::ranges::equal(text, word, {}, upper); });
}

void OptOuts::start() {
  gateway_.listen(
      [this](delivery::SmsAnswer answer, Callback<void(bool)> kept) { heard(std::move(answer), std::move(kept)); });
}

void OptOuts::heard(delivery::SmsAnswer answer, Callback<void(bool)> kept) {
  // What else people answer is for nobody here.
  if (!is_opt_out(answer.text) || !is_phone_number(answer.phone)) return kept(true);
  const auto phone = plain_phone_number(answer.phone);
  logging::info("sns: {} has opted out of text messages", phone);
  auto answers = std::make_shared<Answers>();
  answers->missing = engine_.lanes();
  answers->kept = std::move(kept);
  for (std::uint32_t i = 0; i < engine_.lanes(); ++i) {
    engine_.core_of(engine::LaneId(i)).post([&lane = engine_.lane(engine::LaneId(i)), phone, answers] {
      if (!lane.serving()) return answers->take(false);
      if (auto ok = opt_out(lane, phone); !ok) return answers->take(false);
      lane.when_durable([answers](const Result<void>& durable) { answers->take(durable.has_value()); });
    });
  }
}

}  // namespace millrace::aws::sns::deliver
