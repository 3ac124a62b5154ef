#include "plugins/whatsapp/read_message.h"

#include <string>
#include <string_view>
#include <utility>

#include "plugins/whatsapp/bounds.h"
#include "plugins/whatsapp/content.h"

namespace jackfield::whatsapp {

using json::Value;

namespace {

/// Who is behind one message.
struct Party {
  std::string address;  ///< Of the conversation.
  std::string sender;   ///< Of the person, when that is somebody else: in a group.
  std::string_view phone, user_id, parent_user_id, group_id;
  Value contact;
};

Party party_of(const Envelope& envelope, Value message, Author author) {
  Party party;
  const bool is_echo = author == Author::business;
  party.phone = phone_of(message[is_echo ? "to" : "from"]);
  party.user_id = party_id_of(message[is_echo ? "to_user_id" : "from_user_id"]);
  party.parent_user_id =
      party_id_of(message[is_echo ? "to_parent_user_id" : "from_parent_user_id"]);
  party.group_id = party_id_of(message["group_id"]);
  party.contact = envelope.contact_of(party.phone, party.user_id);
  party.address = address_of(party.phone, party.user_id);
  if (!party.group_id.empty()) {
    party.sender = std::exchange(party.address, "wa-group:" + std::string(party.group_id));
  }
  return party;
}

std::string display_name_of(const Party& party) {
  const Value profile = party.contact["profile"];
  const std::string_view name = profile["name"].text();
  return clip(name.empty() ? profile["username"].text() : name, kNameBytesMax);
}

bool is_forwarded(Value message) {
  const Value context = message["context"];
  return context["forwarded"].boolean().value_or(false) ||
         context["frequently_forwarded"].boolean().value_or(false);
}

/// What has no field of its own.
std::string extra(const Party& party, Value message) {
  json::Writer out;
  out.begin_object().optional_field("type", clip(message["type"].text(), kNameBytesMax));
  out.optional_field("sender", party.sender)
      .optional_field("user_id", party.user_id)
      .optional_field("parent_user_id", party.parent_user_id)
      .optional_field("group_id", party.group_id)
      .optional_field("username", party.contact["profile"]["username"].text());
  if (is_forwarded(message)) {
    const bool is_often = message["context"]["frequently_forwarded"].boolean().value_or(false);
    out.field("forwarded", is_often ? "many" : "once");
  }
  for (const std::string_view name : {"context", "referral", "identity", "errors"}) {
    if (message[name]) {
      out.raw_field(name, clip_json(message[name].dump(), kPieceBytesMax));
    }
  }
  out.end_object();
  return clip_json(out.take());
}

/// The message that this one speaks of, or an Error when it must name one and does not.
Result<std::string> reference_of(Value content, std::string_view name, std::string_view type) {
  const std::string_view id = content[name].text();
  if (!is_id(id, kMessageIdBytesMax)) {
    return Error{ErrorCode::invalid, std::string(type) + " without " + std::string(name)};
  }
  return std::string(id);
}

Status read_reaction(Value message, Inbound& out) {
  const Value reaction = message["reaction"];
  JACKFIELD_TRY(out.reply_to, reference_of(reaction, "message_id", "reaction"));
  out.kind = InboundKind::reaction;
  out.parts = {Part::of_text(clip(reaction["emoji"].text(), kNameBytesMax))};
  return Done{};
}

Status read_edit(Value message, Inbound& out) {
  const Value edit = message["edit"];
  JACKFIELD_TRY(out.reply_to, reference_of(edit, "original_message_id", "edit"));
  out.kind = InboundKind::edit;
  JACKFIELD_TRY(out.parts, read_content(edit["message"]["type"].text(), edit["message"]));
  return Done{};
}

Status read_revoke(Value message, Inbound& out) {
  JACKFIELD_TRY(out.reply_to, reference_of(message["revoke"], "original_message_id", "revoke"));
  out.kind = InboundKind::removal;
  return Done{};
}

/// A fact about the contact: a new number, a new identity. Not something the contact said.
Status read_system(Value message, Inbound& out) {
  const Value system = message["system"];
  out.kind = InboundKind::notice;
  out.detail = clip(system["body"].text(), kDetailBytesMax);
  const Value new_phone = system["wa_id"] ? system["wa_id"] : system["new_wa_id"];
  json::Writer json;
  json.begin_object().field("notice", "system");
  json.optional_field("type", system["type"].text()).optional_field("address", out.address);
  json.optional_field("new_address",
                      address_of(phone_of(new_phone), party_id_of(system["user_id"])));
  json.raw_field("system", clip_json(system.dump(), kPieceBytesMax)).end_object();
  out.ext_json = clip_json(json.take());
  return Done{};
}

Status read_welcome(Value, Inbound& out) {
  out.kind = InboundKind::notice;
  out.detail = "the contact opened the chat for the first time";
  json::Writer json;
  json.begin_object().field("notice", "request_welcome").field("address", out.address);
  json.end_object();
  out.ext_json = json.take();
  return Done{};
}

Status read_said(Value message, Inbound& out) {
  JACKFIELD_TRY(out.parts, read_content(message["type"].text(), message));
  const std::string_view answered = message["context"]["id"].text();
  if (!is_forwarded(message) && is_id(answered, kMessageIdBytesMax)) {
    out.reply_to = std::string(answered);
  }
  return Done{};
}

}  // namespace

Result<Inbound> read_message(const Envelope& envelope, Value message, Author author) {
  if (!message.is_object()) {
    return Error{ErrorCode::invalid, "a message that is no JSON object"};
  }
  const std::string_view id = message["id"].text();
  if (!id.empty() && !is_id(id, kMessageIdBytesMax)) {
    return Error{ErrorCode::invalid, "a message whose id is too long or not printable"};
  }
  const std::string_view type = message["type"].text();
  const Party party = party_of(envelope, message, author);
  if (party.address.empty() && type != "system") {
    return Error{ErrorCode::invalid, "a message without a sender's phone number or user id"};
  }
  Inbound out;
  out.account = std::string(envelope.phone_number_id());
  out.external_id = std::string(id);
  out.dedupe_key =
      envelope.key(id.empty() ? envelope.fingerprint(message.dump()) : std::string(id));
  out.address = party.address;
  out.display_name = display_name_of(party);
  out.provider_unix_ms = read_time(message["timestamp"]);
  out.flags = is_forwarded(message) ? static_cast<std::uint32_t>(JF_INBOUND_FORWARDED) : 0U;
  out.ext_json = extra(party, message);
  constexpr std::pair<std::string_view, Status (*)(Value, Inbound&)> kKinds[] = {
      {"reaction", read_reaction},       {"edit", read_edit},
      {"revoke", read_revoke},           {"system", read_system},
      {"request_welcome", read_welcome},
  };
  Status (*read)(Value, Inbound&) = read_said;
  for (const auto& [name, reader] : kKinds) {
    read = type == name ? reader : read;
  }
  JACKFIELD_TRY([[maybe_unused]] const Done done, read(message, out));
  if (author == Author::business && out.kind == InboundKind::message) {
    out.kind = InboundKind::echo;
  }
  out.raw = envelope.raw_with(author == Author::business ? "message_echoes" : "messages", message,
                              party.contact);
  return out;
}

}  // namespace jackfield::whatsapp
