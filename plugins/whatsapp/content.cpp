#include "plugins/whatsapp/content.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "jackfield/encoding.h"
#include "plugins/whatsapp/bounds.h"

namespace jackfield::whatsapp {

namespace {

using json::Value;
using Parts = std::vector<Part>;

Error broken(std::string_view type, std::string_view what) {
  return Error{ErrorCode::invalid, std::string(type) + " " + std::string(what)};
}

Part json_part(PartKind kind, json::Writer& json, std::string_view text) {
  return Part::of_json(kind, clip_json(json.take()), clip(text, kTextBytesMax));
}

/// A copy of `from`'s member as text, when it is there.
void copy(json::Writer& out, std::string_view name, Value from) {
  out.optional_field(name, from.text());
}

Result<Parts> read_text(Value message) {
  const auto body = message["text"]["body"].string();
  if (!body) {
    return broken("text", "without body");
  }
  return Parts{Part::of_text(clip(*body, kTextBytesMax))};
}

/// The webhook has the digest in base64, people and tools write hex.
std::string hex_digest(std::string_view base64) {
  const auto bytes = encoding::from_base64(base64);
  return bytes && bytes->size() == 32 ? encoding::to_hex(*bytes) : std::string();
}

/// "audio/ogg; codecs=opus"; "" when it is nothing that could be one.
std::string mime_of(Value media) {
  const std::string_view mime = media["mime_type"].text();
  const bool is_printable =
      std::all_of(mime.begin(), mime.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return is_printable && mime.size() <= kNameBytesMax ? std::string(mime) : std::string();
}

Result<Parts> read_media(std::string_view type, Value message) {
  const Value media = message[type];
  const std::string_view id = media["id"].text();
  const std::string_view url = media["url"].text();
  const bool has_id = is_id(id, kMessageIdBytesMax);
  const bool has_url = is_id(url, kUrlBytesMax);
  if (!has_id && !has_url) {
    return broken(type, "without a media id or url that can be used");
  }
  const std::string mime = mime_of(media);
  json::Writer ref;
  ref.begin_object();
  if (has_id) {
    ref.field("id", id);
  }
  if (has_url) {
    ref.field("url", url);
  }
  ref.optional_field("sha256", clip(media["sha256"].text(), kNameBytesMax));
  ref.optional_field("mime", mime);
  ref.end_object();
  const bool is_voice = type == "voice" || media["voice"].boolean().value_or(false);
  const std::string_view kind = is_voice ? "voice" : type;
  Part part = Part::of_media(kind, ref.take(), mime, clip(media["caption"].text(), kTextBytesMax));
  part.filename = clip(media["filename"].text(), kNameBytesMax);
  const std::string digest = hex_digest(media["sha256"].text());
  const bool is_animated = media["animated"].boolean().value_or(false);
  if (!digest.empty() || is_animated) {
    json::Writer json;
    json.begin_object().optional_field("sha256", digest);
    if (is_animated) {
      json.flag("animated", true);
    }
    json.end_object();
    part.json = json.take();
  }
  return Parts{std::move(part)};
}

Result<Parts> read_location(Value message) {
  const Value location = message["location"];
  const auto latitude = location["latitude"].number();
  const auto longitude = location["longitude"].number();
  const bool is_place = latitude && longitude && *latitude >= -90 && *latitude <= 90 &&
                        *longitude >= -180 && *longitude <= 180;
  if (!is_place) {
    return broken("location", "without a latitude and longitude on this planet");
  }
  json::Writer json;
  json.begin_object();
  json.key("latitude").number(*latitude).key("longitude").number(*longitude);
  std::string text;
  for (const std::string_view name : {"name", "address"}) {
    const std::string_view value = location[name].text();
    copy(json, name, location[name]);
    text += (text.empty() || value.empty() ? "" : ", ") + std::string(value);
  }
  copy(json, "url", location["url"]);
  json.end_object();
  return Parts{json_part(PartKind::location, json, text)};
}

Result<Parts> read_contacts(Value message) {
  const Value cards = message["contacts"];
  if (!cards.is_array() || cards.size() == 0) {
    return broken("contacts", "without a card");
  }
  std::string names;
  for (const Value card : cards) {
    std::string_view name = card["name"]["formatted_name"].text();
    name = name.empty() ? card["name"]["first_name"].text() : name;
    names += (names.empty() || name.empty() ? "" : ", ") + std::string(name);
  }
  json::Writer json;
  json.begin_object().raw_field("contacts", cards.dump()).end_object();
  return Parts{json_part(PartKind::contact, json, names)};
}

Part placeholder(std::string_view type, Value error) {
  json::Writer json;
  json.begin_object().optional_field("provider_type", clip(type, kNameBytesMax));
  copy(json, "code", error["code"]);
  const std::string_view details = error["error_data"]["details"].text();
  const std::string_view reason = details.empty() ? error["title"].text() : details;
  json.optional_field("reason", clip(reason, kDetailBytesMax)).end_object();
  const std::string name = clip(type, 64);
  return json_part(
      PartKind::unsupported, json,
      "WhatsApp message that can't be shown" + (name.empty() ? std::string() : " (" + name + ")"));
}

Part choice(std::string_view source, std::string_view id, std::string_view title,
            std::string_view description = {}) {
  json::Writer json;
  json.begin_object().field("source", source).field("id", id).optional_field("title", title);
  json.optional_field("description", description).end_object();
  return json_part(PartKind::choice, json, title.empty() ? id : title);
}

/// A flow's answer: JSON in a string, and not always valid.
Part read_form(Value reply) {
  const std::string_view answers = reply["response_json"].text();
  json::Writer json;
  json.begin_object();
  copy(json, "name", reply["name"]);
  json::Limits limits;
  limits.depth_max = 48;  // It travels inside other JSON.
  const auto parsed = json::Document::parse(answers, limits);
  if (parsed && parsed->root().is_object()) {
    json.raw_field("fields", parsed->root().dump());
  } else {
    json.field("fields_raw", answers);
  }
  json.end_object();
  std::string_view text = reply["body"].text();
  text = text.empty() ? reply["name"].text() : text;
  return json_part(PartKind::form, json, text.empty() ? "Form" : text);
}

Result<Parts> read_interactive(Value message) {
  const Value interactive = message["interactive"];
  const std::string_view type = interactive["type"].text();
  const Value reply = interactive[type];
  if (type == "button_reply" && reply.is_object()) {
    return Parts{choice("button", reply["id"].text(), reply["title"].text())};
  }
  if (type == "list_reply" && reply.is_object()) {
    return Parts{
        choice("list", reply["id"].text(), reply["title"].text(), reply["description"].text())};
  }
  if (type == "nfm_reply" && reply.is_object()) {
    return Parts{read_form(reply)};
  }
  if (type == "call_permission_reply" && reply.is_object()) {
    const std::string answer(reply["response"].text());
    return Parts{choice("call_permission", answer, "Call permission: " + answer,
                        reply["expiration_timestamp"].text())};
  }
  return Parts{placeholder(type.empty() ? "interactive" : type, message["errors"].at(0))};
}

Result<Parts> read_button(Value message) {
  const Value button = message["button"];
  if (button["payload"].text().empty() && button["text"].text().empty()) {
    return broken("button", "without payload and text");
  }
  return Parts{choice("template_button", button["payload"].text(), button["text"].text())};
}

Result<Parts> read_order(Value message) {
  const Value order = message["order"];
  if (!order.is_object()) {
    return broken("order", "without its content");
  }
  json::Writer json;
  json.begin_object();
  copy(json, "catalog_id", order["catalog_id"]);
  copy(json, "note", order["text"]);
  json.key("items").begin_array();
  for (const Value line : order["product_items"]) {
    json.begin_object();
    copy(json, "sku", line["product_retailer_id"]);
    copy(json, "quantity", line["quantity"]);  // Number or string: text keeps it exact.
    copy(json, "price", line["item_price"]);
    copy(json, "currency", line["currency"]);
    json.end_object();
  }
  json.end_array().end_object();
  return Parts{json_part(PartKind::order, json, order["text"].text())};
}

Result<Parts> read_unsupported(Value message) {
  std::string_view type = message["unsupported"]["type"].text();
  type = type.empty() ? message["type"].text() : type;
  return Parts{placeholder(type, message["errors"].at(0))};
}

}  // namespace

Result<std::vector<Part>> read_content(std::string_view type, json::Value message) {
  constexpr std::array<std::string_view, 6> kMedia = {"image", "video",    "audio",
                                                      "voice", "document", "sticker"};
  constexpr std::array<std::pair<std::string_view, Result<Parts> (*)(Value)>, 6> kOthers = {{
      {"text", read_text},
      {"location", read_location},
      {"contacts", read_contacts},
      {"interactive", read_interactive},
      {"button", read_button},
      {"order", read_order},
  }};
  for (const std::string_view media : kMedia) {
    // Media above 100 MB comes without its object, with error 131052 instead.
    if (type == media && (message[type].is_object() || message["errors"].size() == 0)) {
      return read_media(type, message);
    }
  }
  for (const auto& [name, read] : kOthers) {
    if (type == name) {
      return read(message);
    }
  }
  return read_unsupported(message);
}

}  // namespace jackfield::whatsapp
