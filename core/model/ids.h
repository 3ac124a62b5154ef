#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::model {

/// Milliseconds since 1970 by the wall clock, UTC.
using UnixMs = std::int64_t;

/// A 63-bit id that grows with time (42 bits of milliseconds since 2024, 21 bits that make it
/// unique, see base/id_source.h). Its text form is 13 characters of Crockford's base 32 in lower
/// case, which sort like the numbers. 0 is "none".
std::string id_text(std::int64_t value);
/// Nothing, unless `text` is exactly what id_text() writes for a positive value.
std::optional<std::int64_t> parse_id(std::string_view text);

template <class Tag>
struct Id {
  std::int64_t value = 0;

  auto operator<=>(const Id&) const = default;
  explicit operator bool() const { return value != 0; }
  [[nodiscard]] std::string text() const { return id_text(value); }
  static std::optional<Id> parse(std::string_view text) {
    const auto value = parse_id(text);
    return value ? std::optional(Id{*value}) : std::nullopt;
  }
};

using ConversationId = Id<struct ConversationTag>;
using ContactId = Id<struct ContactTag>;
using AddressId = Id<struct AddressTag>;

/// A message is the n-th of its conversation, counted from 1 without gaps: so the id needs no index
/// of its own. Text form: "<conversation>.<number>".
struct MessageId {
  ConversationId conversation;
  std::int64_t number = 0;

  auto operator<=>(const MessageId&) const = default;
  [[nodiscard]] std::string text() const;
  static std::optional<MessageId> parse(std::string_view text);
};

/// "<channel>:<name>", both 1 to 40 characters of a-z, 0-9, '_' and '-'.
struct AccountId {
  std::string text;

  auto operator<=>(const AccountId&) const = default;
  [[nodiscard]] std::string_view channel() const;
  [[nodiscard]] std::string_view name() const;
  static std::optional<AccountId> parse(std::string_view text);
};

}  // namespace jackfield::model

template <>
struct std::hash<jackfield::model::AccountId> {
  std::size_t operator()(const jackfield::model::AccountId& id) const noexcept {
    return std::hash<std::string>()(id.text);
  }
};
