#include "load/sns.h"

#include <fmt/format.h>

#include <array>

namespace millrace::bench {
namespace {

constexpr std::string_view unreserved = "-._~";

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         unreserved.find(c) != std::string_view::npos;
}

void add_attribute(Form& form, const Options& options, std::string_view prefix) {
  const auto equals = options.attribute.find('=');
  if (equals == std::string::npos) return;
  const auto entry = fmt::format("{}MessageAttributes.entry.1.", prefix);
  form.add(entry + "Name", std::string_view(options.attribute).substr(0, equals));
  form.add(entry + "Value.DataType", "String");
  form.add(entry + "Value.StringValue", std::string_view(options.attribute).substr(equals + 1));
}

// The text that a JSON string stands for; what the envelope's writer escapes is all that is known.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

}  // namespace

Form::Form(std::string_view action) {
  add("Action", action);
  add("Version", "2010-03-31");
}

Form& Form::add(std::string_view name, std::string_view value) {
  if (!out_.empty()) out_ += '&';
  out_.append(name).append(1, '=');
  for (const char c : value) {
    if (stays(c)) {
      out_ += c;
    } else {
      out_ += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return *this;
}

std::string build_sns_request(const Options& options, const Form& form) {
  return fmt::format(
      "POST / HTTP/1.1\r\n"
      "Host: {}:{}\r\n"
      "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
      "X-Amz-Date: 20260101T000000Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/sns/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date, "
      "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n"
      "User-Agent: millrace-load\r\n"
      "Content-Length: {}\r\n\r\n{}",
      options.host, options.port, form.written().size(), form.written());
}

std::string build_publish(const Options& options, Bodies& bodies, std::size_t first, unsigned count) {
  Form form(count == 1 ? "Publish" : "PublishBatch");
  form.add("TopicArn", options.topic);
  if (count == 1) {
    form.add("Message", bodies.at(first).text);
    add_attribute(form, options, "");
    return build_sns_request(options, form);
  }
  for (unsigned i = 0; i < count; ++i) {
    const auto member = fmt::format("PublishBatchRequestEntries.member.{}.", i + 1);
    form.add(member + "Id", std::to_string(i));
    form.add(member + "Message", bodies.at(first + i).text);
    add_attribute(form, options, member);
  }
  return build_sns_request(options, form);
}

bool accepts_publish(std::string_view xml, unsigned count) {
  if (count == 1) return !element(xml, "MessageId").empty();
  const auto successful = xml.substr(std::min(xml.find("<Successful>"), xml.size()));
  std::uint32_t seen = 0;
  unsigned members = 0;
  constexpr std::string_view id = "<Id>";
  for (auto at = successful.find(id); at != std::string_view::npos; at = successful.find(id, at + 1)) {
    ++members;
    const auto digit = static_cast<unsigned>(successful[at + id.size()] - '0');
    if (digit < count) seen |= 1u << digit;
  }
  return members == count && seen == (1u << count) - 1 && xml.find("<Code>") == std::string_view::npos;
}

std::string_view element(std::string_view xml, std::string_view name) {
  const auto open = fmt::format("<{}>", name);
  const auto begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const auto text = xml.substr(begin + open.size());
  return text.substr(0, text.find('<'));
}

Body* find_received(Bodies& bodies, bool enveloped, std::string_view text, std::string_view md5) {
  if (!enveloped) {
    Body* const body = bodies.find(text);
    return body != nullptr && body->md5 == md5 ? body : nullptr;
  }
  constexpr std::string_view member = R"(\"Message\" : \")";
  const auto begin = text.find(member);
  if (begin == std::string_view::npos) return nullptr;
  const auto message = text.substr(begin + member.size());
  Body* const body = bodies.find(message.substr(0, message.find('\\')));
  return body != nullptr && md5_hex(unescaped(text)) == md5 ? body : nullptr;
}

}  // namespace millrace::bench
