#include "tools/sim/meta/payload.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdio>

#include "jackfield/json.h"
#include "tools/sim/digest.h"
#include "tools/sim/meta/graph_error.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::int64_t kConversationSeconds = 24 * 3600;

void append_escape(std::string& out, std::uint32_t unit) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unit & 0xFFFFU);
  out += text.data();
}

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x10000) {
    return append_escape(out, point);
  }
  append_escape(out, 0xD800U + ((point - 0x10000U) >> 10U));
  append_escape(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
}

/// Decodes one sequence of valid UTF-8 at `at` and moves behind it.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const std::uint32_t lead = byte(at);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    point = (point << 6U) | (byte(at + k) & 0x3FU);
  }
  at += length;
  return point;
}

void write_raw_list(json::Writer& out, std::string_view name,
                    const std::vector<std::string>& elements) {
  if (elements.empty()) {
    return;
  }
  out.key(name).begin_array();
  for (const std::string& element : elements) {
    out.raw(element);
  }
  out.end_array();
}

void write_change(json::Writer& out, const Change& change) {
  out.begin_object().key("value").begin_object().field("messaging_product", "whatsapp");
  out.key("metadata").begin_object();
  out.field("display_phone_number", change.line.display_phone_number);
  out.field("phone_number_id", change.line.phone_number_id).end_object();
  write_raw_list(out, "contacts", change.contacts);
  write_raw_list(out, "messages", change.messages);
  write_raw_list(out, "statuses", change.statuses);
  out.end_object().field("field", "messages").end_object();
}

}  // namespace

std::string ascii_escaped(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  for (std::size_t at = 0; at < json.size();) {
    const auto byte = static_cast<unsigned char>(json[at]);
    if (byte >= 0x80) {
      append_code_point(out, next_code_point(json, at));
    } else if (byte == '/') {
      out += "\\/";  // A slash stands only inside strings.
      ++at;
    } else if (byte == '\\' && json.substr(at, 2) == "\\u") {
      for (const char letter : json.substr(at, 6)) {
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
      }
      at += 6;
    } else if (byte == '\\') {
      out += json.substr(at, 2);
      at += 2;
    } else {
      out += static_cast<char>(byte);
      ++at;
    }
  }
  return out;
}

std::string webhook_body(const std::vector<Change>& changes) {
  std::vector<std::string> wabas;
  for (const Change& change : changes) {
    if (std::find(wabas.begin(), wabas.end(), change.line.waba) == wabas.end()) {
      wabas.push_back(change.line.waba);
    }
  }
  json::Writer out;
  out.begin_object().field("object", "whatsapp_business_account").key("entry").begin_array();
  for (const std::string& waba : wabas) {
    out.begin_object().field("id", waba).key("changes").begin_array();
    for (const Change& change : changes) {
      if (change.line.waba == waba) {
        write_change(out, change);
      }
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return ascii_escaped(out.take());
}

std::string contact_json(std::string_view name, std::string_view wa_id, std::string_view user_id,
                         std::string_view username) {
  json::Writer out;
  out.begin_object().key("profile").begin_object().field("name", name);
  out.optional_field("username", username).end_object();
  return out.optional_field("wa_id", wa_id).optional_field("user_id", user_id).end_object().take();
}

std::string new_wamid() {
  return "wamid." + base64(std::string("\x1d\x04", 2) + random_bytes(38));
}

std::string status_json(const StatusFacts& facts) {
  const std::string seconds = std::to_string(facts.unix_seconds);
  json::Writer out;
  out.begin_object().field("id", facts.wamid).field("status", facts.status);
  out.field("timestamp", seconds);
  out.field(facts.recipient_is_user_id ? "recipient_user_id" : "recipient_id", facts.recipient);
  out.optional_field("biz_opaque_callback_data", facts.correlator);
  if (facts.status == "failed") {
    out.key("errors").begin_array();
    write_status_error(out, facts.code, facts.details);
    return out.end_array().end_object().take();
  }
  out.key("conversation").begin_object().field("id", facts.conversation);
  if (facts.status == "sent") {
    out.field("expiration_timestamp", std::to_string(facts.unix_seconds + kConversationSeconds));
  }
  out.key("origin").begin_object().field("type", facts.category).end_object().end_object();
  if (facts.has_pricing) {
    out.key("pricing").begin_object().flag("billable", facts.category != "service");
    out.field("pricing_model", "PMP").field("type", "regular");
    out.field("category", facts.category).end_object();
  }
  return out.end_object().take();
}

}  // namespace jackfield::sim::meta
