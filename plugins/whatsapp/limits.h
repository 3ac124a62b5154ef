// What WhatsApp allows, as dated data: read 2026-11 from
// https://developers.facebook.com/docs/whatsapp/cloud-api. Meta changes these several times a year;
// nothing else in this folder repeats a number from here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/result.h"

namespace jackfield::whatsapp {

/// capabilities_json of the channel. Sizes in bytes, text in Unicode code points.
inline constexpr char kCapabilitiesJson[] = R"json({
"as_of":"2026-11",
"text":{"code_points_max":4096,"bytes_max":16384},
"caption":{"code_points_max":1024},
"media":{
"image":{"bytes_max":5242880,"caption":true,"mime":["image/jpeg","image/png"],"else":"document"},
"video":{"bytes_max":16777216,"caption":true,"mime":["video/mp4","video/3gpp"],"else":"document"},
"audio":{"bytes_max":16777216,"caption":false,
"mime":["audio/aac","audio/amr","audio/mpeg","audio/mp4","audio/ogg"],"else":"document"},
"voice":{"bytes_max":16777216,"caption":false,"mime":["audio/ogg"],"else":"audio"},
"document":{"bytes_max":104857600,"caption":true,"mime":["*/*"]},
"sticker":{"bytes_max":512000,"caption":false,"mime":["image/webp"]}},
"templates":true,
"interactive":{"buttons_max":3,"list_rows_max":10},
"reply_to":true,
"reactions":{"in":true,"out":true},
"typing":{"in":false,"out":true},
"read_receipts":{"in":true,"out":true},
"window":{"free_form_after_inbound_ms":86400000,"otherwise":"template"},
"rate":{"per_second":80,"burst":80,"pair":{"per_second":0.1667,"burst":45}}
})json";

/// What may be sent as one kind of media.
struct MediaLimit {
  std::uint64_t bytes_max = 0;
  bool has_caption = false;
  std::vector<std::string> mimes;  ///< "*/*" allows all.
  std::string otherwise;  ///< The kind to send as when the type is none of these; empty: refuse.

  [[nodiscard]] bool allows(std::string_view mime) const;
};

struct Limits {
  std::size_t text_code_points_max = 0;
  std::size_t caption_code_points_max = 0;
  std::int64_t window_ms = 0;  ///< 0: the reply window is not checked here.
  std::map<std::string, MediaLimit, std::less<>> media;
};

/// Reads what kCapabilitiesJson has the form of. Error: invalid.
Result<Limits> read_limits(std::string_view capabilities_json);

}  // namespace jackfield::whatsapp
