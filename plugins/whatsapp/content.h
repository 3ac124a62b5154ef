#pragma once

#include <string_view>
#include <vector>

#include "jackfield/json.h"
#include "jackfield/plugin/values.h"
#include "jackfield/result.h"

namespace jackfield::whatsapp {

/// What a message of `type` says, from the object that has a member of that name.
/// https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components (read 2026-11)
/// A type that we don't know becomes a visible placeholder, never nothing.
/// Error: invalid, when a type we know lacks what makes it that type.
Result<std::vector<Part>> read_content(std::string_view type, json::Value message);

}  // namespace jackfield::whatsapp
