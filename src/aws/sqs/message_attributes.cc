#include "aws/sqs/message_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "aws/sqs/errors.h"
#include "aws/sqs/text.h"
#include "base/bytes.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view trace_header_name = "AWSTraceHeader";
constexpr std::size_t number_digits_max = 38;
constexpr int number_exponent_max = 126;
constexpr int number_exponent_min = -128;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

// Letters of any script come as bytes from 0x80 on. Of those, the service takes letters; that is judged coarsely here:
// Latin-1's and other blocks' letters pass, and U+0080 to U+00BF, U+2000 to U+206F (signs and punctuation) do not.
bool is_letter_beyond_ascii(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == 0xC2) return false;
  if (byte == 0xE2 && at + 1 < text.size()) return static_cast<unsigned char>(text[at + 1]) > 0x81;
  return true;
}

bool has_only_name_characters(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) continue;
    if (c == '_' || c == '-' || c == '.') continue;
    if (static_cast<unsigned char>(c) < 0x80 || !is_letter_beyond_ascii(name, i)) return false;
  }
  return true;
}

Outcome<void> check_name(std::string_view name, const Limits& limits) {
  if (name.empty()) {
    return refuse(invalid_parameter("The request must contain non-empty message (user) attribute names."));
  }
  if (name.size() > limits.attribute_name_bytes_max) {
    return refuse(invalid_parameter("Message (user) attribute name must be shorter than 256 bytes."));
  }
  const auto folded = lower(name);
  if (folded.starts_with("aws.") || folded.starts_with("amazon.")) {
    return refuse(invalid_parameter(
        "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for "
        "internal use."));
  }
  const bool dots = name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos;
  if (dots || !has_only_name_characters(name)) {
    return refuse(invalid_parameter(
        "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens "
        "and underscores. "));
  }
  return {};
}

std::string_view base_type(std::string_view type) { return type.substr(0, type.find('.')); }

Outcome<void> check_type(std::string_view name, std::string_view type, const Limits& limits) {
  if (type.empty()) {
    return refuse(invalid_parameter(
        fmt::format("The message attribute '{}' must contain non-empty message attribute type.", name)));
  }
  const auto base = base_type(type);
  if (base != "String" && base != "Number" && base != "Binary") {
    return refuse(invalid_parameter(
        fmt::format("The type of message (user) attribute '{}' is invalid. You must use only the following supported "
                    "type prefixes: Binary, Number, String.",
                    name)));
  }
  if (type.size() > limits.attribute_name_bytes_max) {
    return refuse(invalid_parameter("Message (user) attribute type must be shorter than 256 bytes."));
  }
  return {};
}

template <class Value>
Outcome<AttributeView> read_value(std::string_view name, const Value& value, const Limits& limits) {
  if (!value.string_list_values.empty() || !value.binary_list_values.empty()) {
    return refuse(Failure{&errors::unsupported_operation,
                          "Message attribute list values in SendMessage operation are not supported."});
  }
  const std::string_view type = value.data_type ? std::string_view(*value.data_type) : std::string_view();
  if (type.empty() && !value.string_value && !value.binary_value) {
    return refuse(invalid_parameter(
        fmt::format("The message (user) attribute '{}' must contain a non-empty message attribute value.", name)));
  }
  if (auto ok = check_type(name, type, limits); !ok) return refuse(std::move(ok.error()));
  AttributeView view{.name = name, .type = type, .binary = base_type(type) == "Binary"};
  if (view.binary && value.binary_value) view.value = value.binary_value->bytes;
  if (!view.binary && value.string_value) view.value = *value.string_value;
  if (view.value.empty()) {
    return refuse(invalid_parameter(fmt::format(
        "Message (user) attribute '{}' must contain a non-empty value of type '{}'.", name, base_type(type))));
  }
  if (!view.binary && !is_message_text(view.value)) return refuse(invalid_parameter(std::string(message_text_rule)));
  if (base_type(type) == "Number" && !is_number(view.value)) {
    return refuse(
        invalid_parameter(fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name)));
  }
  return view;
}

}  // namespace

bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::size_t digits = 0;
  std::size_t significant = 0;
  std::int64_t magnitude = 0;  // digits before the point, from the first that is not zero
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    ++digits;
    if (significant > 0 || c != '0') {
      ++significant;
      if (!point) ++magnitude;
    } else if (point) {
      --magnitude;
    }
  }
  if (digits == 0) return false;
  std::int64_t exponent = 0;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return false;
    auto rest = text.substr(i + 1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc{} || end != rest.data() + rest.size()) return false;
  }
  if (significant == 0) return true;
  const std::int64_t power = magnitude - 1 + exponent;
  return significant <= number_digits_max && power <= number_exponent_max && power >= number_exponent_min;
}

