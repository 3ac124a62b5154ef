#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/net/http.h"
#include "jackfield/json.h"

namespace jackfield::sim::meta {

/// A refusal as the Graph API words it.
struct GraphError {
  int status = 400;
  std::int64_t code = 100;
  std::int64_t subcode = 0;  ///< 0: left out.
  std::string type = "OAuthException";
  std::string message;  ///< With its "(#code) " in front where Meta puts it.
  std::string details;  ///< error_data.details; empty: left out.
  bool is_transient = false;
};

/// The refusal of a known code, with Meta's title and usual HTTP status; an unknown code gets a
/// plain one.
[[nodiscard]] GraphError error_of(std::int64_t code, std::string_view details = {});
/// "(#100) <text>": a parameter is wrong.
[[nodiscard]] GraphError bad_parameter(std::string_view text);
[[nodiscard]] GraphError bad_token();
/// An object that does not exist or that the token may not see.
[[nodiscard]] GraphError no_such_object(std::string_view method, std::string_view id);

[[nodiscard]] net::HttpResponse refusal(const GraphError& error);
/// One element of a status's errors[].
void write_status_error(json::Writer& out, std::int64_t code, std::string_view details);

}  // namespace jackfield::sim::meta
