// The two nested forms of a send: interactive messages and templates.
#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "tools/sim/meta/send_rules.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::size_t kButtonsMax = 3;
constexpr std::size_t kSectionsMax = 10;
constexpr std::size_t kRowsMax = 10;

/// Interactive forms word a wrong length in the details of code 131009.
Refusal check_label(const json::Value& value, std::string_view what, std::size_t least,
                    std::size_t most) {
  const std::size_t length = code_points(value.text());
  if (value && !value.is_string()) {
    return error_of(131009, std::string(what) + " must be a string");
  }
  if (length >= least && length <= most) {
    return std::nullopt;
  }
  return error_of(131009, std::string(what) + " length invalid. Min length: " +
                              std::to_string(least) + ", Max length: " + std::to_string(most));
}

Refusal check_buttons(const json::Value& action) {
  const json::Value buttons = action["buttons"];
  if (buttons.size() < 1 || buttons.size() > kButtonsMax) {
    return error_of(131009,
                    "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3");
  }
  std::set<std::string> ids;
  std::set<std::string> titles;
  for (const json::Value button : buttons) {
    const json::Value reply = button["reply"];
    if (button["type"].text() != "reply" || !reply.is_object()) {
      return error_of(131009, "Button type must be reply");
    }
    if (auto refused = check_label(reply["title"], "Button title", 1, 20)) {
      return refused;
    }
    if (auto refused = check_label(reply["id"], "Button id", 1, 256)) {
      return refused;
    }
    if (!ids.emplace(reply["id"].text()).second) {
      return error_of(131009, "Duplicate button id");
    }
    if (!titles.emplace(reply["title"].text()).second) {
      return error_of(131009, "Duplicate button title");
    }
  }
  return std::nullopt;
}

Refusal check_rows(const json::Value& section, std::set<std::string>& ids) {
  for (const json::Value row : section["rows"]) {
    if (auto refused = check_label(row["title"], "Row title", 1, 24)) {
      return refused;
    }
    if (auto refused = check_label(row["id"], "Row id", 1, 200)) {
      return refused;
    }
    if (auto refused = check_label(row["description"], "Row description", 0, 72)) {
      return refused;
    }
    if (!ids.emplace(row["id"].text()).second) {
      return error_of(131009, "Duplicate row id");
    }
  }
  return std::nullopt;
}

Refusal check_list(const json::Value& action) {
  if (auto refused = check_label(action["button"], "List button", 1, 20)) {
    return refused;
  }
  const json::Value sections = action["sections"];
  if (sections.size() < 1 || sections.size() > kSectionsMax) {
    return error_of(131009, "Invalid sections count. Min: 1, Max: 10");
  }
  std::set<std::string> ids;
  std::size_t rows = 0;
  for (const json::Value section : sections) {
    const std::size_t title_least = sections.size() > 1 ? 1 : 0;
    if (auto refused = check_label(section["title"], "Section title", title_least, 24)) {
      return refused;
    }
    rows += section["rows"].size();
    if (section["rows"].size() == 0 || rows > kRowsMax) {
      return error_of(131009, "Total row count exceed max allowed count: 10");
    }
    if (auto refused = check_rows(section, ids)) {
      return refused;
    }
  }
  return std::nullopt;
}

Refusal check_link_button(const json::Value& action) {
  if (action["name"].text() != "cta_url") {
    return error_of(131009, "Action name must be cta_url");
  }
  const json::Value parameters = action["parameters"];
  if (auto refused = check_label(parameters["display_text"], "Button display text", 1, 20)) {
    return refused;
  }
  if (!parameters["url"].text().starts_with("http")) {
    return error_of(131009, "Button url is not valid");
  }
  return std::nullopt;
}

Refusal check_header(const json::Value& header) {
  if (!header) {
    return std::nullopt;
  }
  const std::string_view type = header["type"].text();
  if (type == "text") {
    return check_label(header["text"], "Header text", 1, 60);
  }
  if (type == "image" || type == "video" || type == "document") {
    return check_media_source(header[type], "interactive['header']");
  }
  return error_of(131009, "Header type is not valid");
}

/// Newline, tab, or more than four blanks in a row.
bool is_forbidden_in_template(std::string_view text) {
  return text.find_first_of("\n\r\t") != std::string_view::npos ||
         text.find("     ") != std::string_view::npos;
}

Refusal check_parameter(const json::Value& parameter) {
  const std::string_view type = parameter["type"].text();
  if (type == "text") {
    if (!parameter["text"].is_string() || parameter["text"].text().empty()) {
      return missing("template parameter text");
    }
    if (is_forbidden_in_template(parameter["text"].text())) {
      return bad_parameter(
          "Param text cannot have new-line/tab characters or more than 4 "
          "consecutive spaces");
    }
    return std::nullopt;
  }
  if (type == "image" || type == "video" || type == "document") {
    return check_media_source(parameter[type], "template parameter");
  }
  if (type.empty()) {
    return missing("template parameter type");
  }
  return std::nullopt;  // payload, currency, date_time, action …: passed through.
}

Refusal check_component(const json::Value& component) {
  constexpr std::array<std::string_view, 6> kTypes{"header", "body",    "footer",
                                                   "button", "buttons", "carousel"};
  const std::string_view type = component["type"].text();
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
    return bad_parameter("Param template['components']['type'] is not valid.");
  }
  if (type == "button" && (component["sub_type"].text().empty() || !component["index"])) {
    return missing("template['components']['sub_type'] and ['index']");
  }
  for (const json::Value parameter : component["parameters"]) {
    if (auto refused = check_parameter(parameter)) {
      return refused;
    }
  }
  return std::nullopt;
}

}  // namespace

Refusal check_interactive(const json::Value& interactive) {
  const std::string_view type = interactive["type"].text();
  const json::Value action = interactive["action"];
  if (type.empty()) {
    return missing("interactive['type']");
  }
  if (!action.is_object()) {
    return missing("interactive['action']");
  }
  const bool is_list = type == "list";
  const bool needs_body = is_list || type == "button" || type == "cta_url" ||
                          type == "location_request_message" || type == "request_contact_info";
  if (auto refused = check_label(interactive["body"]["text"], "Body text", needs_body ? 1 : 0,
                                 is_list ? 4096 : 1024)) {
    return refused;
  }
  if (auto refused = check_label(interactive["footer"]["text"], "Footer text", 0, 60)) {
    return refused;
  }
  if (auto refused = check_header(interactive["header"])) {
    return refused;
  }
  if (type == "button") {
    return check_buttons(action);
  }
  if (is_list) {
    return check_list(action);
  }
  if (type == "cta_url") {
    return check_link_button(action);
  }
  if (type == "location_request_message" && action["name"].text() != "send_location") {
    return error_of(131009, "Action name must be send_location");
  }
  constexpr std::array<std::string_view, 7> kOthers{"location_request_message",
                                                    "request_contact_info",
                                                    "flow",
                                                    "product",
                                                    "product_list",
                                                    "catalog_message",
                                                    "carousel"};
  if (std::find(kOthers.begin(), kOthers.end(), type) == kOthers.end()) {
    return error_of(131009, "Interactive type is not valid");
  }
  return std::nullopt;
}

Refusal check_template(const json::Value& form) {
  if (auto refused = check_text(form["name"], "template['name']", 1, 512)) {
    return refused;
  }
  if (auto refused = check_text(form["language"]["code"], "template['language']['code']", 2, 16)) {
    return refused;
  }
  for (const json::Value component : form["components"]) {
    if (auto refused = check_component(component)) {
      return refused;
    }
  }
  return std::nullopt;
}

}  // namespace jackfield::sim::meta
