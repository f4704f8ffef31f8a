#include "console/prometheus.h"

#include <fmt/format.h>

#include <iterator>

namespace millrace::console {
namespace {

// In a HELP line a quote needs no escape, in a label's value it does.
void escape(std::string_view text, bool quotes, std::string& out) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} ", name_);
  escape(help, false, text_);
  fmt::format_to(std::back_inserter(text_), "\n# TYPE {} {}\n", name_, type);
}

void PrometheusText::name_and_labels(std::span<const Label> labels, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& label : labels) {
    text_ += before;
    text_ += label.name;
    text_ += "=\"";
    escape(label.value, true, text_);
    text_ += '"';
    before = ',';
  }
  text_ += labels.empty() ? " " : "} ";
}

void PrometheusText::sample(std::span<const Label> labels, std::uint64_t value, std::string_view suffix) {
  name_and_labels(labels, suffix);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::sample(std::span<const Label> labels, double value) {
  name_and_labels(labels, {});
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

}  // namespace millrace::console
