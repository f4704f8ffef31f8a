// Makes the handler of each operation. An operation of the model without a line here does not compile (service.cc).
#pragma once
#include <memory>

#include "aws/sns/handler.h"

namespace millrace::aws::sns {

using ActionPtr = std::unique_ptr<Action>;

// topics.cc
ActionPtr make_handler(op::CreateTopic, Sns& sns);
ActionPtr make_handler(op::DeleteTopic, Sns& sns);
ActionPtr make_handler(op::GetTopicAttributes, Sns& sns);
ActionPtr make_handler(op::SetTopicAttributes, Sns& sns);
// list.cc
ActionPtr make_handler(op::ListTopics, Sns& sns);
ActionPtr make_handler(op::ListSubscriptions, Sns& sns);
ActionPtr make_handler(op::ListSubscriptionsByTopic, Sns& sns);
// permissions.cc
ActionPtr make_handler(op::AddPermission, Sns& sns);
ActionPtr make_handler(op::RemovePermission, Sns& sns);
// data_protection.cc
ActionPtr make_handler(op::GetDataProtectionPolicy, Sns& sns);
ActionPtr make_handler(op::PutDataProtectionPolicy, Sns& sns);
// tags.cc
ActionPtr make_handler(op::TagResource, Sns& sns);
ActionPtr make_handler(op::UntagResource, Sns& sns);
ActionPtr make_handler(op::ListTagsForResource, Sns& sns);
// subscribe.cc
ActionPtr make_handler(op::Subscribe, Sns& sns);
// confirm.cc
ActionPtr make_handler(op::ConfirmSubscription, Sns& sns);
ActionPtr make_handler(op::Unsubscribe, Sns& sns);
// subscriptions.cc
ActionPtr make_handler(op::GetSubscriptionAttributes, Sns& sns);
ActionPtr make_handler(op::SetSubscriptionAttributes, Sns& sns);
// publish.cc
ActionPtr make_handler(op::Publish, Sns& sns);
ActionPtr make_handler(op::PublishBatch, Sns& sns);
// applications.cc
ActionPtr make_handler(op::CreatePlatformApplication, Sns& sns);
ActionPtr make_handler(op::DeletePlatformApplication, Sns& sns);
ActionPtr make_handler(op::GetPlatformApplicationAttributes, Sns& sns);
ActionPtr make_handler(op::SetPlatformApplicationAttributes, Sns& sns);
ActionPtr make_handler(op::ListPlatformApplications, Sns& sns);
// endpoints.cc
ActionPtr make_handler(op::CreatePlatformEndpoint, Sns& sns);
ActionPtr make_handler(op::DeleteEndpoint, Sns& sns);
ActionPtr make_handler(op::GetEndpointAttributes, Sns& sns);
ActionPtr make_handler(op::SetEndpointAttributes, Sns& sns);
ActionPtr make_handler(op::ListEndpointsByPlatformApplication, Sns& sns);
// sms.cc
ActionPtr make_handler(op::GetSMSAttributes, Sns& sns);
ActionPtr make_handler(op::SetSMSAttributes, Sns& sns);
ActionPtr make_handler(op::CheckIfPhoneNumberIsOptedOut, Sns& sns);
ActionPtr make_handler(op::ListPhoneNumbersOptedOut, Sns& sns);
ActionPtr make_handler(op::OptInPhoneNumber, Sns& sns);
ActionPtr make_handler(op::ListOriginationNumbers, Sns& sns);
// sandbox.cc
ActionPtr make_handler(op::CreateSMSSandboxPhoneNumber, Sns& sns);
ActionPtr make_handler(op::VerifySMSSandboxPhoneNumber, Sns& sns);
ActionPtr make_handler(op::DeleteSMSSandboxPhoneNumber, Sns& sns);
ActionPtr make_handler(op::GetSMSSandboxAccountStatus, Sns& sns);
ActionPtr make_handler(op::ListSMSSandboxPhoneNumbers, Sns& sns);

}  // namespace millrace::aws::sns
