#include "plugins/whatsapp/answer.h"

#include <algorithm>

#include "jackfield/json.h"
#include "plugins/whatsapp/bounds.h"
#include "plugins/whatsapp/provider_error.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::int64_t kRetryAfterSecondsMax = 24 * 3600;
constexpr std::uint32_t kPairRefusalsMax = 6;  ///< 4^6 s is more than an hour.
constexpr std::uint32_t kThrottleMs = 5'000;   ///< When the provider names no time.

/// Whole seconds; the header's other form, a date, is not used by Graph.
std::uint32_t retry_after_ms(std::string_view header) {
  std::int64_t seconds = 0;
  for (const char c : header) {
    if (c < '0' || c > '9') {
      return 0;
    }
    seconds = std::min(seconds * 10 + (c - '0'), kRetryAfterSecondsMax);
  }
  return static_cast<std::uint32_t>(seconds * 1000);
}

/// WhatsApp asks for 4^n seconds.
std::uint32_t pair_pause_ms(std::uint32_t refusals) {
  const std::uint32_t n = std::clamp(refusals, 1U, kPairRefusalsMax);
  return (1U << (2 * n)) * 1000U;
}

Outcome by_class(const ProviderError& error, const Reply& reply, std::uint32_t pair_refusals) {
  const std::uint32_t asked_ms = retry_after_ms(reply.retry_after);
  const auto failed = [&](jf_status status, std::uint32_t pause_ms = 0) {
    return Outcome::failed(status, error.detail, error.code, pause_ms);
  };
  switch (error.kind) {
    case ErrorClass::throttle:
      return failed(JF_E_RATE, asked_ms != 0 ? asked_ms : kThrottleMs);
    case ErrorClass::pair_throttle:
      return failed(JF_E_RATE, std::max(asked_ms, pair_pause_ms(pair_refusals)));
    case ErrorClass::transient:
      return failed(JF_E_TRANSIENT, asked_ms);
    case ErrorClass::window:
      return failed(JF_E_WINDOW);
    case ErrorClass::account:
      return failed(JF_E_AUTH);
    case ErrorClass::policy:
    case ErrorClass::refused:
      return failed(JF_E_PERMANENT);
    case ErrorClass::unlisted:
      break;
  }
  if (reply.http_status == 429) {
    return failed(JF_E_RATE, asked_ms != 0 ? asked_ms : kThrottleMs);
  }
  if (reply.http_status == 401 || reply.http_status == 403) {
    return failed(JF_E_AUTH);
  }
  return failed(reply.http_status >= 500 || reply.http_status == 408 ? JF_E_UNKNOWN
                                                                     : JF_E_PERMANENT);
}

std::string http_text(int status) {
  return "HTTP " + std::to_string(status);
}

Outcome without_answer(const Reply& reply) {
  switch (reply.status) {
    case JF_E_UNREACHABLE:
      return Outcome::failed(JF_E_UNREACHABLE, "WhatsApp's API could not be reached");
    case JF_E_TOO_LARGE:
      return Outcome::failed(JF_E_UNKNOWN, "the answer was too large to read");
    default:
      return Outcome::failed(JF_E_UNKNOWN, "the request left, and no answer came");
  }
}

/// The error that an answer speaks of, also in a 200; an answer without one has kind unlisted.
ProviderError error_in(const Reply& reply, json::Value root) {
  ProviderError error = read_error(root["error"]);
  if (error.detail.empty()) {
    error.detail = http_text(reply.http_status) + " without a reason";
  }
  return error;
}

Obtained obtain(const Reply& reply, std::string_view member, std::size_t bytes_max) {
  Obtained obtained;
  if (reply.status != JF_OK) {
    obtained.failure = without_answer(reply);
  } else {
    const auto document = json::Document::parse(reply.body);
    const json::Value root = document ? document->root() : json::Value();
    const std::string_view text = root[member].text();
    const bool is_good = reply.http_status >= 200 && reply.http_status < 300 && !root["error"];
    if (is_good && is_id(text, bytes_max)) {
      obtained.text = std::string(text);
      return obtained;
    }
    obtained.failure = by_class(error_in(reply, root), reply, 1);
    if (is_good) {
      obtained.failure =
          Outcome::failed(JF_E_TRANSIENT, "an answer without " + std::string(member));
    }
  }
  if (obtained.failure.status == JF_E_UNKNOWN) {
    obtained.failure.status = JF_E_TRANSIENT;
  }
  return obtained;
}

}  // namespace

Reply reply_of(jf_status status, const HttpResponse* response) {
  Reply reply;
  reply.status = status;
  if (response == nullptr) {
    reply.status = status == JF_OK ? JF_E_UNKNOWN : status;
    return reply;
  }
  reply.http_status = response->status();
  reply.retry_after = response->header_or("retry-after", {});
  reply.body = response->body();
  return reply;
}

Outcome read_send_answer(const Reply& reply, std::uint32_t pair_refusals) {
  if (reply.status != JF_OK) {
    return without_answer(reply);
  }
  const auto document = json::Document::parse(reply.body);
  const json::Value root = document ? document->root() : json::Value();
  const bool is_success = reply.http_status >= 200 && reply.http_status < 300;
  if (root["error"].is_object()) {
    return by_class(error_in(reply, root), reply, pair_refusals);
  }
  if (!is_success) {
    const bool is_refusal = reply.http_status >= 400;
    return is_refusal ? by_class(error_in(reply, root), reply, pair_refusals)
                      : Outcome::failed(JF_E_UNKNOWN, http_text(reply.http_status) +
                                                          ": is api_base the right address?");
  }
  const json::Value message = root["messages"].at(0);
  const std::string_view id = message["id"].text();
  if (!is_id(id, kMessageIdBytesMax)) {
    return Outcome::failed(JF_E_UNKNOWN, "WhatsApp answered " + http_text(reply.http_status) +
                                             " without the message's id");
  }
  Outcome outcome = Outcome::accepted(id);
  json::Writer ext;
  ext.begin_object().optional_field("message_status", message["message_status"].text());
  const json::Value contact = root["contacts"].at(0);
  ext.optional_field("wa_id", contact["wa_id"].text());
  ext.optional_field("user_id", contact["user_id"].text()).end_object();
  outcome.ext_json = ext.take();
  return outcome;
}

bool is_pair_throttle(const Reply& reply) {
  const auto document = json::Document::parse(reply.status == JF_OK ? reply.body : "");
  return document && document->root()["error"].is_object() &&
         read_error(document->root()["error"]).kind == ErrorClass::pair_throttle;
}

Obtained read_upload_answer(const Reply& reply) {
  return obtain(reply, "id", kMessageIdBytesMax);
}

Obtained read_lookup_answer(const Reply& reply) {
  return obtain(reply, "url", kUrlBytesMax);
}

}  // namespace jackfield::whatsapp
