// JsonObject: writes an object member by member, without spaces.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/json_writer.h"

namespace millrace::aws::sns {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) {
    begin(name);
    codec::write_json_string(value, out_);
    return *this;
  }
  // A value that is JSON already.
  JsonObject& raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
    return *this;
  }
  JsonObject& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  // Once, after one member at least.
  std::string finish() { return std::move(out_ += '}'); }

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    codec::write_json_string(name, out_);
    out_ += ':';
  }
  std::string out_;
};

}  // namespace millrace::aws::sns
