// PrometheusText: writes the text format 0.0.4 that Prometheus and its kin read.
//
// Families come one after another, each with all its samples, as the format wants it. A plain writer into one string.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace millrace::console {

struct Label {
  std::string_view name;  // a legal name: letters, digits and underscores
  std::string_view value;
};

class PrometheusText {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // Begins a family; `type` is counter, gauge or summary.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // A sample of the family; `suffix` follows its name ("_sum").
  void sample(std::span<const Label> labels, std::uint64_t value, std::string_view suffix = {});
  void sample(std::span<const Label> labels, double value);
  void sample(std::uint64_t value) { sample({}, value); }

  std::string take() { return std::move(text_); }

 private:
  void name_and_labels(std::span<const Label> labels, std::string_view suffix);

  std::string text_;
  std::string name_;
};

}  // namespace millrace::console
