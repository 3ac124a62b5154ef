#include "plugins/whatsapp/envelope.h"

#include "jackfield/encoding.h"
#include "plugins/whatsapp/bounds.h"

namespace jackfield::whatsapp {

using json::Value;

namespace {

constexpr std::size_t kPhoneDigitsMax = 20;
constexpr std::size_t kAccountIdBytesMax = 64;
constexpr std::size_t kContactBytesMax = 2048;
constexpr std::size_t kFingerprintBytes = 20;
constexpr std::int64_t kMillisecondsFrom = 1'000'000'000'000;   // As seconds: the year 33658.
constexpr std::int64_t kMillisecondsMax = 253'402'300'799'999;  // The end of the year 9999.

json::Writer& begin_body(json::Writer& out, std::string_view entry_id) {
  out.begin_object().field("object", "whatsapp_business_account");
  out.key("entry").begin_array().begin_object().field("id", entry_id);
  return out.key("changes").begin_array();
}
std::string end_body(json::Writer& out) {
  out.end_array().end_object().end_array().end_object();
  return out.take();
}

}  // namespace

Envelope::Envelope(Value entry, Value change, const Crypto& crypto)
    : entry_(entry), change_(change), crypto_(crypto) {
  const std::string_view id = value()["metadata"]["phone_number_id"].text();
  phone_number_id_ = is_id(id, kAccountIdBytesMax) ? id : std::string_view();
  const Value contacts = value()["contacts"];
  if (!contacts.is_array()) {
    return;
  }
  for (const Value contact : contacts) {
    by_phone_.emplace(phone_of(contact["wa_id"]), contact);
    by_user_id_.emplace(party_id_of(contact["user_id"]), contact);
  }
}

Value Envelope::contact_of(std::string_view phone, std::string_view user_id) const {
  const auto phone_found = phone.empty() ? by_phone_.end() : by_phone_.find(phone);
  if (phone_found != by_phone_.end()) {
    return phone_found->second;
  }
  const auto user_found = user_id.empty() ? by_user_id_.end() : by_user_id_.find(user_id);
  return user_found != by_user_id_.end() ? user_found->second : Value();
}

std::string Envelope::raw_with(std::string_view list, Value element, Value contact) const {
  json::Writer out;
  begin_body(out, clip(business_account(), kAccountIdBytesMax));
  out.begin_object().field("field", clip(field(), kNameBytesMax));
  out.key("value").begin_object().field("messaging_product", "whatsapp");
  out.key("metadata").begin_object().optional_field("phone_number_id", phone_number_id_);
  out.end_object();
  const std::string card = contact ? contact.dump() : std::string();
  if (!card.empty() && card.size() <= kContactBytesMax) {  // A thousand messages repeat it.
    out.key("contacts").begin_array().raw(card).end_array();
  }
  out.key(list).begin_array().raw(element.dump()).end_array();
  out.end_object().end_object();
  return end_body(out);
}

std::string Envelope::raw_change() const {
  json::Writer out;
  begin_body(out, business_account()).raw(change_.dump());
  return end_body(out);
}

std::string Envelope::key(std::string_view tail) const {
  return "wa:" + std::string(phone_number_id_) + ":" + std::string(tail);
}

std::string Envelope::fingerprint(std::string_view content) const {
  return "sha256-" + encoding::to_hex(crypto_.sha256(content).substr(0, kFingerprintBytes));
}

std::int64_t read_time(Value timestamp) {
  const std::int64_t time = timestamp.integer().value_or(0);
  if (time <= 0 || time > kMillisecondsMax) {
    return 0;
  }
  return time >= kMillisecondsFrom ? time : time * 1000;
}

std::string_view phone_of(Value number) {
  std::string_view digits = number.text();
  if (!digits.empty() && digits.front() == '+') {
    digits.remove_prefix(1);
  }
  const bool is_phone = digits.size() <= kPhoneDigitsMax &&
                        digits.find_first_not_of("0123456789") == std::string_view::npos;
  return is_phone ? digits : std::string_view();
}

std::string_view party_id_of(Value id) {
  return is_id(id.text(), kPartyIdBytesMax) ? id.text() : std::string_view();
}

std::string address_of(std::string_view phone, std::string_view user_id) {
  if (!phone.empty()) {
    return "wa:" + std::string(phone);
  }
  return user_id.empty() ? std::string() : "wa-user:" + std::string(user_id);
}

}  // namespace jackfield::whatsapp
