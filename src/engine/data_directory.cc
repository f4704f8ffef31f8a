#include "engine/data_directory.h"

#include <fmt/format.h>

#include <charconv>

#include "base/crc32c.h"

namespace millrace::engine {
namespace {

constexpr std::string_view meta_name = "millrace.meta";
constexpr std::string_view lock_name = "millrace.lock";
constexpr std::uint32_t format_version = 1;

std::string encode_meta(std::uint32_t lanes) {
  std::string text = fmt::format("millrace data directory, format {}\nlanes {}\n", format_version, lanes);
  text += fmt::format("checksum {:08x}\n", crc32c(as_bytes(text)));
  return text;
}

// The number that follows `before` in the text.
std::optional<std::uint32_t> number_after(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint32_t number = 0;
  const char* begin = text.data() + at + before.size();
  if (std::from_chars(begin, text.data() + text.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::string lane_directory(const std::string& path, std::uint32_t lane) {
  return fmt::format("{}/lane-{:03}", path, lane);
}

Result<std::uint32_t> read_data_directory(env::Files& files, const std::string& path) {
  const std::string meta = path + "/" + std::string(meta_name);
  auto text = env::read_all(files, meta);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, fmt::format("{} is not a data directory: it has no {}", path, meta_name));
  }
  if (!text) return pass(text);
  const auto version = number_after(*text, "format ");
  const auto lanes = number_after(*text, "\nlanes ");
  if (version && *version > format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("{} has format {}; this program reads up to {}", path, *version, format_version));
  }
  if (!version || !lanes || *lanes == 0 || *lanes > lanes_max || *text != encode_meta(*lanes)) {
    return fail(ErrorCode::damaged, meta + ", offset 0: this is not what Millrace wrote");
  }
  return *lanes;
}

Result<DataDirectory> open_data_directory(env::Files& files, const std::string& path,
                                          std::optional<std::uint32_t> lanes, std::uint32_t lanes_default) {
  if (auto ok = env::make_durable_directory(files, path); !ok) return pass(ok);
  DataDirectory directory;
  auto lock = files.open(path + "/" + std::string(lock_name), {.write = true, .create = true});
  if (!lock) return pass(lock);
  if (auto ok = (*lock)->lock(); !ok) {
    if (ok.error().code != ErrorCode::conflict) return pass(ok);
    return fail(ErrorCode::conflict, path + " is in use by another millrace; stop it, or choose another directory");
  }
  directory.lock = std::move(*lock);
  auto count = read_data_directory(files, path);
  if (!count && count.error().code == ErrorCode::not_found) {
    auto entries = files.list(path);
    if (!entries) return pass(entries);
    for (const auto& name : *entries) {
      if (name == lock_name || name.starts_with(meta_name)) continue;
      return fail(ErrorCode::damaged,
                  fmt::format("{} holds {} but no {}: it is not a data directory, or has lost that file", path, name,
                              meta_name));
    }
    count = lanes.value_or(lanes_default);
    directory.made = true;
    if (auto ok = env::replace(files, path, std::string(meta_name), as_bytes(encode_meta(*count))); !ok)
      return pass(ok);
  }
  if (!count) return pass(count);
  if (lanes && *lanes != *count) {
    return fail(ErrorCode::conflict,
                fmt::format("{} was made with {} lanes and cannot have {}: leave `lanes` out", path, *count, *lanes));
  }
  for (std::uint32_t lane = 0; lane < *count; ++lane) {
    auto store = log::FileStore::open(files, lane_directory(path, lane));
    if (!store) return pass(store);
    directory.lanes.push_back(std::move(*store));
  }
  return directory;
}

}  // namespace millrace::engine
