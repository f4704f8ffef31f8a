#include "aws/sns/deliver/sms_wishes.h"

#include "aws/sns/sms_settings.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view sender_attribute = "AWS.SNS.SMS.SenderID";
constexpr std::string_view type_attribute = "AWS.SNS.SMS.SMSType";
constexpr std::string_view price_attribute = "AWS.SNS.SMS.MaxPrice";
constexpr std::string_view number_attribute = "AWS.MM.SMS.OriginationNumber";

}  // namespace

SmsWishes wishes_of(const AttributeViews& attributes) {
  SmsWishes wishes;
  for (const auto& each : attributes) {
    if (each.name == type_attribute) wishes.type = each.value;
    if (each.name == number_attribute) wishes.number = each.value;
    if (each.name == sender_attribute) wishes.sender = each.value;
    if (each.name == price_attribute) wishes.price_max = each.value;
  }
  return wishes;
}

delivery::Sms::Type type_of(const SmsWishes& wishes, const Attributes& settings) {
  const auto& type = wishes.type.empty() ? annotation(settings, default_type_setting) : wishes.type;
  return type == transactional_type ? delivery::Sms::Type::transactional : delivery::Sms::Type::promotional;
}

std::string sender_of(const SmsWishes& wishes, const Attributes& settings) {
  if (!wishes.number.empty()) return wishes.number;
  return wishes.sender.empty() ? annotation(settings, default_sender_setting) : wishes.sender;
}

}  // namespace millrace::aws::sns::deliver
