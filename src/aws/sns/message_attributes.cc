#include "aws/sns/message_attributes.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/resource_name.h"
#include "aws/sns/errors.h"
#include "aws/sqs/message_attributes.h"
#include "codec/text.h"

namespace millrace::aws::sns {
namespace {

bool is_attribute_character(char c) { return is_name_character(c) || c == '.'; }

// The code point that begins with this byte of valid UTF-8.
std::uint32_t code_point_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t value = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size && i < text.size(); ++i) {
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  return value;
}

Outcome<void> check_name(std::string_view name, const Limits& limits) {
  if (name.size() > limits.attribute_name_bytes_max) {
    return refuse(invalid_value(
        fmt::format("Length of message attribute name must be less than {} bytes.", limits.attribute_name_bytes_max)));
  }
  if (name.empty()) return refuse(invalid_value("The message attribute name must not be empty."));
  if (name.front() == '.') {
    return refuse(invalid_value("Invalid message attribute name starting with character '.' was found."));
  }
  if (name.back() == '.') {
    return refuse(invalid_value("Invalid message attribute name ending with character '.' was found."));
  }
  const auto bad = std::ranges::find_if_not(name, is_attribute_character);
  const auto dots = name.find("..");
  if (bad != name.end() && static_cast<std::size_t>(bad - name.begin()) < dots) {
    return refuse(invalid_value(
        fmt::format("Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only "
                    "include alphanumeric characters, hyphens, underscores, or dots.",
                    code_point_at(name.substr(static_cast<std::size_t>(bad - name.begin()))))));
  }
  if (dots != std::string_view::npos) {
    return refuse(invalid_value("Message attribute name can not have successive '.' character."));
  }
  return {};
}

// "String", or "String." with something behind it.
bool is_type(std::string_view type) {
  const auto dot = type.find('.');
  const auto base = type.substr(0, dot);
  if (base != "String" && base != "Number" && base != "Binary") return false;
  return dot == std::string_view::npos || dot + 1 < type.size();
}

Outcome<AttributeView> read_attribute(const std::string& name, const models::sns::MessageAttributeValue& value,
                                      std::size_t entry) {
  if (!value.data_type) {
    const auto inside = fmt::format("messageAttributes.{}.member.dataType", name);
    return refuse(
        null_member(entry == 0 ? inside : fmt::format("publishBatchRequestEntries.{}.member.{}", entry, inside)));
  }
  const std::string_view type = *value.data_type;
  if (!is_type(type)) {
    return refuse(
        invalid_value(fmt::format("The message attribute '{}' has an invalid message attribute type, the set "
                                  "of supported type prefixes is Binary, Number, and String.",
                                  name)));
  }
  AttributeView view{.name = name, .type = type, .binary = type.starts_with("Binary")};
  const bool there = view.binary ? value.binary_value.has_value() : value.string_value.has_value();
  const bool other = view.binary ? value.string_value.has_value() : value.binary_value.has_value();
  if (!there && other) {
    return refuse(invalid_value(fmt::format("The message attribute '{}' with type '{}' must use field '{}'.", name,
                                            type, view.binary ? "Binary" : "String")));
  }
  if (there) view.value = view.binary ? std::string_view(value.binary_value->bytes) : *value.string_value;
  if (view.value.empty()) {
    return refuse(invalid_value(fmt::format(
        "The message attribute '{}' must contain non-empty message attribute value for message attribute type '{}'.",
        name, type)));
  }
  if (type.starts_with("Number") && !sqs::is_number(view.value)) {
    return refuse(invalid_value(fmt::format("Could not cast message attribute '{}' value to number.", name)));
  }
  return view;
}

}  // namespace

Outcome<AttributeViews> read_attributes(const codec::Map<models::sns::MessageAttributeValue>& attributes,
                                        const Limits& limits, std::size_t entry) {
  AttributeViews views;
  views.reserve(attributes.size());
  for (const auto& [name, value] : attributes) {
    if (auto ok = check_name(name, limits); !ok) return refuse(std::move(ok.error()));
    auto view = read_attribute(name, value, entry);
    if (!view) return refuse(std::move(view.error()));
    views.push_back(*view);
  }
  std::ranges::sort(views, {}, &AttributeView::name);
  const auto twice = std::ranges::adjacent_find(views, {}, &AttributeView::name);
  if (twice != views.end()) {
    return refuse(invalid_value(fmt::format("The message attribute name '{}' is there twice.", twice->name)));
  }
  return views;
}

}  // namespace millrace::aws::sns
