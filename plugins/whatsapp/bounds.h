// What keeps one value within the bounds of plugin_abi.h, so that the host never refuses a whole
// webhook for the sake of one field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield::whatsapp {

inline constexpr std::size_t kTextBytesMax = 64 * 1024;
inline constexpr std::size_t kJsonBytesMax = 64 * 1024;
/// For a piece that travels inside other JSON: four of them and their neighbours still fit.
inline constexpr std::size_t kPieceBytesMax = 15 * 1024;
inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr std::size_t kDetailBytesMax = 500;
inline constexpr std::size_t kMessageIdBytesMax = 384;
inline constexpr std::size_t kPartyIdBytesMax = 160;
inline constexpr std::size_t kUrlBytesMax = 2048;

/// At most `bytes_max` bytes of `text`, never half a character; NUL becomes U+FFFD.
std::string clip(std::string_view text, std::size_t bytes_max);

/// `json`, or {"truncated":true} when it is too large to travel; the raw item has it in full.
std::string clip_json(std::string json, std::size_t bytes_max = kJsonBytesMax);

/// Whether `id` may be carried as an id: printable ASCII, at most `bytes_max` bytes, not empty.
bool is_id(std::string_view id, std::size_t bytes_max);

}  // namespace jackfield::whatsapp
