#include "codec/timestamp.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>

#include "codec/numbers.h"

namespace millrace::codec {
namespace {

// Takes text apart from its front. After a step that did not fit, good() is false for ever.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool done() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool take(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = take(c) && good_; }
  // Exactly so many digits.
  int digits(std::size_t count, int max) {
    int value = 0;
    for (; count > 0; --count) {
      const int digit = take_digit();
      if (digit < 0) {
        good_ = false;
        return 0;
      }
      value = value * 10 + digit;
    }
    good_ = good_ && value <= max;
    return value;
  }
  // Digits of a fraction as milliseconds; what follows the third is cut off.
  int milliseconds() {
    int value = 0;
    int weight = 100;
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') good_ = false;
    for (int digit = take_digit(); digit >= 0; digit = take_digit()) {
      value += digit * weight;
      weight /= 10;
    }
    return value;
  }

 private:
  int take_digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return -1;
    const int digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }

  std::string_view rest_;
  bool good_ = true;
};

// What is to be taken off the local time. Nothing means UTC.
Duration offset_from_utc(Scanner& text) {
  if (text.done() || text.take('Z') || text.take('z')) return {};
  const bool behind = text.next_is('-');
  if (!behind && !text.next_is('+')) return {};
  text.take(behind ? '-' : '+');
  const int hours = text.digits(2, 23);
  const bool whole_hours = text.done();
  text.take(':');
  const int minutes = whole_hours ? 0 : text.digits(2, 59);
  const Duration offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return behind ? -offset : offset;
}

}  // namespace

std::optional<Time> from_epoch_ms(std::int64_t ms) {
  if (ms < epoch_seconds_range.min * 1000 || ms > epoch_seconds_range.max * 1000 + 999) return {};
  return from_ms(ms);
}

std::optional<Time> from_epoch_seconds(double seconds) {
  const bool inside = seconds >= static_cast<double>(epoch_seconds_range.min) &&
                      seconds <= static_cast<double>(epoch_seconds_range.max);
  if (!inside) return {};
  return from_ms(std::llround(seconds * 1000));
}

void write_epoch_seconds(Time time, std::string& out) {
  std::int64_t ms = to_ms(time);
  if (ms < 0) {
    out += '-';
    ms = -ms;
  }
  write_integer(ms / 1000, out);
  // As few decimals as say it: 1.25, not 1.250.
  auto rest = static_cast<int>(ms % 1000);
  if (rest != 0) out += '.';
  for (int unit = 100; rest != 0; rest %= unit, unit /= 10) out += static_cast<char>('0' + rest / unit);
}

std::optional<Time> read_iso8601(std::string_view text) {
  Scanner scanner(text);
  const int year = scanner.digits(4, 9999);
  scanner.expect('-');
  const int month = scanner.digits(2, 12);
  scanner.expect('-');
  const int day = scanner.digits(2, 31);
  Duration of_day{};
  if (!scanner.done()) {
    if (!scanner.take('t') && !scanner.take(' ')) scanner.expect('T');
    of_day += std::chrono::hours(scanner.digits(2, 23));
    scanner.expect(':');
    of_day += std::chrono::minutes(scanner.digits(2, 59));
    if (scanner.take(':')) {
      of_day += std::chrono::seconds(scanner.digits(2, 60));  // a leap second is the next minute's first
      if (scanner.take('.') || scanner.take(',')) of_day += Duration(scanner.milliseconds());
    }
    of_day -= offset_from_utc(scanner);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scanner.good() || !scanner.done() || !date.ok()) return {};
  return from_epoch_ms(to_ms(Time(std::chrono::sys_days(date)) + of_day));
}

void write_iso8601(Time time, std::string& out) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::int64_t ms = (time - day).count();
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), ms / 3'600'000,
                 ms / 60'000 % 60, ms / 1000 % 60);
  if (ms % 1000 != 0) fmt::format_to(std::back_inserter(out), ".{:03}", ms % 1000);
  out += 'Z';
}

}  // namespace millrace::codec
