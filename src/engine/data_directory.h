// The data directory: who owns it, and how many lanes it has. docs/format/data-directory.md describes its files.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/file.h"
#include "log/store.h"

namespace millrace::engine {

constexpr std::uint32_t lanes_max = 1024;

// A directory opened for serving: locked, so that a second server is refused, until it is destroyed.
struct DataDirectory {
  std::unique_ptr<env::File> lock;
  std::vector<std::shared_ptr<log::Store>> lanes;  // one store each
  bool made = false;                               // it was empty
};

// Opens `path`, or makes it with `lanes` lanes (none: `lanes_default`). `conflict` when another process serves it or it
// has another number of lanes than asked for; `damaged` or `unsupported` when it is not ours.
Result<DataDirectory> open_data_directory(env::Files& files, const std::string& path,
                                          std::optional<std::uint32_t> lanes, std::uint32_t lanes_default);

// For check and dump: changes nothing. The number of lanes.
Result<std::uint32_t> read_data_directory(env::Files& files, const std::string& path);
// "PATH/lane-003"
std::string lane_directory(const std::string& path, std::uint32_t lane);

}  // namespace millrace::engine
