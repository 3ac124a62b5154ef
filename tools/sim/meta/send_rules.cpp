#include "tools/sim/meta/send_rules.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace jackfield::sim::meta {
namespace {

constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kCaptionMax = 1024;
constexpr std::size_t kCorrelatorMax = 512;
constexpr std::size_t kContactsMax = 257;
constexpr std::array<std::string_view, 5> kMedia{"image", "video", "audio", "document", "sticker"};

bool is_media(std::string_view type) {
  return std::find(kMedia.begin(), kMedia.end(), type) != kMedia.end();
}

GraphError bad_value(std::string_view path, std::string_view why) {
  return error_of(131009, std::string(path) + ": " + std::string(why));
}

Refusal check_text_message(const json::Value& text) {
  if (auto refused = check_text(text["body"], "text['body']", 1, kTextMax)) {
    return refused;
  }
  const json::Value preview = text["preview_url"];
  if (preview && !preview.boolean()) {
    return bad_parameter("Param text['preview_url'] must be a boolean.");
  }
  return std::nullopt;
}

Refusal check_media(const json::Value& media, std::string_view type) {
  const std::string path(type);
  if (auto refused = check_media_source(media, path)) {
    return refused;
  }
  const bool has_no_caption = type == "audio" || type == "sticker";
  if (media["caption"] && has_no_caption) {
    return bad_parameter("Unexpected key \"caption\" on param \"" + path + "\".");
  }
  if (media["filename"] && type != "document") {
    return bad_parameter("Unexpected key \"filename\" on param \"" + path + "\".");
  }
  return check_text(media["caption"], path + "['caption']", 0, kCaptionMax);
}

Refusal check_location(const json::Value& location) {
  struct Axis {
    std::string_view name;
    double most;
  };
  for (const Axis& axis : {Axis{"latitude", 90}, Axis{"longitude", 180}}) {
    const std::string path = "location['" + std::string(axis.name) + "']";
    const json::Value value = location[axis.name];
    if (!value) {
      return missing(path);
    }
    const auto degrees = value.number();
    if (!degrees || *degrees < -axis.most || *degrees > axis.most) {
      return bad_value(path, "must be a number of degrees");
    }
  }
  return std::nullopt;
}

Refusal check_contacts(const json::Value& contacts) {
  if (!contacts.is_array() || contacts.size() == 0) {
    return missing("contacts");
  }
  if (contacts.size() > kContactsMax) {
    return bad_value("contacts", "too many");
  }
  for (const json::Value contact : contacts) {
    const json::Value name = contact["name"];
    if (auto refused = check_text(name["formatted_name"], "contacts['name']['formatted_name']", 1,
                                  kCaptionMax)) {
      return refused;
    }
    if (name.size() < 2) {
      return bad_value("contacts['name']", "needs one more part besides formatted_name");
    }
  }
  return std::nullopt;
}

Refusal check_reaction(const json::Value& reaction) {
  if (auto refused = check_text(reaction["message_id"], "reaction['message_id']", 1, 1024)) {
    return refused;
  }
  if (!reaction["emoji"].is_string()) {
    return missing("reaction['emoji']");
  }
  return check_text(reaction["emoji"], "reaction['emoji']", 0, 16);
}

Refusal check_content(std::string_view type, const json::Value& body) {
  const json::Value content = body[type];
  const bool wants_list = type == "contacts";
  if (!(wants_list ? content.is_array() : content.is_object())) {
    return missing(type);
  }
  if (type == "text") {
    return check_text_message(content);
  }
  if (is_media(type)) {
    return check_media(content, type);
  }
  if (type == "location") {
    return check_location(content);
  }
  if (wants_list) {
    return check_contacts(content);
  }
  if (type == "reaction") {
    return check_reaction(content);
  }
  return type == "interactive" ? check_interactive(content) : check_template(content);
}

bool is_known_type(std::string_view type) {
  constexpr std::array<std::string_view, 6> kOthers{"text",     "location",    "contacts",
                                                    "reaction", "interactive", "template"};
  return is_media(type) || std::find(kOthers.begin(), kOthers.end(), type) != kOthers.end();
}

/// Digits only; Meta forgives "+", blanks, brackets and dashes.
std::string digits_of(std::string_view number) {
  std::string digits;
  for (const char letter : number) {
    if (std::isdigit(static_cast<unsigned char>(letter)) != 0) {
      digits += letter;
    } else if (std::string_view("+ ()-").find(letter) == std::string_view::npos) {
      return "";
    }
  }
  return digits;
}

Refusal read_recipient(const json::Value& body, SendFacts& facts) {
  if (const std::string_view to = body["to"].text(); !to.empty()) {
    facts.input = to;
    facts.to = digits_of(to);
    if (facts.to.size() < 5 || facts.to.size() > 20) {
      facts.to = to;
      return error_of(131009, "Param to: not a phone number");
    }
  } else if (const std::string_view user = body["recipient"].text(); !user.empty()) {
    facts.input = facts.to = user;
    facts.to_user_id = true;
  } else {
    return bad_parameter("The parameter to is required.");
  }
  const json::Value kind = body["recipient_type"];
  if (kind && kind.text() != "individual" && kind.text() != "group") {
    return bad_parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP}.");
  }
  return std::nullopt;
}

