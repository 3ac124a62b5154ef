#include "tools/sim/meta/inbound.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/sim/digest.h"
#include "tools/sim/meta/payload.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::size_t kSampleBytesMax = 110U * 1024 * 1024;

struct MediaKind {
  std::string_view type, mime, filename, shown;
  std::string_view sample_base64;  ///< Real files, small enough to sit here.
};

// A white pixel as PNG and WebP; the others are the first bytes by which their type is recognised.
constexpr std::array<MediaKind, 5> kMedia{{
    {"image", "image/png", "", "sends a picture",
     "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5C"
     "YII="},
    {"video", "video/mp4", "", "sends a video", "AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29tAAAACG1kYXQ="},
    {"audio", "audio/ogg; codecs=opus", "", "sends a voice note",
     "T2dnUwACAAAAAAAAAAABAAAAAAAAAAAAAAABE09wdXNIZWFkAQE4AYC7AAAAAAA="},
    {"document", "application/pdf", "invoice.pdf", "sends a document",
     "JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZz4+ZW5kb2JqCnRyYWlsZXI8PC9Sb290IDEgMCBSPj4KJSVF"
     "T0YK"},
    {"sticker", "image/webp", "", "sends a sticker",
     "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="},
}};

const MediaKind* media_kind(std::string_view type) {
  const auto* at = std::find_if(kMedia.begin(), kMedia.end(),
                                [&](const MediaKind& kind) { return kind.type == type; });
  return at == kMedia.end() ? nullptr : at;
}

std::string or_else(std::string_view text, std::string_view otherwise) {
  return std::string(text.empty() ? otherwise : text);
}

Result<std::string> media_object(const json::Value& request, const MediaKind& kind,
                                 MediaStore& media) {
  const auto bytes =
      base64_decoded(request["data_base64"] ? request["data_base64"].text() : kind.sample_base64);
  if (!bytes) {
    return Error{ErrorCode::invalid, "data_base64: not padded base64"};
  }
  MediaItem item;
  item.bytes = *bytes;
  // "bytes" makes a file of that size, for limits and slow downloads.
  const auto size = request["bytes"].integer().value_or(0);
  if (size > 0) {
    item.bytes.resize(std::min(static_cast<std::size_t>(size), kSampleBytesMax), 'x');
  }
  item.mime = or_else(request["mime_type"].text(), kind.mime);
  item.filename = or_else(request["filename"].text(), kind.filename);
  item.phone_number_id = request["phone_number_id"].text();
  json::Writer out;
  out.begin_object().optional_field("caption", request["caption"].text());
  if (kind.type == "document") {
    out.field("filename", item.filename);
  }
  out.field("mime_type", item.mime);
  out.field("sha256", or_else(request["sha256"].text(), base64(sha256(item.bytes))));
  if (kind.type == "audio") {
    out.flag("voice", request["voice"].boolean().value_or(true));
  }
  if (kind.type == "sticker") {
    out.flag("animated", request["animated"].boolean().value_or(false));
  }
  return out.field("id", media.add(std::move(item))).end_object().take();
}

std::string location_object(const json::Value& request) {
  json::Writer out;
  out.begin_object().key("latitude").number(request["latitude"].number().value_or(52.520008));
  out.key("longitude").number(request["longitude"].number().value_or(13.404954));
  out.optional_field("name", request["place"].text());
  return out.optional_field("address", request["address"].text()).end_object().take();
}

std::string contacts_list(const json::Value& request) {
  const std::string name = or_else(request["contact_name"].text(), "Bob Example");
  const std::string phone = or_else(request["contact_phone"].text(), "+1 202-555-0199");
  json::Writer out;
  out.begin_array().begin_object().key("name").begin_object();
  out.field("formatted_name", name).field("first_name", name).end_object();
  out.key("phones").begin_array().begin_object().field("phone", phone).field("type", "CELL");
  return out.end_object().end_array().end_object().end_array().take();
}

std::string interactive_object(const json::Value& request) {
  const std::string kind = or_else(request["kind"].text(), "button_reply");
  json::Writer out;
  out.begin_object().field("type", kind).key(kind).begin_object();
  if (kind == "nfm_reply") {
    out.field("name", "flow").field("body", "Sent");
    out.field("response_json", or_else(request["response_json"].text(), "{\"size\":\"M\"}"));
  } else {
    out.field("id", or_else(request["button_id"].text(), "yes"));
    out.field("title", or_else(request["text"].text(), "Yes"));
    out.optional_field("description", request["description"].text());
  }
  return out.end_object().end_object().take();
}

std::string order_object(const json::Value& request) {
  json::Writer out;
  out.begin_object().field("catalog_id", "194836987003835");
  out.optional_field("text", request["text"].text()).key("product_items").begin_array();
  out.begin_object().field("product_retailer_id", or_else(request["product"].text(), "bike-1"));
  out.field("quantity", request["quantity"].integer().value_or(1));
  out.key("item_price").number(request["price"].number().value_or(249.5));
  return out.field("currency", "EUR").end_object().end_array().end_object().take();
}

