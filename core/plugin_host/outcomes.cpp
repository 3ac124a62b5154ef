#include "core/plugin_host/outcomes.h"

#include <algorithm>
#include <cstring>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/values.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::uint32_t kRetryAfterMsMax = 24 * 3600 * 1000;

bool is_json_object(const std::string& text) {
  const Result<json::Document> document = json::Document::parse(text);
  return document && document->root().is_object();
}

}  // namespace

OutcomeKind outcome_kind(jf_status status, Said said) {
  switch (status) {
    case JF_OK:
      return OutcomeKind::accepted;
    case JF_E_UNREACHABLE:
    case JF_E_TRANSIENT:
      return OutcomeKind::not_sent;
    case JF_E_RATE:
      return OutcomeKind::throttled;
    case JF_E_BUSY:
    case JF_E_CLOSED:
      return OutcomeKind::busy;
    case JF_E_AUTH:
      return OutcomeKind::refused_account;
    case JF_E_UNKNOWN:
    case JF_E_TIMEOUT:
      return OutcomeKind::unknown;
    case JF_E_INVALID:
    case JF_E_UNSUPPORTED:
    case JF_E_PERMANENT:
    case JF_E_NOT_FOUND:
    case JF_E_TOO_LARGE:
    case JF_E_STALE:
    case JF_E_ABI:
    case JF_E_WINDOW:
      return OutcomeKind::refused;
    default:
      return said == Said::before_sending ? OutcomeKind::not_sent : OutcomeKind::unknown;
  }
}

Outcome copy_outcome(jf_status status, const jf_outcome& from, const jf_error* error, Said said) {
  Outcome outcome;
  outcome.kind = outcome_kind(status, said);
  Refusal ignored;
  outcome.external_id = copy_text(from.external_id, model::kIdBytesMax, "external_id", ignored);
  outcome.provider_code = from.provider_code;
  std::uint32_t retry_after_ms = from.retry_after_ms;
  outcome.detail =
      clean_line(copy_text(from.detail, model::kTextBytesMax, "detail", ignored), kDetailBytesMax);
  outcome.ext_json = copy_text(from.ext_json, model::kExtBytesMax, "ext_json", ignored);
  if (!outcome.ext_json.empty() && !is_json_object(outcome.ext_json)) {
    outcome.ext_json.clear();
  }
  if (error != nullptr && status < 0) {
    if (outcome.detail.empty()) {
      const std::size_t length = ::strnlen(error->message, sizeof error->message);
      outcome.detail = clean_line(json::valid_utf8({error->message, length}), kDetailBytesMax);
    }
    outcome.provider_code =
        outcome.provider_code != 0 ? outcome.provider_code : error->provider_code;
    retry_after_ms = std::max(retry_after_ms, error->retry_after_ms);
  }
  outcome.retry_after = std::chrono::milliseconds(std::min(retry_after_ms, kRetryAfterMsMax));
  return outcome;
}

}  // namespace jackfield::plugin_host
