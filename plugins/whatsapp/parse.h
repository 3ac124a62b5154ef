#pragma once

#include <string_view>
#include <vector>

#include "jackfield/plugin/values.h"
#include "plugins/whatsapp/crypto.h"

namespace jackfield::whatsapp {

/// Reads one webhook body whose signature was checked, or a quarantined one again.
/// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components (read 2026-11)
///
/// Each message, receipt and notice becomes one value, routed by its own phone_number_id. What is
/// broken becomes a quarantine value and costs its neighbours nothing; never fails, never empty.
/// `raw` of each value is a webhook body with this one thing in it, so that it can be parsed alone.
/// Addresses: "wa:<digits>", "wa-user:<business-scoped user id>", "wa-group:<group id>".
std::vector<Inbound> parse_webhook(std::string_view body, const Crypto& crypto);

}  // namespace jackfield::whatsapp