std::string system_object(const json::Value& request, std::string_view from) {
  const std::string kind = or_else(request["kind"].text(), "user_changed_number");
  const std::string now = or_else(request["new_number"].text(), "12025550198");
  json::Writer out;
  out.begin_object().field("body", "User " + std::string(from) + " changed to " + now);
  return out.field("wa_id", now).field("type", kind).end_object().take();
}

/// The content object of `type` from its short members.
Result<std::string> content_of(std::string_view type, const json::Value& request,
                               std::string_view from, MediaStore& media) {
  if (const MediaKind* kind = media_kind(type)) {
    return media_object(request, *kind, media);
  }
  json::Writer out;
  if (type == "text") {
    return out.begin_object().field("body", request["text"].text()).end_object().take();
  }
  if (type == "location") {
    return location_object(request);
  }
  if (type == "contacts") {
    return contacts_list(request);
  }
  if (type == "interactive") {
    return interactive_object(request);
  }
  if (type == "button") {
    const std::string text = or_else(request["text"].text(), "Yes");
    out.begin_object().field("payload", or_else(request["payload"].text(), text));
    return out.field("text", text).end_object().take();
  }
  if (type == "reaction") {
    out.begin_object().field("message_id", request["message_id"].text());
    return out.optional_field("emoji", request["emoji"].text()).end_object().take();
  }
  if (type == "order") {
    return order_object(request);
  }
  if (type == "system") {
    return system_object(request, from);
  }
  if (type == "unsupported") {
    out.begin_object().field("type", or_else(request["kind"].text(), "poll_creation"));
    return out.end_object().take();
  }
  return Error{ErrorCode::invalid,
               "type " + std::string(type) + ": give its object as \"" + std::string(type) +
                   "\"; text, image, video, audio, document, sticker, location, contacts, "
                   "interactive, button, reaction, order, system and unsupported need none"};
}

void write_context(json::Writer& out, const json::Value& request) {
  const std::string_view reply_to = request["reply_to"].text();
  const bool forwarded = request["forwarded"].boolean().value_or(false);
  if (request["context"].is_object()) {
    out.raw_field("context", request["context"].dump());
  } else if (!reply_to.empty()) {
    out.key("context").begin_object().field("from", request["to"].text());
    out.field("id", reply_to).end_object();
  } else if (forwarded) {
    out.key("context").begin_object().flag("forwarded", true).end_object();
  }
}

std::string shown_as(std::string_view type, const json::Value& request) {
  if (type == "text" || type == "button" || type == "interactive") {
    const std::string_view text =
        request["text"].is_object() ? request["text"]["body"].text() : request["text"].text();
    return "says: " + std::string(text);
  }
  if (const MediaKind* kind = media_kind(type)) {
    const std::string_view caption = request["caption"].text();
    return std::string(kind->shown) + (caption.empty() ? "" : ": " + std::string(caption));
  }
  if (type == "location") {
    return "sends a place";
  }
  return type == "reaction" ? "reacts with " + std::string(request["emoji"].text())
                            : "sends: " + std::string(type);
}

}  // namespace

Result<Inbound> make_inbound(const json::Value& request, MediaStore& media,
                             std::int64_t unix_seconds) {
  Inbound inbound;
  inbound.from = request["from"].text();
  const std::string_view user_id = request["user_id"].text();
  if (inbound.from.empty() && user_id.empty()) {
    return Error{ErrorCode::invalid, "from: give the phone number that writes, digits only"};
  }
  inbound.name = or_else(request["name"].text(), or_else(inbound.from, user_id));
  inbound.phone_number_id = request["phone_number_id"].text();
  inbound.type = or_else(request["type"].text(), "text");
  inbound.id = or_else(request["id"].text(), new_wamid());
  inbound.text = request["text"].text();
  inbound.shown = shown_as(inbound.type, request);
  if (inbound.type != "system") {
    inbound.contact = contact_json(inbound.name, inbound.from, user_id, request["username"].text());
  }
  if (request["message"]) {
    inbound.message = request["message"].dump();
    return inbound;
  }
  json::Writer out;
  out.begin_object();
  write_context(out, request);
  out.optional_field("from", inbound.from).optional_field("from_user_id", user_id);
  out.field("id", inbound.id);
  out.field("timestamp", or_else(request["timestamp"].text(), std::to_string(unix_seconds)));
  const json::Value given = request[inbound.type];
  if (given.is_object() || given.is_array()) {
    out.raw_field(inbound.type, given.dump());
  } else {
    JACKFIELD_TRY(const std::string content,
                  content_of(inbound.type, request, inbound.from, media));
    out.raw_field(inbound.type, content);
  }
  if (inbound.type == "unsupported") {
    out.key("errors").begin_array();
    write_status_error(out, 131051, "Message type is currently not supported");
    out.end_array();
  }
  if (request["referral"].is_object()) {
    out.raw_field("referral", request["referral"].dump());
  }
  inbound.message = out.field("type", inbound.type).end_object().take();
  return inbound;
}

}  // namespace jackfield::sim::meta
