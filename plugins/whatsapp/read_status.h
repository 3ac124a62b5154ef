#pragma once

#include "jackfield/json.h"
#include "jackfield/plugin/values.h"
#include "jackfield/result.h"
#include "plugins/whatsapp/envelope.h"

namespace jackfield::whatsapp {

/// One element of value.statuses: a receipt, or a notice when the status is one that we don't know.
/// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status/
/// (read 2026-11). Error: invalid, without id or status.
Result<Inbound> read_status(const Envelope& envelope, json::Value status);

/// One line for the operator out of an error object: "131047: Re-engagement message: details".
std::string describe_error(json::Value error);

/// The error's number, 0 when there is none.
std::int32_t error_code(json::Value error);

}  // namespace jackfield::whatsapp
