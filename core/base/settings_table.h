#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/settings.h"

namespace jackfield::base {

/// A value that was given, already of the rule's kind.
struct SettingsValue {
  std::string text;
  std::int64_t integer = 0;
  bool flag = false;
  std::vector<std::string> list;
};

/// `object` and `objects` are only declared: their members have rules or meanings of their own.
enum class SettingsKind : std::uint8_t { text, integer, boolean, text_list, object, objects };

/// What is wrong with a text, "" when nothing is.
using TextCheck = std::string (*)(std::string_view);

/// One key, whatever it fills: what may stand there.
struct SettingsShape {
  std::string_view key;  ///< Dotted, below the target: "http.port".
  SettingsKind kind = SettingsKind::text;
  std::string_view doc;
  std::int64_t min = 0;  ///< Of a whole number; of a text: 1 when it must not be empty.
  std::int64_t max = 0;
  std::string_view choices;   ///< "debug|info|warn|error"; empty: any text that passes `check`.
  TextCheck check = nullptr;  ///< Of the text, or of each element of a list.
};

/// The same, with how it fills a `Target`. Both pointers are null for `object` and `objects`.
template <class Target>
struct SettingsRule : SettingsShape {
  void (*set)(Target&, const SettingsValue&) = nullptr;
  std::string (*shown)(const Target&) = nullptr;  ///< The value as JSON.
};

std::span<const SettingsRule<Settings>> settings_rules();
std::span<const SettingsRule<AccountSettings>> account_rules();
std::span<const SettingsRule<ConsumerSettings>> consumer_rules();

/// The kind of a top-level key such as "http.port"; text for unknown ones.
SettingsKind kind_of(std::string_view key);

}  // namespace jackfield::base
