#include "plugins/whatsapp/settings.h"

#include <algorithm>
#include <cctype>

#include "jackfield/json.h"

namespace jackfield::whatsapp {

namespace {

constexpr double kMsPerHour = 3600.0 * 1000;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return out;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string text_or(json::Value value, std::string_view fallback) {
  return std::string(value.text().empty() ? fallback : value.text());
}

}  // namespace

Result<Settings> read_settings(std::string_view config_json) {
  JACKFIELD_TRY(const json::Document document, json::Document::parse(config_json));
  const json::Value root = document.root();
  Settings settings;
  settings.phone_number_id = std::string(root["phone_number_id"].text());
  if (!is_digits(settings.phone_number_id) || settings.phone_number_id.size() > 32) {
    return Error{ErrorCode::invalid, "phone_number_id: the number's id, 1 to 32 digits"};
  }
  settings.api_base = text_or(root["api_base"], "https://graph.facebook.com");
  while (settings.api_base.ends_with('/')) {
    settings.api_base.pop_back();
  }
  if (!origin_of(settings.api_base)) {
    return Error{ErrorCode::invalid, "api_base: an http or https address, without user or space"};
  }
  settings.api_version = text_or(root["api_version"], "v25.0");
  settings.sends_proof = root["appsecret_proof"].boolean().value_or(false);
  if (root["media_hosts"].is_array()) {
    for (const json::Value host : root["media_hosts"]) {
      settings.media_hosts.push_back(lower(host.text()));
    }
  } else {
    settings.media_hosts = {"lookaside.fbsbx.com", "graph.facebook.com"};
  }
  if (const auto hours = root["window_hours"].number()) {
    if (*hours < 0 || *hours > 720) {
      return Error{ErrorCode::invalid, "window_hours: 0 to 720"};
    }
    settings.window_ms = static_cast<std::int64_t>(*hours * kMsPerHour);
  }
  return settings;
}

std::optional<UrlOrigin> origin_of(std::string_view url) {
  UrlOrigin origin;
  const auto mark = url.find("://");
  if (mark == std::string_view::npos) {
    return std::nullopt;
  }
  origin.scheme = lower(url.substr(0, mark));
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '\\') {
      return std::nullopt;
    }
  }
  const std::string_view rest = url.substr(mark + 3);
  origin.authority = lower(rest.substr(0, rest.find_first_of("/?#")));
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]_";
  const bool is_web = origin.scheme == "http" || origin.scheme == "https";
  if (!is_web || origin.authority.empty() ||
      origin.authority.find_first_not_of(kPlain) != std::string::npos) {
    return std::nullopt;
  }
  return origin;
}

bool may_see_token(const Settings& settings, std::string_view url) {
  const auto origin = origin_of(url);
  const auto api = origin_of(settings.api_base);
  if (!origin || !api) {
    return false;
  }
  if (*origin == *api) {
    return true;
  }
  if (origin->scheme != "https" && origin->scheme != api->scheme) {
    return false;
  }
  const std::string& authority = origin->authority;
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  const std::string host = has_port ? authority.substr(0, colon) : authority;
  return std::any_of(settings.media_hosts.begin(), settings.media_hosts.end(),
                     [&](const std::string& one) { return one == authority || one == host; });
}

}  // namespace jackfield::whatsapp
