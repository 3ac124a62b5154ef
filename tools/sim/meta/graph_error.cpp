#include "tools/sim/meta/graph_error.h"

#include <algorithm>
#include <array>

#include "tools/sim/digest.h"

namespace jackfield::sim::meta {
namespace {

struct Known {
  std::int64_t code;
  int status;
  std::string_view title;
};

// Codes and titles as Meta's error page lists them (read March to September 2026); the numbers are
// the contract, the texts change.
constexpr std::array<Known, 44> kKnown{{
    {0, 401, "AuthException"},
    {1, 400, "API Unknown"},
    {2, 503, "API Service"},
    {3, 500, "API Method"},
    {4, 400, "API Too Many Calls"},
    {10, 403, "Permission Denied"},
    {33, 400, "Parameter value is not valid"},
    {100, 400, "Invalid parameter"},
    {190, 401, "Access token has expired"},
    {200, 403, "API Permission"},
    {368, 403, "Temporarily blocked for policies violations"},
    {80007, 400, "Rate limit issues"},
    {130429, 400, "Rate limit hit"},
    {130472, 400, "User's number is part of an experiment"},
    {130497, 403, "Business account is restricted from messaging users in this country"},
    {131000, 500, "Something went wrong"},
    {131005, 403, "Access denied"},
    {131008, 400, "Required parameter is missing"},
    {131009, 400, "Parameter value is not valid"},
    {131016, 500, "Service unavailable"},
    {131021, 400, "Recipient cannot be sender"},
    {131026, 400, "Message undeliverable"},
    {131030, 400, "Recipient phone number not in allowed list"},
    {131031, 403, "Account has been locked"},
    {131037, 400, "Display name approval needed"},
    {131042, 400, "Business eligibility payment issue"},
    {131045, 500, "Incorrect certificate"},
    {131047, 400, "Re-engagement message"},
    {131048, 400, "Spam rate limit hit"},
    {131049, 400, "Meta chose not to deliver"},
    {131050, 400, "User has stopped receiving marketing messages"},
    {131051, 400, "Unsupported message type"},
    {131052, 400, "Media download error"},
    {131053, 400, "Media upload error"},
    {131056, 400, "(Business Account, Consumer Account) pair rate limit hit"},
    {131057, 500, "Account in maintenance mode"},
    {132000, 400, "Template parameter count mismatch"},
    {132001, 404, "Template does not exist"},
    {132005, 400, "Template hydrated text too long"},
    {132007, 400, "Template format character policy violated"},
    {132012, 400, "Template parameter format mismatch"},
    {132015, 400, "Template is paused"},
    {133010, 400, "Phone number not registered"},
    {135000, 400, "Generic user error"},
}};

const Known* find_known(std::int64_t code) {
  const auto* at = std::find_if(kKnown.begin(), kKnown.end(),
                                [&](const Known& known) { return known.code == code; });
  return at == kKnown.end() ? nullptr : at;
}

std::string numbered(std::int64_t code, std::string_view text) {
  return "(#" + std::to_string(code) + ") " + std::string(text);
}

}  // namespace

GraphError error_of(std::int64_t code, std::string_view details) {
  const Known* known = find_known(code);
  GraphError error;
  error.code = code;
  error.status = known != nullptr ? known->status : 400;
  error.message = numbered(code, known != nullptr ? known->title : "Something went wrong");
  error.details = details;
  error.is_transient = code == 1 || code == 2 || code == 131000 || code == 131016;
  return error;
}

GraphError bad_parameter(std::string_view text) {
  GraphError error;
  error.message = numbered(100, text);
  return error;
}

GraphError bad_token() {
  GraphError error;
  error.status = 401;
  error.code = 190;
  error.message = "Invalid OAuth access token - Cannot parse access token";
  return error;
}

GraphError no_such_object(std::string_view method, std::string_view id) {
  GraphError error;
  error.type = "GraphMethodException";
  error.subcode = 33;
  error.message = "Unsupported " + std::string(method) + " request. Object with ID '" +
                  std::string(id) +
                  "' does not exist, cannot be loaded due to missing permissions, or does not "
                  "support this operation. Please read the Graph API documentation at "
                  "https://developers.facebook.com/docs/graph-api";
  return error;
}

net::HttpResponse refusal(const GraphError& error) {
  json::Writer out;
  out.begin_object().key("error").begin_object();
  out.field("message", error.message).field("type", error.type).field("code", error.code);
  if (error.subcode != 0) {
    out.field("error_subcode", error.subcode);
  }
  if (error.is_transient) {
    out.flag("is_transient", true);
  }
  if (!error.details.empty()) {
    out.key("error_data").begin_object().field("messaging_product", "whatsapp");
    out.field("details", error.details).end_object();
  }
  out.field("fbtrace_id", "A" + hex(random_bytes(11))).end_object().end_object();
  net::HttpResponse response;
  response.status = error.status;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  response.body = out.take();
  return response;
}

void write_status_error(json::Writer& out, std::int64_t code, std::string_view details) {
  const Known* known = find_known(code);
  const std::string_view title = known != nullptr ? known->title : "Something went wrong";
  out.begin_object().field("code", code).field("title", title).field("message", title);
  out.key("error_data").begin_object();
  out.field("details", details.empty() ? title : details).end_object();
  out.field("href", "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/");
  out.end_object();
}

}  // namespace jackfield::sim::meta
