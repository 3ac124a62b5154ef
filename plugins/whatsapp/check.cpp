// What is refused before it is sent.
#include <algorithm>
#include <optional>

#include "jackfield/json.h"
#include "plugins/whatsapp/render.h"

namespace jackfield::whatsapp {

namespace {

Outcome refused(std::string why) {
  return Outcome::failed(JF_E_INVALID, why);
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// "45 min", "26 h", "3 days".
std::string span_text(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes < 120) {
    return std::to_string(minutes) + " min";
  }
  const std::int64_t hours = minutes / 60;
  return hours < 72 ? std::to_string(hours) + " h" : std::to_string(hours / 24) + " days";
}

Outcome check_window(const OutgoingPart& outgoing, const Limits& limits, std::int64_t now) {
  const bool is_template = outgoing.part.kind == PartKind::provider_template;
  if (is_template || limits.window_ms == 0) {
    return {};
  }
  const std::int64_t last = outgoing.last_inbound_unix_ms;
  if (last == 0) {
    return Outcome::failed(JF_E_WINDOW,
                           "This contact has not written yet: WhatsApp allows a first message only "
                           "as an approved template.");
  }
  if (now - last <= limits.window_ms) {
    return {};
  }
  return Outcome::failed(JF_E_WINDOW, "The contact's last message is " + span_text(now - last) +
                                          " old; WhatsApp allows free replies only within " +
                                          span_text(limits.window_ms) +
                                          ". Send an approved template instead.");
}

Outcome check_text(const OutgoingPart& outgoing, const Limits& limits) {
  const std::size_t length = code_points(outgoing.part.text);
  if (length == 0) {
    return refused("an empty text can't be sent");
  }
  if (length > limits.text_code_points_max) {
    return refused("The text has " + std::to_string(length) + " characters; WhatsApp takes " +
                   std::to_string(limits.text_code_points_max) + ". Send it in pieces.");
  }
  return {};
}

Outcome check_media(const OutgoingPart& outgoing, const Limits& limits) {
  const Part& part = outgoing.part;
  if (part.media_id.empty()) {
    return refused("media without a file");
  }
  const std::string kind = media_kind_of(outgoing, limits);
  const auto limit = limits.media.find(kind);
  if (limit == limits.media.end()) {
    return refused("WhatsApp does not take " + part.mime + " as " + part.media_kind + ".");
  }
  if (part.media_size > limit->second.bytes_max) {
    return refused("The file has " + std::to_string(part.media_size) + " bytes; WhatsApp takes " +
                   std::to_string(limit->second.bytes_max) + " for " + kind + ".");
  }
  const std::size_t caption = code_points(part.text);
  if (caption > 0 && !limit->second.has_caption) {
    return refused("WhatsApp shows no text with " + kind + ": send it as a message of its own.");
  }
  if (caption > limits.caption_code_points_max) {
    return refused("The caption has " + std::to_string(caption) + " characters; WhatsApp takes " +
                   std::to_string(limits.caption_code_points_max) + ".");
  }
  return {};
}

Outcome check_location(json::Value json) {
  const auto latitude = json["latitude"].number();
  const auto longitude = json["longitude"].number();
  const bool is_place = latitude && longitude && *latitude >= -90 && *latitude <= 90 &&
                        *longitude >= -180 && *longitude <= 180;
  return is_place ? Outcome() : refused("a location needs latitude and longitude");
}

/// Parts that are JSON: enough to be sure that the provider gets the form it documents.
Outcome check_json(const OutgoingPart& outgoing) {
  const auto document = json::Document::parse(outgoing.part.json);
  if (!document) {
    return refused("the part's json can't be read: " + document.error().text);
  }
  const json::Value root = document->root();
  switch (outgoing.part.kind) {
    case PartKind::location:
      return check_location(root);
    case PartKind::contact: {
      const json::Value cards = root.is_array() ? root : root["contacts"];
      const bool has_cards = cards.is_array() && cards.size() > 0;
      return has_cards ? Outcome() : refused("a contact part needs {\"contacts\":[...]}");
    }
    case PartKind::interactive:
      return root["type"].is_string() ? Outcome()
                                      : refused("an interactive part needs WhatsApp's \"type\"");
    case PartKind::provider_template: {
      const json::Value language = root["language"];
      const bool is_named = !root["name"].text().empty() &&
                            (!language.text().empty() || !language["code"].text().empty());
      return is_named ? Outcome() : refused("a template needs name and language");
    }
    case PartKind::other: {
      const json::Value reaction = root["reaction"];
      const bool is_whole = !reaction["message_id"].text().empty() && reaction["emoji"].is_string();
      return is_whole ? Outcome() : refused("WhatsApp has no such part");
    }
    default:
      return refused("WhatsApp can't send this kind of part");
  }
}

}  // namespace

std::string media_kind_of(const OutgoingPart& outgoing, const Limits& limits) {
  std::string kind = outgoing.part.media_kind.empty() ? "document" : outgoing.part.media_kind;
  // Each step names another kind; the bound only guards against limits that go in a circle.
  for (std::size_t step = 0; step <= limits.media.size(); ++step) {
    const auto limit = limits.media.find(kind);
    if (limit == limits.media.end()) {
      return {};
    }
    if (limit->second.allows(outgoing.part.mime)) {
      return kind;
    }
    kind = limit->second.otherwise;
  }
  return {};
}

Outcome check(const OutgoingPart& outgoing, const Limits& limits, std::int64_t now_unix_ms) {
  const std::string_view to = outgoing.to;
  const auto colon = to.find(':');
  const std::string_view scheme = to.substr(0, colon);
  const bool is_ours = scheme == "wa" || scheme == "wa-user" || scheme == "wa-group";
  if (!is_ours || colon == std::string_view::npos || colon + 1 == to.size()) {
    return refused("this is not an address on WhatsApp");
  }
  Outcome window = check_window(outgoing, limits, now_unix_ms);
  if (window.status != JF_OK) {
    return window;
  }
  switch (outgoing.part.kind) {
    case PartKind::text:
      return check_text(outgoing, limits);
    case PartKind::media:
      return check_media(outgoing, limits);
    default:
      return check_json(outgoing);
  }
}

}  // namespace jackfield::whatsapp
