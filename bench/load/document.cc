#include "load/document.h"

#include <openssl/evp.h>

namespace millrace::bench {

std::string wire_form(bool cbor, std::string_view blob) {
  if (cbor) return std::string(blob);
  std::string out(4 * ((blob.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(blob.data()), static_cast<int>(blob.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Document& Document::open(unsigned major, std::size_t count, char bracket) {
  if (cbor_) {
    head(major, count);
  } else {
    separate();
    out_ += bracket;
    first_ = true;
  }
  return *this;
}

Document& Document::close(char bracket) {
  if (!cbor_) out_ += bracket;
  first_ = false;
  return *this;
}

Document& Document::key(std::string_view name) {
  text(name);
  if (!cbor_) {
    out_ += ':';
    first_ = true;
  }
  return *this;
}

Document& Document::text(std::string_view value) {
  if (cbor_) {
    head(3, value.size());
    out_ += value;
  } else {
    separate();
    out_.append(1, '"').append(value).append(1, '"');
  }
  return *this;
}

Document& Document::blob(std::string_view wire) {
  if (!cbor_) return text(wire);
  head(2, wire.size());
  out_ += wire;
  return *this;
}

Document& Document::number(std::uint64_t value) {
  if (cbor_) {
    head(0, value);
  } else {
    separate();
    out_ += std::to_string(value);
  }
  return *this;
}

void Document::head(unsigned major, std::uint64_t value) {
  const auto first = static_cast<unsigned char>(major << 5);
  if (value < 24) {
    out_ += static_cast<char>(first | value);
    return;
  }
  const unsigned power = value < 1u << 8 ? 0 : value < 1u << 16 ? 1 : value < std::uint64_t{1} << 32 ? 2 : 3;
  out_ += static_cast<char>(first | (24 + power));
  for (unsigned byte = 1u << power; byte-- > 0;) out_ += static_cast<char>(value >> (8 * byte));
}

void Document::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

}  // namespace millrace::bench
