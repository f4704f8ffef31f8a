// What a message and its account say of how it goes to phones.
#pragma once
#include <string>

#include "aws/message_attribute.h"
#include "aws/sns/account.h"
#include "delivery/sms.h"

namespace millrace::aws::sns::deliver {

// What a message's attributes ask for; empty: nothing.
struct SmsWishes {
  std::string type;
  std::string number;
  std::string sender;
  std::string price_max;  // dollars
};
SmsWishes wishes_of(const AttributeViews& attributes);
// The account's settings say what the wishes do not.
delivery::Sms::Type type_of(const SmsWishes& wishes, const Attributes& settings);
std::string sender_of(const SmsWishes& wishes, const Attributes& settings);

}  // namespace millrace::aws::sns::deliver