Outcome<AttributeViews> read_attributes(const codec::Map<models::sqs::MessageAttributeValue>& attributes,
                                        const Limits& limits) {
  AttributeViews views;
  if (attributes.empty()) return views;
  if (attributes.size() > limits.message_attributes_max) {
    return refuse(invalid_parameter(fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].",
                                                attributes.size(), limits.message_attributes_max)));
  }
  views.reserve(attributes.size());
  for (const auto& [name, value] : attributes) {
    if (auto ok = check_name(name, limits); !ok) return refuse(std::move(ok.error()));
    auto view = read_value(name, value, limits);
    if (!view) return refuse(std::move(view.error()));
    views.push_back(*view);
  }
  std::ranges::sort(views, {}, &AttributeView::name);
  const auto twice = std::ranges::adjacent_find(views, {}, &AttributeView::name);
  if (twice != views.end()) {
    return refuse(invalid_parameter(fmt::format("Message (user) attribute name '{}' already exists.", twice->name)));
  }
  return views;
}

Outcome<AttributeViews> read_system_attributes(const codec::Map<models::sqs::MessageSystemAttributeValue>& attributes) {
  AttributeViews views;
  for (const auto& [name, value] : attributes) {
    if (name != trace_header_name) {
      return refuse(invalid_parameter(fmt::format("Message system attribute name '{}' is invalid.", name)));
    }
    auto view = read_value(name, value, aws_limits);
    if (!view) return refuse(std::move(view.error()));
    if (view->type != "String") {
      return refuse(invalid_parameter(
          fmt::format("The type of message (system) attribute '{}' is invalid. You must use only the following "
                      "supported type prefixes: String.",
                      name)));
    }
    views.assign(1, *view);
  }
  return views;
}

std::size_t size_of(std::span<const AttributeView> attributes) {
  std::size_t size = 0;
  for (const auto& each : attributes) size += each.name.size() + each.type.size() + each.value.size();
  return size;
}

Md5 md5_of(std::span<const AttributeView> attributes) {
  Md5Stream stream;
  const auto add_sized = [&](std::string_view bytes) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const char big_endian[4] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                static_cast<char>(size >> 8), static_cast<char>(size)};
    stream.add({big_endian, sizeof big_endian});
    stream.add(bytes);
  };
  for (const auto& each : attributes) {
    add_sized(each.name);
    add_sized(each.type);
    stream.add(each.binary ? "\x02" : "\x01");
    add_sized(each.value);
  }
  return stream.finish();
}

// Stored form (docs/format/sqs.md): version u8, MD5 of the body (16), trace header (string), number of
// attributes (varint), then each: name, type (strings), transport u8 (0 string, 1 binary), value (string).
namespace {
constexpr std::uint8_t properties_version = 1;
constexpr std::uint64_t stored_attributes_max = 10'000;
}  // namespace

std::string encode_properties(const Md5& body_md5, std::string_view trace_header,
                              std::span<const AttributeView> attributes) {
  std::string stored;
  stored.reserve(1 + body_md5.size() + 4 + trace_header.size() + size_of(attributes) + attributes.size() * 12);
  ByteWriter out(stored);
  out.u8(properties_version);
  out.raw(std::as_bytes(std::span(body_md5)));
  out.string(trace_header);
  out.varint(attributes.size());
  for (const auto& each : attributes) {
    out.string(each.name);
    out.string(each.type);
    out.u8(each.binary ? 1 : 0);
    out.string(each.value);
  }
  return stored;
}

std::optional<Properties> decode_properties(std::string_view stored) {
  ByteReader in(stored);
  if (in.u8() != properties_version) return std::nullopt;
  Properties properties;
  const auto digest = in.raw(properties.body_md5.size());
  std::ranges::copy(digest, properties.body_md5.begin());
  properties.trace_header = in.string();
  const auto count = in.varint();
  if (count > stored_attributes_max) return std::nullopt;
  properties.attributes.reserve(count);
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    AttributeView view;
    view.name = in.string();
    view.type = in.string();
    view.binary = in.u8() != 0;
    view.value = in.string();
    properties.attributes.push_back(view);
  }
  if (!in.done()) return std::nullopt;
  return properties;
}

AttributeFilter::AttributeFilter(std::span<const std::string> names) {
  for (const std::string_view name : names) {
    if (name == "All" || name == "*" || name == ".*") {
      all_ = true;
    } else if (name.ends_with(".*")) {
      prefixes_.push_back(name.substr(0, name.size() - 2));
    } else if (!name.empty()) {
      exact_.push_back(name);
    }
  }
}

bool AttributeFilter::matches(std::string_view name) const {
  return all_ || std::ranges::find(exact_, name) != exact_.end() ||
         std::ranges::any_of(prefixes_, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace millrace::aws::sqs
