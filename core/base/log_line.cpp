#include <array>
#include <cstdio>
#include <ctime>

#include "core/base/log.h"
#include "jackfield/json.h"

namespace jackfield::base::log {
namespace {

constexpr std::size_t kValueBytesMax = 1024;

std::string timestamp(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> day{};
  const auto length = std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(unix_ms % 1000));
  return std::string(day.data(), length) + fraction.data();
}

/// Valid UTF-8 of at most kValueBytesMax bytes, cut between characters.
std::string bounded(std::string_view value) {
  std::string text = json::valid_utf8(value.substr(0, kValueBytesMax));
  if (value.size() <= kValueBytesMax && text.size() <= kValueBytesMax) {
    return text;
  }
  std::size_t end = std::min(text.size(), kValueBytesMax);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  return text.substr(0, end) + "...";
}

bool is_control(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x20 || byte == 0x7F) {
    return true;
  }
  // U+0080 to U+009F: terminals obey them as well.
  return byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_control(text, i)) {
      std::array<char, 8> escape{};
      const auto byte = static_cast<unsigned char>(c == '\xC2' ? text[++i] : c);
      std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
      out += escape.data();
    } else {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
  }
}

bool is_bare(std::string_view text) {
  constexpr std::string_view kQuoted = " \"\\=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_control(text, i) || kQuoted.find(text[i]) != std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

std::string text_line(std::int64_t unix_ms, Level level, std::string_view event,
                      const Field* fields, std::size_t count) {
  std::string out = timestamp(unix_ms);
  out.append(" ").append(name_of(level)).append(" ");
  append_escaped(out, bounded(event));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string value = bounded(fields[i].value);
    out += ' ';
    append_escaped(out, fields[i].key);
    out += '=';
    if (is_bare(value)) {
      out += value;
    } else {
      out += '"';
      append_escaped(out, value);
      out += '"';
    }
  }
  return out;
}

bool is_json_number(std::string_view text) {
  return text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

std::string json_line(std::int64_t unix_ms, Level level, std::string_view event,
                      const Field* fields, std::size_t count) {
  json::Writer out;
  out.begin_object().field("time", timestamp(unix_ms)).field("level", name_of(level));
  out.field("event", bounded(event));
  for (std::size_t i = 0; i < count; ++i) {
    const Field& field = fields[i];
    if (field.is_number && is_json_number(field.value)) {
      out.raw_field(field.key, field.value);
    } else {
      out.field(field.key, bounded(field.value));
    }
  }
  return out.end_object().take();
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string line(Format format, std::int64_t unix_ms, Level level, std::string_view event,
                 const Field* fields, std::size_t count) {
  return format == Format::json ? json_line(unix_ms, level, event, fields, count)
                                : text_line(unix_ms, level, event, fields, count);
}

}  // namespace jackfield::base::log
