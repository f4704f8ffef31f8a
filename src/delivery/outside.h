// Outside: everything through which this server calls others, for the services that do.
//
// Owned by the server, which outlives the services. What is null is not configured.
#pragma once
#include "delivery/http_client.h"
#include "delivery/lambda.h"
#include "delivery/mail.h"
#include "delivery/money.h"
#include "delivery/push_service.h"
#include "delivery/sms.h"

namespace millrace::delivery {

struct Outside {
  HttpClient& http;
  PushService& push;
  Lambda& lambda;
  Mailer* mailer = nullptr;
  SmsGateway* sms = nullptr;
  MicroUsd sms_part_price{};  // what the gateway takes for each part of a message
};

}  // namespace millrace::delivery
