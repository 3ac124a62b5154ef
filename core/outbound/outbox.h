#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/conversation.h"
#include "core/model/ids.h"
#include "core/model/message.h"
#include "core/outbound/retry_policy.h"
#include "core/plugin_host/outbound_part.h"
#include "core/store/store.h"

/// The outbox: what must be sent, durable, with its fate (P4). All functions run inside a
/// transaction on the writer thread; what they return goes to the Sender.
namespace jackfield::outbound {

/// What an agent or program wants said.
struct Draft {
  std::vector<model::Part> parts;  ///< 1 to model::kPartsMax; each is sent, and ends, on its own.
  std::string reply_to;            ///< External id.
  std::string author;
  int priority = 0;  ///< 0 an agent's reply, 1 bulk.
  model::UnixMs expires_ms = 0;
};

struct Promised {
  model::MessageId message;
  std::vector<store::OutboxRow> rows;
};

/// Makes the message and its outbox rows durable; from here on it has a fate. The conversation must
/// be open.
Promised promise(store::Transaction& tx, const model::Conversation& conversation,
                 const Draft& draft, model::UnixMs now);

/// A person asks for it again after `unknown` or `failed`: the same message, a new attempt of the
/// parts that are not accepted, marked possible_duplicate when one of them may have arrived. Throws
/// Refused otherwise.
Promised promise_again(store::Transaction& tx, model::MessageId id, model::UnixMs expires_ms,
                       model::UnixMs now);

/// Writes "attempt n begins" (before the first byte leaves). Nothing, when the part needs no
/// sending any more: it expired (that fate is written), or somebody removed it.
std::optional<plugin_host::OutboundPart> begin_attempt(store::Transaction& tx,
                                                       const store::OutboxRow& row,
                                                       model::UnixMs now);

/// What the Sender does with the row next.
struct Verdict {
  enum class Next : std::uint8_t { finished, again, hold_unknown, account_refused };
  Next next = Next::finished;
  std::chrono::milliseconds delay{0};
  bool is_throttled = false;  ///< Slow the whole account for `delay`.
};

/// Decides, without I/O, what an outcome means for a row.
Verdict judge(const store::OutboxRow& row, const plugin_host::Outcome& outcome,
              const RetryPolicy& policy, double jitter, std::chrono::milliseconds reconcile_window);

/// Writes the outcome of an attempt as judged.
void record(store::Transaction& tx, const store::OutboxRow& row,
            const plugin_host::Outcome& outcome, const Verdict& verdict, model::UnixMs now);

/// After a restart: an attempt that was under way may have arrived. It is unknown, never repeated
/// blindly. Receipts are waited for until `window_end`.
void record_interrupted(store::Transaction& tx, const store::OutboxRow& row, model::UnixMs now,
                        model::UnixMs window_end);

/// The reconcile window of an unknown part is over: its status stays unknown until a person or a
/// receipt says more.
void give_up_waiting(store::Transaction& tx, const store::OutboxRow& row);

}  // namespace jackfield::outbound
