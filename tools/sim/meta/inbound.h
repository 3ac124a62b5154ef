#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jackfield/json.h"
#include "jackfield/result.h"
#include "tools/sim/meta/media_store.h"

namespace jackfield::sim::meta {

/// What a contact's phone sends, as it stands in a webhook.
struct Inbound {
  std::string id;          ///< wamid.
  std::string from, name;  ///< `from` is empty for a contact known by user id only.
  std::string phone_number_id;
  std::string type;
  std::string shown;    ///< For the transcript: "says: hi", "sends a picture".
  std::string text;     ///< For fault rules.
  std::string contact;  ///< contacts[] element, or "" (system messages have none).
  std::string message;  ///< messages[] element.
};

/// Builds one from a control request: {"from","name","type", …}. A member named like the type is
/// taken as it is ("location":{…}); otherwise the type's short members are read ("text":"hi",
/// "latitude":1.5) and defaults fill the rest. Media bytes ("data_base64") go into `media`; without
/// any, a small sample does. "message" replaces the whole element. Error: invalid, naming what is
/// missing.
Result<Inbound> make_inbound(const json::Value& request, MediaStore& media,
                             std::int64_t unix_seconds);

}  // namespace jackfield::sim::meta
