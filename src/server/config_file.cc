// The TOML file: the same keys as on the command line, at the top level.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <string>

#include "server/config.h"

namespace millrace::server {
namespace {

// The value as it would stand on the command line; nothing for a kind that no key takes.
std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* yes = node.as_boolean()) return yes->get() ? "true" : "false";
  return {};
}

}  // namespace

Result<void> read_file(Config& config, const std::string& path) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  for (const auto& [name, node] : file) {
    const auto where = fmt::format("{}:{}", path, node.source().begin.line);
    if (auto ok = set(config, name.str(), text_of(node), where); !ok) return ok;
  }
  return {};
}

}  // namespace millrace::server
