#include "core/plugin_host/clean_text.h"

#include <cstdint>

namespace jackfield::plugin_host {
namespace {

std::size_t length_of(unsigned char first) {
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xe0) {
    return 2;
  }
  return first < 0xf0 ? 3 : 4;
}

std::uint32_t code_point(std::string_view character) {
  constexpr std::uint32_t kFirstMask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  std::uint32_t value = static_cast<unsigned char>(character[0]) & kFirstMask[character.size()];
  for (const char c : character.substr(1)) {
    value = value << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return value;
}

bool is_harmful(std::uint32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool is_line_end = c == 0x2028 || c == 0x2029;
  const bool turns_direction = c == 0x061c || c == 0x200e || c == 0x200f ||
                               (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return is_control || is_line_end || turns_direction;
}

}  // namespace

std::string clean_line(std::string_view text, std::size_t max) {
  std::string out;
  while (!text.empty()) {
    const std::size_t wanted = length_of(static_cast<unsigned char>(text[0]));
    const std::string_view character = text.substr(0, wanted);
    text.remove_prefix(character.size());
    if (character.size() < wanted || is_harmful(code_point(character))) {
      continue;
    }
    if (out.size() + character.size() > max) {
      break;
    }
    out += character;
  }
  return out;
}

std::string clean_filename(std::string_view name) {
  if (const std::size_t slash = name.find_last_of("/\\"); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  std::string line = clean_line(name, kFilenameBytesMax);
  const std::size_t start = line.find_first_not_of(". ");
  return start == std::string::npos ? std::string() : line.substr(start);
}

}  // namespace jackfield::plugin_host
