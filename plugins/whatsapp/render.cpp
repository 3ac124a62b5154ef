#include "plugins/whatsapp/render.h"

#include "jackfield/encoding.h"
#include "jackfield/json.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::uint32_t kUploadTimeoutMs = 60'000;
constexpr std::uint32_t kDownloadTimeoutMs = 120'000;
constexpr std::uint32_t kAnswerBytesMax = 64 * 1024;
constexpr std::uint32_t kDownloadBytesMax = 100 * 1024 * 1024;

HttpCall call_to(const Endpoint& endpoint, std::string_view method, const std::string& path) {
  HttpCall call;
  call.method = std::string(method);
  call.url = endpoint.api_base + "/" + endpoint.api_version + "/" + path;
  if (!endpoint.proof.empty()) {
    const bool has_query = path.find('?') != std::string::npos;
    call.url += std::string(has_query ? "&" : "?") + "appsecret_proof=" + endpoint.proof;
  }
  call.headers = {{"Authorization", "Bearer " + endpoint.access_token},
                  {"Accept", "application/json"}};
  call.response_bytes_max = kAnswerBytesMax;
  return call;
}

HttpCall post_json(const Endpoint& endpoint, json::Writer& body) {
  HttpCall call = call_to(endpoint, "POST", endpoint.phone_number_id + "/messages");
  call.headers.emplace_back("Content-Type", "application/json");
  call.body = body.take();
  return call;
}

/// Whom it goes to: a phone number, a user id without one, or a group.
void write_recipient(json::Writer& out, std::string_view address) {
  const auto colon = address.find(':');
  const std::string_view scheme = address.substr(0, colon);
  const std::string_view who = address.substr(colon + 1);
  out.field("recipient_type", scheme == "wa-group" ? "group" : "individual");
  out.field(scheme == "wa-user" ? "recipient" : "to", who);
}

void write_media(json::Writer& out, const Part& part, std::string_view kind,
                 std::string_view uploaded_id) {
  const bool is_voice = kind == "voice";
  const std::string_view type = is_voice ? "audio" : kind;
  out.field("type", type).key(type).begin_object().field("id", uploaded_id);
  out.optional_field("caption", part.text);
  if (kind == "document") {
    out.optional_field("filename", part.filename);
  }
  if (is_voice) {
    out.flag("voice", true);
  }
  out.end_object();
}

void write_location(json::Writer& out, json::Value place) {
  out.field("type", "location").key("location").begin_object();
  out.key("latitude").number(place["latitude"].number().value_or(0));
  out.key("longitude").number(place["longitude"].number().value_or(0));
  out.optional_field("name", place["name"].text());
  out.optional_field("address", place["address"].text()).end_object();
}

void write_template(json::Writer& out, json::Value chosen) {
  out.field("type", "template").key("template").begin_object();
  out.field("name", chosen["name"].text());
  const std::string_view code = chosen["language"]["code"].text();
  out.key("language").begin_object();
  out.field("code", code.empty() ? chosen["language"].text() : code).end_object();
  if (chosen["components"].is_array()) {
    out.raw_field("components", chosen["components"].dump());
  }
  out.end_object();
}

/// Parts that are JSON; check() has seen that they have the form assumed here.
void write_json_part(json::Writer& out, const Part& part) {
  const auto document = json::Document::parse(part.json);
  const json::Value root = document ? document->root() : json::Value();
  switch (part.kind) {
    case PartKind::location:
      write_location(out, root);
      return;
    case PartKind::contact:
      out.field("type", "contacts");
      out.raw_field("contacts", (root.is_array() ? root : root["contacts"]).dump());
      return;
    case PartKind::provider_template:
      write_template(out, root);
      return;
    case PartKind::interactive:
      out.field("type", "interactive").raw_field("interactive", root.dump());
      return;
    default:
      out.field("type", "reaction").raw_field("reaction", root["reaction"].dump());
      return;
  }
}

void write_text(json::Writer& out, std::string_view text) {
  out.field("type", "text").key("text").begin_object().field("body", text);
  const bool has_link = text.find("https://") != std::string_view::npos ||
                        text.find("http://") != std::string_view::npos;
  out.flag("preview_url", has_link).end_object();
}

}  // namespace

HttpCall upload_call(const Endpoint& endpoint, const OutgoingPart& outgoing) {
  HttpCall call = call_to(endpoint, "POST", endpoint.phone_number_id + "/media");
  const Part& part = outgoing.part;
  const std::string mime = part.mime.empty() ? "application/octet-stream" : part.mime;
  FormPart file;
  file.name = "file";
  file.filename = part.filename.empty() ? "file" : part.filename;
  file.mime = mime;
  file.media_id = part.media_id;
  FormPart product;
  product.name = "messaging_product";
  product.data = "whatsapp";
  FormPart type;
  type.name = "type";
  type.data = mime;
  call.form = {product, type, file};
  call.timeout_ms = kUploadTimeoutMs;
  return call;
}

HttpCall message_call(const Endpoint& endpoint, const OutgoingPart& outgoing,
                      std::string_view media_kind, std::string_view uploaded_id) {
  json::Writer out;
  out.begin_object().field("messaging_product", "whatsapp");
  write_recipient(out, outgoing.to);
  if (!outgoing.reply_to.empty()) {
    out.key("context").begin_object().field("message_id", outgoing.reply_to).end_object();
  }
  out.field("biz_opaque_callback_data", correlator_of(outgoing));
  switch (outgoing.part.kind) {
    case PartKind::text:
      write_text(out, outgoing.part.text);
      break;
    case PartKind::media:
      write_media(out, outgoing.part, media_kind, uploaded_id);
      break;
    default:
      write_json_part(out, outgoing.part);
      break;
  }
  out.end_object();
  HttpCall call = post_json(endpoint, out);
  call.once = true;
  return call;
}

HttpCall read_call(const Endpoint& endpoint, std::string_view external_id, Typing typing) {
  json::Writer out;
  out.begin_object().field("messaging_product", "whatsapp").field("status", "read");
  out.field("message_id", external_id);
  if (typing == Typing::yes) {
    out.key("typing_indicator").begin_object().field("type", "text").end_object();
  }
  out.end_object();
  return post_json(endpoint, out);
}

HttpCall lookup_call(const Endpoint& endpoint, std::string_view media_id) {
  return call_to(endpoint, "GET",
                 encoding::percent_encode(media_id) +
                     "?phone_number_id=" + encoding::percent_encode(endpoint.phone_number_id));
}

HttpCall download_call(const Endpoint& endpoint, std::string_view url, bool shows_token) {
  HttpCall call;
  call.url = std::string(url);
  call.headers = {{"User-Agent", "jackfield"}};  // Some CDNs answer 4xx without one.
  if (shows_token) {
    call.headers.emplace_back("Authorization", "Bearer " + endpoint.access_token);
  }
  call.timeout_ms = kDownloadTimeoutMs;
  call.response_bytes_max = kDownloadBytesMax;
  return call;
}

}  // namespace jackfield::whatsapp
