#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/model/ids.h"
#include "core/model/message.h"

namespace jackfield::plugin_host {

/// One part on its way out.
struct OutboundPart {
  model::AccountId account;
  model::MessageId message;
  std::uint32_t part_index = 0, part_total = 1;
  int attempt = 1;
  std::string address, reply_to;
  model::Part part;
  model::UnixMs deadline_ms = 0, last_inbound_ms = 0;
  std::string ext_json;
};

/// How one attempt ended, as the plugin read the provider's answer (or as the host knows).
enum class OutcomeKind : std::uint8_t {
  accepted,
  not_sent,         ///< Never left, or the provider said it did nothing: try again.
  throttled,        ///< As not_sent; wait retry_after and slow down; does not count as an attempt.
  busy,             ///< The plugin took nothing: offer again soon; does not count as an attempt.
  refused,          ///< For good.
  refused_account,  ///< Credentials: the account pauses, the message waits.
  unknown,          ///< It may have arrived.
};
struct Outcome {
  OutcomeKind kind = OutcomeKind::unknown;
  std::string external_id;
  std::int32_t provider_code = 0;
  std::chrono::milliseconds retry_after{0};
  std::string detail, ext_json;
};
using OnOutcome = std::function<void(Outcome)>;  ///< Exactly once; any thread.

}  // namespace jackfield::plugin_host