std::string shown_text(std::string_view type, const json::Value& content) {
  std::string text(content["body"].text());
  if (type == "interactive") {
    text = content["body"]["text"].text();
    for (const json::Value button : content["action"]["buttons"]) {
      text += " [" + std::string(button["reply"]["title"].text()) + "]";
    }
  } else if (type == "template") {
    text = content["name"].text();
  } else if (type == "reaction") {
    text = content["emoji"].text();
  } else if (type != "text") {
    text = content["caption"].text();
  }
  return text;
}

Refusal read_mark(const json::Value& body, SendFacts& facts) {
  facts.is_read_mark = true;
  facts.type = "read";
  facts.message_id = body["message_id"].text();
  facts.shows_typing = body["typing_indicator"].is_object();
  if (body["status"].text() != "read") {
    return bad_parameter("Param status must be one of {READ} - got \"" +
                         std::string(body["status"].text()) + "\".");
  }
  if (facts.message_id.empty()) {
    return missing("message_id");
  }
  if (facts.shows_typing && body["typing_indicator"]["type"].text() != "text") {
    return bad_parameter("Param typing_indicator['type'] must be one of {TEXT}.");
  }
  return std::nullopt;
}

}  // namespace

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

GraphError missing(std::string_view path) {
  return error_of(131008, "Required parameter is missing: " + std::string(path));
}

Refusal check_text(const json::Value& value, std::string_view path, std::size_t least,
                   std::size_t most) {
  if (!value) {
    return least == 0 ? std::nullopt : Refusal(missing(path));
  }
  if (!value.is_string()) {
    return bad_parameter("Param " + std::string(path) + " must be a string.");
  }
  const std::size_t length = code_points(value.text());
  if (length < least) {
    return missing(path);
  }
  if (length > most) {
    return bad_parameter("Param " + std::string(path) + " must be at most " + std::to_string(most) +
                         " characters long.");
  }
  return std::nullopt;
}

Refusal check_media_source(const json::Value& media, std::string_view path) {
  const bool has_id = !media["id"].text().empty();
  const std::string_view link = media["link"].text();
  if (has_id == !link.empty()) {
    return has_id ? bad_parameter("Only one of id and link may be given on param \"" +
                                  std::string(path) + "\".")
                  : missing(std::string(path) + "['id'] or ['link']");
  }
  if (!has_id && !link.starts_with("https://") && !link.starts_with("http://")) {
    return bad_parameter("Param " + std::string(path) + "['link'] is not a valid URI.");
  }
  return std::nullopt;
}

SendCheck check_send(const json::Value& body) {
  SendCheck check;
  SendFacts& facts = check.facts;
  facts.correlator = body["biz_opaque_callback_data"].text();
  if (!body.is_object() || body["messaging_product"].text() != "whatsapp") {
    check.error = bad_parameter("The parameter messaging_product is required.");
    return check;
  }
  if (body["status"]) {
    check.error = read_mark(body, facts);
    return check;
  }
  facts.type = body["type"] ? body["type"].text() : "text";
  const json::Value content = body[facts.type];
  facts.text = shown_text(facts.type, content);
  facts.media_id = is_media(facts.type) ? content["id"].text() : "";
  facts.message_id = facts.type == "reaction" ? content["message_id"].text()
                                              : body["context"]["message_id"].text();
  check.error = read_recipient(body, facts);
  if (!check.error && !is_known_type(facts.type)) {
    check.error = bad_parameter(
        "Param type must be one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, "
        "INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO} "
        "- got \"" +
        facts.type + "\".");
  }
  if (!check.error) {
    check.error =
        check_text(body["biz_opaque_callback_data"], "biz_opaque_callback_data", 0, kCorrelatorMax);
  }
  if (!check.error && body["context"] && body["context"]["message_id"].text().empty()) {
    check.error = missing("context['message_id']");
  }
  if (!check.error) {
    check.error = check_content(facts.type, body);
  }
  return check;
}

}  // namespace jackfield::sim::meta
