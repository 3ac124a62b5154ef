#include "plugins/whatsapp/bounds.h"

#include <algorithm>
#include <utility>

namespace jackfield::whatsapp {

std::string clip(std::string_view text, std::size_t bytes_max) {
  std::string out;
  out.reserve(std::min(text.size(), bytes_max));
  for (const char c : text) {
    if (c == '\0') {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  if (out.size() <= bytes_max) {
    return out;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  out.resize(end);
  return out;
}

std::string clip_json(std::string json, std::size_t bytes_max) {
  return json.size() <= bytes_max ? std::move(json) : std::string(R"({"truncated":true})");
}

bool is_id(std::string_view id, std::size_t bytes_max) {
  return !id.empty() && id.size() <= bytes_max &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace jackfield::whatsapp
