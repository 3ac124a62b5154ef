#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "jackfield/json.h"
#include "jackfield/plugin/values.h"
#include "plugins/whatsapp/crypto.h"

namespace jackfield::whatsapp {

/// One change of a webhook: what all messages and statuses in it share. Points into the document.
class Envelope {
 public:
  Envelope(json::Value entry, json::Value change, const Crypto& crypto);

  [[nodiscard]] json::Value value() const { return change_["value"]; }
  [[nodiscard]] std::string_view field() const { return change_["field"].text(); }
  [[nodiscard]] std::string_view business_account() const { return entry_["id"].text(); }
  /// metadata.phone_number_id; "" when it is missing or no id.
  [[nodiscard]] std::string_view phone_number_id() const { return phone_number_id_; }
  /// The entry of value.contacts[] that has this phone or this user id.
  [[nodiscard]] json::Value contact_of(std::string_view phone, std::string_view user_id) const;

  /// A webhook body with only `element` in value.<list>, and its contact.
  [[nodiscard]] std::string raw_with(std::string_view list, json::Value element,
                                     json::Value contact = {}) const;
  /// A webhook body with only this change.
  [[nodiscard]] std::string raw_change() const;

  /// "wa:<phone_number_id>:<tail>"
  [[nodiscard]] std::string key(std::string_view tail) const;
  /// For what has no id of its own: the same content gives the same text.
  [[nodiscard]] std::string fingerprint(std::string_view content) const;

 private:
  json::Value entry_, change_;
  const Crypto& crypto_;
  std::string_view phone_number_id_;
  std::unordered_map<std::string_view, json::Value> by_phone_, by_user_id_;
};

/// A provider's time in milliseconds: seconds as text or number, or milliseconds. 0: none.
std::int64_t read_time(json::Value timestamp);

/// A phone number without '+', or "" when it is none.
std::string_view phone_of(json::Value number);
/// An id of a person or group, or "" when it can't be one.
std::string_view party_id_of(json::Value id);
/// "wa:…", else "wa-user:…", else "".
std::string address_of(std::string_view phone, std::string_view user_id);

}  // namespace jackfield::whatsapp
