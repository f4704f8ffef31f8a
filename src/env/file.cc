#include "env/file.h"

namespace millrace::env {

Result<void> make_durable_directory(Files& files, const std::string& path) {
  if (auto made = files.make_directory(path); !made) return made;
  // The parents that we may not open were there before us.
  for (auto end = path.rfind('/'); end != std::string::npos;
       end = end == 0 ? std::string::npos : path.rfind('/', end - 1)) {
    if (!files.sync_directory(end == 0 ? "/" : path.substr(0, end))) return {};
  }
  if (!path.starts_with('/')) (void)files.sync_directory(".");
  return {};
}

Result<std::string> read_all(Files& files, const std::string& path) {
  auto file = files.open(path, {});
  if (!file) return pass(file);
  auto size = (*file)->size();
  if (!size) return pass(size);
  std::string content(static_cast<std::size_t>(*size), '\0');
  auto got = (*file)->read(0, std::as_writable_bytes(std::span(content)));
  if (!got) return pass(got);
  content.resize(*got);
  return content;
}

Result<void> replace(Files& files, const std::string& directory, const std::string& name, Bytes content) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".tmp";
  {
    auto file = files.open(temporary, {.write = true, .create = true});
    if (!file) return pass(file);
    if (auto ok = (*file)->truncate(0); !ok) return ok;
    if (auto ok = (*file)->write(0, content); !ok) return ok;
    if (auto ok = (*file)->sync(); !ok) return ok;
  }
  if (auto ok = files.rename(temporary, path); !ok) return ok;
  return files.sync_directory(directory);
}

}  // namespace millrace::env
