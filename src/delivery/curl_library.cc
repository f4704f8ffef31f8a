#include "delivery/curl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace millrace::delivery {
namespace {

constexpr const char* file_name = "libcurl.so.4";

Result<CurlLibrary> load() {
  void* file = ::dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) {
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be loaded: {}", file_name, ::dlerror()));
  }
  CurlLibrary library;
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(file, name));
    if (function == nullptr) missing = name;
  };
  find(library.global_init, "curl_global_init");
  find(library.easy_init, "curl_easy_init");
  find(library.easy_cleanup, "curl_easy_cleanup");
  find(library.easy_reset, "curl_easy_reset");
  find(library.easy_setopt, "curl_easy_setopt");
  find(library.easy_getinfo, "curl_easy_getinfo");
  find(library.easy_strerror, "curl_easy_strerror");
  find(library.multi_init, "curl_multi_init");
  find(library.multi_cleanup, "curl_multi_cleanup");
  find(library.multi_setopt, "curl_multi_setopt");
  find(library.multi_add_handle, "curl_multi_add_handle");
  find(library.multi_remove_handle, "curl_multi_remove_handle");
  find(library.multi_socket_action, "curl_multi_socket_action");
  find(library.multi_info_read, "curl_multi_info_read");
  find(library.multi_strerror, "curl_multi_strerror");
  find(library.slist_append, "curl_slist_append");
  find(library.slist_free_all, "curl_slist_free_all");
  if (missing != nullptr) {
    return fail(ErrorCode::unavailable, fmt::format("{} has no function {}", file_name, missing));
  }
  if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be initialized", file_name));
  }
  return library;
}

}  // namespace

Result<const CurlLibrary*> load_curl() {
  static const auto library = load();
  if (!library) return fail(library.error().code, library.error().message);
  return &*library;
}

}  // namespace millrace::delivery
