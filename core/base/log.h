#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace jackfield::base::log {

enum class Level : std::uint8_t { debug = 1, info = 2, warn = 3, error = 4 };
enum class Format : std::uint8_t { automatic, text, json };

/// One key=value of a line. Values are escaped (CR, LF, control and invalid UTF-8), cut at 1 KiB.
/// Never a message's text, an address or a secret.
struct Field {
  std::string_view key;
  std::string value;
  bool is_number = false;  ///< Written without quotes in JSON.

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  Field(std::string_view name, T number)
      : key(name), value(std::to_string(number)), is_number(true) {}
};
using Fields = std::initializer_list<Field>;

/// Where and how lines go; call in main before threads, and again at any time to reopen `file`
/// (after it was rotated) or to change the level. Until then: warnings and errors to stderr. A file
/// that can't be opened: lines go to stderr, and the first of them says so. `automatic` = text on a
/// terminal, JSON otherwise. Lines go to stderr, or to `file` when not empty.
void configure(Level threshold, Format format, const std::string& file);
[[nodiscard]] Level threshold();
/// Lines that could not be written (disk full, stderr closed) since the start. Any thread.
[[nodiscard]] std::uint64_t lines_lost() noexcept;
/// The line that write() would write, without the line break. For tests and for whoever prints
/// lines elsewhere.
[[nodiscard]] std::string line(Format format, std::int64_t unix_ms, Level level,
                               std::string_view event, const Field* fields, std::size_t count);
[[nodiscard]] std::string_view name_of(Level level);

/// `event` is a stable name ("webhook.refused"), never built at run time. Any thread; never throws.
void write(Level level, std::string_view event, const Field* fields, std::size_t count) noexcept;
inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, fields.begin(), fields.size());
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields.begin(), fields.size());
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, fields.begin(), fields.size());
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields.begin(), fields.size());
}

}  // namespace jackfield::base::log
