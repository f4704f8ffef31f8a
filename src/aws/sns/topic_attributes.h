// Topic attributes: one table of all of them, which creating, setting and getting walk.
//
// What the broker goes by lives in broker::TopicConfig; what only this service understands is kept in its annotations under
// the attribute's own name.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sns/limits.h"
#include "aws/sns/names.h"
#include "broker/topic/topic.h"
#include "codec/field.h"

namespace millrace::aws::sns {

using Given = codec::Map<std::string>;  // attributes of a request: name and value

// What the attributes of a topic are read from.
struct TopicFacts {
  const TopicName& name;
  const broker::TopicConfig& config;
  broker::TopicCounts counts;
};

// What an attribute is written with.
struct TopicChange {
  const Limits& limits;
  broker::TopicConfig& config;
  Time now{};
};

// Says "Attributes Reason: " before what is wrong with an attribute of CreateTopic or Subscribe, and nothing when it is set
// alone.
enum class Setting : std::uint8_t { alone, at_creation };
Failure attribute_failure(Setting setting, std::string_view what);

// The value of one of the given attributes; the last counts when a name is there twice. Null: it is not given.
const std::string* find_given(const Given& given, std::string_view name);
// "true" or "false", in any case.
std::optional<bool> parse_flag(std::string_view text);
// What an annotation says; empty: there is none.
const std::string& annotation(const std::map<std::string, std::string>& annotations, std::string_view name);
// An empty value removes it.
void annotate(std::map<std::string, std::string>& annotations, std::string_view name, std::string value);

// Whether the attributes of CreateTopic ask for a FIFO topic.
Outcome<bool> asks_for_fifo(const Given& given);
// Applies the attributes of CreateTopic; the configuration is half changed after a failure.
Outcome<void> apply_attributes(const Given& given, TopicChange change);
// SetTopicAttributes.
Outcome<void> set_attribute(std::string_view name, const std::string& value, TopicChange change);
// Whether a topic is what the attributes of CreateTopic ask for.
Outcome<bool> agrees(const Given& given, const Limits& limits, const broker::TopicConfig& config);
codec::Map<std::string> read_attributes(const TopicFacts& facts);

// A topic's policy: its own, or the service's.
std::string policy_of(const TopicName& name, const broker::TopicConfig& config);

// Annotations that others read too.
inline constexpr std::string_view policy_attribute = "Policy";
inline constexpr std::string_view delivery_policy_attribute = "DeliveryPolicy";
inline constexpr std::string_view display_name_attribute = "DisplayName";
inline constexpr std::string_view signature_version_attribute = "SignatureVersion";
inline constexpr std::string_view tracing_attribute = "TracingConfig";
inline constexpr std::string_view data_protection_annotation = "DataProtectionPolicy";  // not an attribute to read
inline constexpr std::string_view archive_beginning_attribute = "BeginningArchiveTime";

}  // namespace millrace::aws::sns
