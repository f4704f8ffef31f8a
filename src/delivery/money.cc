#include "delivery/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::delivery {
namespace {

constexpr std::size_t fraction_digits = 6;
constexpr std::size_t whole_digits_max = 7;

std::optional<std::int64_t> read_digits(std::string_view text) {
  std::int64_t number = 0;
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::optional<MicroUsd> read_usd(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (whole.empty() || whole.size() > whole_digits_max || fraction.empty() || fraction.size() > fraction_digits) {
    return std::nullopt;
  }
  fraction.resize(fraction_digits, '0');
  const auto dollars = read_digits(whole);
  const auto rest = read_digits(fraction);
  if (!dollars || !rest) return std::nullopt;
  const MicroUsd amount(*dollars * one_usd.get() + *rest);
  return amount <= usd_max ? std::optional(amount) : std::nullopt;
}

std::string write_usd(MicroUsd amount) {
  auto text = fmt::format("{}.{:06}", amount.get() / one_usd.get(), amount.get() % one_usd.get());
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace millrace::delivery
