#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/result.h"

namespace jackfield::whatsapp {

/// JSON Schema (draft 4 subset) of one account's settings.
inline constexpr char kSettingsSchema[] = R"json({
"type":"object",
"additionalProperties":false,
"required":["phone_number_id","access_token","app_secret","verify_token"],
"properties":{
"phone_number_id":{"type":"string","title":"Phone number ID","pattern":"^[0-9]+$","maxLength":32,
"description":"The number's id in the WhatsApp manager (not the phone number itself)."},
"access_token":{"type":"string","title":"Access token","x-secret":true,
"description":"Permanent token of a system user with whatsapp_business_messaging."},
"app_secret":{"type":"string","title":"App secret","x-secret":true,
"description":"Of the Meta app; its webhooks are signed with it."},
"verify_token":{"type":"string","title":"Verify token","x-secret":true,
"description":"Any text of yours; enter the same text beside the callback URL."},
"api_base":{"type":"string","title":"API address","pattern":"^https?://",
"default":"https://graph.facebook.com"},
"api_version":{"type":"string","title":"API version","pattern":"^v[0-9]+[.][0-9]+$",
"default":"v25.0"},
"appsecret_proof":{"type":"boolean","title":"Send appsecret_proof","default":false,
"description":"Switch on when the app requires it."},
"media_hosts":{"type":"array","title":"Media hosts","items":{"type":"string"},"maxItems":32,
"default":["lookaside.fbsbx.com","graph.facebook.com"],
"description":"Only these hosts are shown the access token when media is downloaded."},
"window_hours":{"type":"number","title":"Reply window in hours","minimum":0,"maximum":720,
"default":24,"description":"0 leaves the check to WhatsApp."},
"rate":{"type":"object","title":"Sending rate","additionalProperties":false,
"description":"Replaces the channel's default of 80 a second and one in 6 s to one contact.",
"properties":{
"per_second":{"type":"number","minimum":0},
"burst":{"type":"number","minimum":1},
"pair":{"type":"object","additionalProperties":false,"properties":{
"per_second":{"type":"number","minimum":0},
"burst":{"type":"number","minimum":1}}}}}
}})json";

struct Settings {
  std::string phone_number_id;
  std::string api_base;  ///< Without '/' at its end.
  std::string api_version;
  std::vector<std::string> media_hosts;  ///< "host" or "host:port", lower case.
  bool sends_proof = false;
  std::optional<std::int64_t> window_ms;
};

/// Reads the account's settings, secrets excepted; what is left out has the schema's default.
/// Error: invalid, with the setting's name and what it should be.
Result<Settings> read_settings(std::string_view config_json);

/// The scheme and "host[:port]" of an http(s) URL, in lower case. Nothing when it is not one, or
/// holds what could make another reader see another host: user info, backslash, space, control
/// character.
struct UrlOrigin {
  std::string scheme;
  std::string authority;
  bool operator==(const UrlOrigin&) const = default;
};
std::optional<UrlOrigin> origin_of(std::string_view url);

/// Whether the access token may be shown to this URL's host: it is one of media_hosts, over https
/// or with the scheme of api_base, or it is api_base's own.
bool may_see_token(const Settings& settings, std::string_view url);

}  // namespace jackfield::whatsapp
