#include "core/outbound/outbox.h"

#include <algorithm>
#include <utility>

#include "core/model/event_data.h"
#include "jackfield/json.h"

namespace jackfield::outbound {

using model::Conversation;
using model::Message;
using model::MessageId;
using model::MessageStatus;
using plugin_host::Outcome;
using plugin_host::OutcomeKind;
using store::OutboxRow;
using store::OutboxState;
using store::Refused;
using store::Transaction;

namespace {

constexpr std::chrono::milliseconds kBusyDelay{200};

store::OutboxRow new_row(const Conversation& conversation, const Message& message,
                         std::size_t index, int priority, model::UnixMs expires_ms,
                         model::UnixMs now) {
  OutboxRow row;
  row.message = message.id;
  row.part_index = static_cast<std::uint32_t>(index);
  row.part_total = static_cast<std::uint32_t>(message.parts.size());
  row.account = conversation.account;
  row.not_before_ms = now;
  row.expires_ms = expires_ms;
  row.priority = priority;
  return row;
}

/// Sets one part's status if that says more than is known, and tells consumers.
void set_status(Transaction& tx, const OutboxRow& row, MessageStatus status, const Outcome& outcome,
                model::UnixMs now) {
  auto message = tx.message(row.message);
  const auto conversation = message ? tx.conversation(message->id.conversation) : std::nullopt;
  if (!conversation || row.part_index >= message->part_status.size() ||
      !model::raises(message->part_status[row.part_index], status)) {
    return;
  }
  message->part_status[row.part_index] = status;
  message->status = model::combined(message->part_status);
  message->detail = outcome.detail;
  if (row.part_index == 0 && !outcome.external_id.empty()) {
    message->external_id = outcome.external_id;
  }
  tx.update_message(*message);
  json::Writer data;
  data.begin_object()
      .field("id", message->id.text())
      .field("conversation", message->id.conversation.text())
      .field("status", model::name_of(message->status))
      .field("part", static_cast<std::int64_t>(row.part_index))
      .field("part_status", model::name_of(status))
      .field("attempt", static_cast<std::int64_t>(row.attempt))
      .optional_field("external_id", outcome.external_id)
      .optional_field("detail", outcome.detail);
  if (outcome.provider_code != 0) {
    data.field("provider_code", static_cast<std::int64_t>(outcome.provider_code));
  }
  data.end_object();
  model::Event event = model::message_event("jf.message.status", *conversation, *message, now);
  event.data = data.take();
  tx.append_event(std::move(event));
}

/// Receipts that came before the provider's answer now find their part (P5).
void join_early_receipts(Transaction& tx, const OutboxRow& row, const Outcome& outcome,
                         model::UnixMs now) {
  for (const store::Receipt& receipt : tx.take_early_receipts(row.account, outcome.external_id)) {
    Outcome said;
    said.external_id = receipt.external_id;
    said.provider_code = receipt.provider_code;
    said.detail = receipt.detail;
    set_status(tx, row, receipt.status, said, now);
  }
}

}  // namespace

Promised promise(Transaction& tx, const Conversation& conversation, const Draft& draft,
                 model::UnixMs now) {
  Message message;
  message.id.conversation = conversation.id;
  message.direction = model::Direction::outbound;
  message.status = MessageStatus::pending;
  message.created_ms = now;
  message.reply_to = draft.reply_to;
  message.author = draft.author;
  message.parts = draft.parts;
  message.part_status.assign(draft.parts.size(), MessageStatus::pending);
  message.id = tx.append_message(message);
  Promised promised;
  promised.message = message.id;
  for (std::size_t i = 0; i < draft.parts.size(); ++i) {
    OutboxRow row = new_row(conversation, message, i, draft.priority, draft.expires_ms, now);
    row.id = tx.add_outbox(row);
    promised.rows.push_back(std::move(row));
  }
  tx.append_event(model::message_event("jf.message.pending", conversation, message, now));
  return promised;
}

Promised promise_again(Transaction& tx, MessageId id, model::UnixMs expires_ms, model::UnixMs now) {
  auto message = tx.message(id);
  const auto conversation = message ? tx.conversation(id.conversation) : std::nullopt;
  if (!conversation || message->direction != model::Direction::outbound) {
    throw Refused(Error{ErrorCode::not_found, "no outbound message " + id.text()});
  }
  if (!tx.outbox_of(id).empty()) {
    throw Refused(Error{ErrorCode::conflict, "message " + id.text() + " is still being sent"});
  }
  const auto may_go_again = [](MessageStatus status) {
    return status == MessageStatus::unknown || status == MessageStatus::failed ||
           status == MessageStatus::expired;
  };
  Promised promised;
  promised.message = id;
  for (std::size_t i = 0; i < message->part_status.size(); ++i) {
    MessageStatus& status = message->part_status[i];
    if (!may_go_again(status)) {
      continue;
    }
    message->possible_duplicate = message->possible_duplicate || status == MessageStatus::unknown;
    status = MessageStatus::pending;
    OutboxRow row = new_row(*conversation, *message, i, 0, expires_ms, now);
    row.attempt =
        1;  // The one before: what goes out now says that the provider may already have it.
    row.id = tx.add_outbox(row);
    promised.rows.push_back(std::move(row));
  }
  if (promised.rows.empty()) {
    throw Refused(Error{ErrorCode::conflict,
                        "message " + id.text() + " has been accepted: nothing to repeat"});
  }
  message->status = model::combined(message->part_status);
  message->detail.clear();
  tx.update_message(*message);
  tx.append_event(model::message_event("jf.message.pending", *conversation, *message, now));
  return promised;
}

std::optional<plugin_host::OutboundPart> begin_attempt(Transaction& tx, const OutboxRow& row,
                                                       model::UnixMs now) {
  const std::vector<OutboxRow> standing = tx.outbox_of(row.message);
  const auto found = std::find_if(standing.begin(), standing.end(),
                                  [&row](const OutboxRow& other) { return other.id == row.id; });
  if (found == standing.end()) {
    return std::nullopt;  // A receipt settled it while it waited.
  }
  OutboxRow current = *found;
  const auto message = tx.message(row.message);
  const auto conversation = message ? tx.conversation(row.message.conversation) : std::nullopt;
  if (!conversation || row.part_index >= message->parts.size()) {
    tx.remove_outbox(row.id);
    return std::nullopt;
  }
  if (current.expires_ms != 0 && current.expires_ms <= now) {
    Outcome outcome;
    outcome.detail = "not sent in time";
    set_status(tx, current, MessageStatus::expired, outcome, now);
    tx.remove_outbox(row.id);
    return std::nullopt;
  }
  current.state = OutboxState::sending;
  ++current.attempt;
  current.attempt_ms = now;
  tx.update_outbox(current);
  plugin_host::OutboundPart part;
  part.account = current.account;
  part.message = current.message;
  part.part_index = current.part_index;
  part.part_total = current.part_total;
  part.attempt = current.attempt;
  part.address = conversation->address_text;
  part.reply_to = message->reply_to;
  part.part = message->parts[current.part_index];
  part.deadline_ms = current.expires_ms;
  part.last_inbound_ms = conversation->last_inbound_ms;
  return part;
}

Verdict judge(const OutboxRow& row, const Outcome& outcome, const RetryPolicy& policy,
              double jitter, std::chrono::milliseconds reconcile_window) {
  Verdict verdict;
  switch (outcome.kind) {
    case OutcomeKind::accepted:
    case OutcomeKind::refused:
      return verdict;
    case OutcomeKind::not_sent: {
      const auto delay = policy.delay_after(row.attempt, jitter);
      if (delay) {
        verdict.next = Verdict::Next::again;
        verdict.delay = std::max(*delay, std::min(outcome.retry_after, policy.retry_after_max));
      }
      return verdict;
    }
    case OutcomeKind::throttled:
      verdict.next = Verdict::Next::again;
      verdict.delay = policy.throttle_delay(outcome.retry_after);
      verdict.is_throttled = true;
      return verdict;
    case OutcomeKind::busy:
      verdict.next = Verdict::Next::again;
      verdict.delay = kBusyDelay;
      return verdict;
    case OutcomeKind::refused_account:
      verdict.next = Verdict::Next::account_refused;
      return verdict;
    case OutcomeKind::unknown:
      verdict.next = Verdict::Next::hold_unknown;
      verdict.delay = reconcile_window;
      return verdict;
  }
  return verdict;
}

void record(Transaction& tx, const OutboxRow& row, const Outcome& outcome, const Verdict& verdict,
            model::UnixMs now) {
  const bool is_accepted = outcome.kind == OutcomeKind::accepted;
  if (is_accepted && !outcome.external_id.empty()) {
    tx.add_sent(row.account, outcome.external_id, store::SentPart{row.message, row.part_index});
  }
  switch (verdict.next) {
    case Verdict::Next::finished:
      set_status(tx, row, is_accepted ? MessageStatus::accepted : MessageStatus::failed, outcome,
                 now);
      tx.remove_outbox(row.id);
      if (is_accepted && !outcome.external_id.empty()) {
        join_early_receipts(tx, row, outcome, now);
      }
      return;
    case Verdict::Next::again:
    case Verdict::Next::account_refused: {
      OutboxRow waiting = row;
      waiting.state = OutboxState::queued;
      const bool was_an_attempt = outcome.kind == OutcomeKind::not_sent;
      waiting.attempt = was_an_attempt ? row.attempt : row.attempt - 1;
      waiting.not_before_ms = now + verdict.delay.count();
      tx.update_outbox(waiting);
      return;
    }
    case Verdict::Next::hold_unknown: {
      OutboxRow held = row;
      held.state = OutboxState::unknown;
      held.not_before_ms = now + verdict.delay.count();
      tx.update_outbox(held);
      set_status(tx, row, MessageStatus::unknown, outcome, now);
      return;
    }
  }
}

void record_interrupted(Transaction& tx, const OutboxRow& row, model::UnixMs now,
                        model::UnixMs window_end) {
  Outcome outcome;
  outcome.kind = OutcomeKind::unknown;
  outcome.detail = "the broker stopped while this was being sent: it may have arrived";
  Verdict verdict;
  verdict.next = Verdict::Next::hold_unknown;
  verdict.delay = std::chrono::milliseconds(window_end - now);
  record(tx, row, outcome, verdict, now);
}

void give_up_waiting(Transaction& tx, const OutboxRow& row) {
  tx.remove_outbox(row.id);
}

}  // namespace jackfield::outbound
