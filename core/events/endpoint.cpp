#include "core/events/endpoint.h"

#include <array>

namespace jackfield::events {
namespace {

constexpr std::array<std::string_view, 4> kRoleNames = {"subscriber", "agent_client", "router",
                                                        "operator"};
/// When a client that was told BUSY should ask again.
constexpr std::int64_t kBusyRetryMs = 500;

}  // namespace

std::string_view name_of(Role role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> parse_role(std::string_view text) {
  for (std::size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == text) {
      return static_cast<Role>(i);
    }
  }
  return std::nullopt;
}

std::string_view wire_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "BAD";
    case ErrorCode::denied:
      return "DENIED";
    case ErrorCode::not_found:
      return "NOT_FOUND";
    case ErrorCode::conflict:
      return "CONFLICT";
    case ErrorCode::throttled:
      return "BUSY";
    case ErrorCode::rejected:
    case ErrorCode::unreachable:
    case ErrorCode::fate_unknown:
    case ErrorCode::internal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

std::string error_json(const RequestError& error) {
  json::Writer out;
  out.begin_object().field("code", wire_code(error.code)).field("text", error.text);
  bool has_retry = false;
  if (const auto details = json::Document::parse(error.details.empty() ? "{}" : error.details)) {
    const json::Value members = details->root();
    for (auto it = members.begin(); it != members.end(); ++it) {
      if (it.key() != "code" && it.key() != "text") {
        has_retry = has_retry || it.key() == "retry_ms";
        out.raw_field(it.key(), (*it).dump());
      }
    }
  }
  if (error.code == ErrorCode::throttled && !has_retry) {
    out.field("retry_ms", kBusyRetryMs);
  }
  return out.end_object().take();
}

std::string Answer::json() const {
  return error_ ? error_json(*error_) : json_;
}

}  // namespace jackfield::events
