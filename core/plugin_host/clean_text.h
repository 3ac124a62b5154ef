#pragma once

#include <string>
#include <string_view>

/// Text from strangers, made harmless to show in one line. Pure functions over valid UTF-8.
namespace jackfield::plugin_host {

inline constexpr std::size_t kFilenameBytesMax = 255;

/// Without control characters and without the characters that turn the direction of writing (they
/// make "gpj.exe" look like "exe.jpg"); at most `max` bytes, cut between characters.
std::string clean_line(std::string_view text, std::size_t max);

/// The last part of a path, cleaned, without leading dots; "" when nothing is left.
std::string clean_filename(std::string_view name);

}  // namespace jackfield::plugin_host
