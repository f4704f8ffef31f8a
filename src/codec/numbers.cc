#include "codec/numbers.h"

#include <cmath>
#include <limits>

namespace millrace::codec {
namespace {

constexpr std::string_view nan_text = "NaN";
constexpr std::string_view infinity_text = "Infinity";
constexpr std::string_view negative_infinity_text = "-Infinity";

// From here on always with an exponent: without a point or an exponent JSON parsers take a number for an integer, and
// these do not fit into one.
constexpr double exponent_from = 1e15;

}  // namespace

void write_double(double value, std::string& out) {
  if (std::isnan(value)) {
    out += nan_text;
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? infinity_text : negative_infinity_text;
    return;
  }
  char digits[40];
  char* const limit = digits + sizeof digits;
  const auto written = std::abs(value) < exponent_from
                           ? std::to_chars(digits, limit, value)
                           : std::to_chars(digits, limit, value, std::chars_format::scientific);
  out.append(digits, written.ptr);
}

bool read_double(std::string_view text, double& into) {
  // from_chars knows words of its own.
  const std::string_view start = text.starts_with('-') ? text.substr(1) : text;
  if (start.empty() || ((start.front() < '0' || start.front() > '9') && start.front() != '.')) {
    return read_unusual_double(text, into);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_unusual_double(std::string_view text, double& into) {
  if (text == nan_text) {
    into = std::numeric_limits<double>::quiet_NaN();
  } else if (text == infinity_text) {
    into = std::numeric_limits<double>::infinity();
  } else if (text == negative_infinity_text) {
    into = -std::numeric_limits<double>::infinity();
  } else {
    return false;
  }
  return true;
}

}  // namespace millrace::codec
