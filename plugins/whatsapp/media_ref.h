#pragma once

#include <string>
#include <string_view>

#include "jackfield/result.h"

namespace jackfield::whatsapp {

/// What parse_webhook() wrote into a media part's media_ref: {"id","url"?,"sha256"?,"mime"?}.
struct MediaRef {
  std::string id;   ///< Valid for 7 days; asked for a fresh URL at each attempt.
  std::string url;  ///< Valid for 5 minutes; only used when there is no id.
};

/// Error: invalid, when it names neither.
Result<MediaRef> read_media_ref(std::string_view media_ref);

}  // namespace jackfield::whatsapp
