#include "plugins/whatsapp/parse.h"

#include <string>
#include <utility>

#include "jackfield/json.h"
#include "plugins/whatsapp/bounds.h"
#include "plugins/whatsapp/envelope.h"
#include "plugins/whatsapp/read_message.h"
#include "plugins/whatsapp/read_status.h"

namespace jackfield::whatsapp {

using json::Value;

namespace {

using Values = std::vector<Inbound>;

constexpr std::string_view kObject = "whatsapp_business_account";

/// A POST of 4 MiB may hold thousands of statuses of some thirty values each.
json::Limits body_limits() {
  json::Limits limits;
  limits.values_max = 1'000'000;
  return limits;
}

Inbound quarantine(const Envelope* envelope, std::string raw, std::string_view why) {
  Inbound value = Inbound::quarantine({}, clip(why, kDetailBytesMax));
  value.raw = std::move(raw);
  if (envelope != nullptr) {
    value.account = std::string(envelope->phone_number_id());
  }
  return value;
}

/// Something else than messages: facts about the account, templates, calls. Kept for consumers.
Inbound notice(const Envelope& envelope) {
  Inbound value;
  value.kind = InboundKind::notice;
  value.account = std::string(envelope.phone_number_id());
  const std::string content = envelope.value().dump();
  const std::string field = clip(envelope.field(), kNameBytesMax);
  value.dedupe_key = envelope.key(envelope.fingerprint(field + "\n" + content));
  value.detail = field;
  json::Writer json;
  json.begin_object()
      .field("notice", field)
      .optional_field("business_account", clip(envelope.business_account(), kNameBytesMax));
  json.raw_field("value", clip_json(content, kPieceBytesMax)).end_object();
  value.ext_json = clip_json(json.take());
  value.raw = envelope.raw_change();
  return value;
}

Inbound error_notice(const Envelope& envelope, Value error) {
  Inbound value;
  value.kind = InboundKind::notice;
  value.account = std::string(envelope.phone_number_id());
  value.provider_code = error_code(error);
  value.detail = describe_error(error);
  json::Writer json;
  json.begin_object()
      .field("notice", "error")
      .raw_field("error", clip_json(error.dump(), kPieceBytesMax));
  json.end_object();
  value.ext_json = clip_json(json.take());
  value.raw = envelope.raw_with("errors", error);
  return value;
}

/// One element of a list, or its quarantine.
template <class Read>
void read_each(const Envelope& envelope, std::string_view list, Read&& read, Values& out) {
  const Value elements = envelope.value()[list];
  if (!elements.is_array()) {
    return;
  }
  for (const Value element : elements) {
    Result<Inbound> value = read(element);
    out.push_back(value ? *std::move(value)
                        : quarantine(&envelope, envelope.raw_with(list, element),
                                     std::move(value).error().text));
  }
}

void read_messages(const Envelope& envelope, Values& out) {
  const std::size_t before = out.size();
  for (const std::string_view list : {"messages", "statuses", "message_echoes"}) {
    const Value elements = envelope.value()[list];
    if (elements && elements.type() != json::Type::null && !elements.is_array()) {
      out.push_back(
          quarantine(&envelope, envelope.raw_change(), std::string(list) + " is no list"));
      return;
    }
  }
  const bool has_lists = envelope.value()["messages"].size() != 0 ||
                         envelope.value()["statuses"].size() != 0 ||
                         envelope.value()["message_echoes"].size() != 0;
  if (has_lists && envelope.phone_number_id().empty()) {
    out.push_back(
        quarantine(&envelope, envelope.raw_change(), "messages without metadata.phone_number_id"));
    return;
  }
  read_each(
      envelope, "messages", [&](Value one) { return read_message(envelope, one, Author::contact); },
      out);
  read_each(
      envelope, "message_echoes",
      [&](Value one) { return read_message(envelope, one, Author::business); }, out);
  read_each(envelope, "statuses", [&](Value one) { return read_status(envelope, one); }, out);
  read_each(
      envelope, "errors", [&](Value one) { return Result<Inbound>(error_notice(envelope, one)); },
      out);
  if (out.size() == before) {
    out.push_back(notice(envelope));
  }
}

void read_change(Value entry, Value change, const Crypto& crypto, Values& out) {
  const Envelope envelope(entry, change, crypto);
  if (!change.is_object() || !envelope.value().is_object()) {
    out.push_back(quarantine(&envelope, envelope.raw_change(), "a change without a value object"));
    return;
  }
  if (envelope.field() == "messages" || envelope.field() == "smb_message_echoes") {
    read_messages(envelope, out);
    return;
  }
  out.push_back(notice(envelope));
}

std::string raw_entry(Value entry) {
  json::Writer out;
  out.begin_object().field("object", kObject);
  out.key("entry").begin_array().raw(entry.dump()).end_array().end_object();
  return out.take();
}

/// The whole body: nothing in it can be told apart. Bytes that are no text stay with the arrival.
Values whole(std::string_view body, std::string_view why) {
  return {quarantine(nullptr, json::is_valid_utf8(body) ? std::string(body) : std::string(), why)};
}

}  // namespace

std::vector<Inbound> parse_webhook(std::string_view body, const Crypto& crypto) {
  Result<json::Document> document = json::Document::parse(body, body_limits());
  if (!document) {
    const std::string why = document.error().text;
    document = json::Document::parse(json::replace_lone_surrogates(body), body_limits());
    if (!document) {
      return whole(body, why);
    }
  }
  const Value root = document->root();
  if (root["object"].text() != kObject) {
    return whole(body, "object is not " + std::string(kObject) +
                           ": is this callback URL set for another product?");
  }
  if (!root["entry"].is_array() || root["entry"].size() == 0) {
    return whole(body, "a webhook without entry");
  }
  Values out;
  for (const Value entry : root["entry"]) {
    const Value changes = entry["changes"];
    if (!changes.is_array() || changes.size() == 0) {
      out.push_back(quarantine(nullptr, raw_entry(entry), "an entry without changes"));
      continue;
    }
    for (const Value change : changes) {
      read_change(entry, change, crypto, out);
    }
  }
  return out;
}

}  // namespace jackfield::whatsapp
