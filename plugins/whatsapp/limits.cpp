#include "plugins/whatsapp/limits.h"

#include "jackfield/json.h"

namespace jackfield::whatsapp {

namespace {

std::size_t size_at(json::Value value) {
  return static_cast<std::size_t>(value.integer().value_or(0));
}

}  // namespace

bool MediaLimit::allows(std::string_view mime) const {
  const std::string_view bare = mime.substr(0, mime.find(';'));
  for (const std::string& allowed : mimes) {
    if (allowed == "*/*" || allowed == bare) {
      return true;
    }
  }
  return false;
}

Result<Limits> read_limits(std::string_view capabilities_json) {
  JACKFIELD_TRY(const json::Document document, json::Document::parse(capabilities_json));
  const json::Value root = document.root();
  Limits limits;
  limits.text_code_points_max = size_at(root["text"]["code_points_max"]);
  limits.caption_code_points_max = size_at(root["caption"]["code_points_max"]);
  limits.window_ms = root["window"]["free_form_after_inbound_ms"].integer().value_or(0);
  const json::Value media = root["media"];
  for (auto it = media.begin(); it != media.end(); ++it) {
    const json::Value kind = *it;
    MediaLimit limit;
    limit.bytes_max = size_at(kind["bytes_max"]);
    limit.has_caption = kind["caption"].boolean().value_or(false);
    for (const json::Value mime : kind["mime"]) {
      limit.mimes.emplace_back(mime.text());
    }
    limit.otherwise = std::string(kind["else"].text());
    limits.media.emplace(it.key(), std::move(limit));
  }
  if (limits.text_code_points_max == 0 || limits.media.empty()) {
    return Error{ErrorCode::invalid, "the limits name no text size or no kinds of media"};
  }
  return limits;
}

}  // namespace jackfield::whatsapp
