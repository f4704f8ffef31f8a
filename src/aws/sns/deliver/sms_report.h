// What became of text messages: for the metrics of their country and type, and for the delivery status log, which an
// account's settings ask for (DeliveryStatusIAMRole, DeliveryStatusSuccessSamplingRate).
#pragma once
#include "aws/sns/deliver/ended.h"
#include "aws/sns/deliver/sms_wishes.h"
#include "aws/sns/deliver/status_log.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

// On the lane where a message ended: goes to that of its account, and counts and logs it there. `text` is what the phone got
// or would have got; the price is that of each part.
void report_sms(engine::Engine& engine, engine::Lane& lane, const Ended& ended, std::string_view text,
                delivery::MicroUsd part_price);

}  // namespace millrace::aws::sns::deliver
