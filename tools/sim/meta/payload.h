#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sim::meta {

/// One of our phone numbers at the provider.
struct Line {
  std::string waba, phone_number_id, display_phone_number;
};

/// JSON as Meta writes it: pure ASCII, other characters as \uXXXX with lower-case hex, "/" as "\/".
/// `json` is valid compact JSON in UTF-8.
[[nodiscard]] std::string ascii_escaped(std::string_view json);

/// One changes[] element of field "messages"; each list holds JSON objects and is left out when
/// empty.
struct Change {
  Line line;
  std::vector<std::string> contacts, messages, statuses;
};

/// The whole webhook body, escaped: one entry per WABA, in order of first appearance.
[[nodiscard]] std::string webhook_body(const std::vector<Change>& changes);

/// contacts[] element.
[[nodiscard]] std::string contact_json(std::string_view name, std::string_view wa_id,
                                       std::string_view user_id, std::string_view username);

/// A new message id in Meta's form: "wamid." and padded base64.
[[nodiscard]] std::string new_wamid();

/// What a status tells.
struct StatusFacts {
  std::string wamid, status, recipient, correlator, conversation, category = "service";
  bool recipient_is_user_id = false;
  bool has_pricing = true;
  std::int64_t unix_seconds = 0;
  std::int64_t code = 0;  ///< Of "failed".
  std::string details;
};
/// statuses[] element.
[[nodiscard]] std::string status_json(const StatusFacts& facts);

}  // namespace jackfield::sim::meta
