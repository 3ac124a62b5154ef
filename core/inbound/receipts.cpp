#include "core/inbound/receipts.h"

#include <charconv>
#include <string>
#include <utility>

#include "core/model/event_data.h"
#include "jackfield/json.h"

namespace jackfield::inbound {

using model::Message;
using model::MessageId;
using model::MessageStatus;
using store::SentPart;

namespace {

/// The correlator that went out with a part: "<message>" for the first, "<message>/<index>" for the
/// others.
std::optional<SentPart> part_of_correlator(std::string_view correlator) {
  const auto slash = correlator.find('/');
  const auto message = MessageId::parse(correlator.substr(0, slash));
  if (!message) {
    return std::nullopt;
  }
  SentPart part;
  part.message = *message;
  if (slash != std::string_view::npos) {
    const std::string_view digits = correlator.substr(slash + 1);
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), part.part_index);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) {
      return std::nullopt;
    }
  }
  return part;
}

/// A part that a receipt speaks of has left: it needs no place in the outbox any more.
bool leave_outbox(store::Transaction& tx, const SentPart& part, MessageStatus status) {
  for (const store::OutboxRow& row : tx.outbox_of(part.message)) {
    // While an attempt is under way its own answer settles the row.
    const bool is_settled_by_this =
        row.state == store::OutboxState::unknown && status != MessageStatus::pending;
    if (row.part_index == part.part_index && is_settled_by_this) {
      tx.remove_outbox(row.id);
      return true;
    }
  }
  return false;
}

std::string status_data(const Message& message, std::uint32_t part_index,
                        const store::Receipt& receipt) {
  json::Writer data;
  data.begin_object()
      .field("id", message.id.text())
      .field("conversation", message.id.conversation.text())
      .field("status", model::name_of(message.status))
      .field("part", static_cast<std::int64_t>(part_index))
      .field("part_status", model::name_of(message.part_status[part_index]))
      .optional_field("external_id", receipt.external_id)
      .optional_field("detail", receipt.detail);
  if (receipt.provider_code != 0) {
    data.field("provider_code", static_cast<std::int64_t>(receipt.provider_code));
  }
  if (receipt.provider_ms != 0) {
    data.field("provider_time", receipt.provider_ms);
  }
  data.end_object();
  return data.take();
}

}  // namespace

bool raise_part(store::Transaction& tx, const SentPart& part, const store::Receipt& receipt,
                model::UnixMs now) {
  auto message = tx.message(part.message);
  if (!message || part.part_index >= message->part_status.size() ||
      !model::raises(message->part_status[part.part_index], receipt.status)) {
    return false;
  }
  message->part_status[part.part_index] = receipt.status;
  message->status = model::combined(message->part_status);
  if (!receipt.detail.empty()) {
    message->detail = receipt.detail;
  }
  if (part.part_index == 0 && !receipt.external_id.empty()) {
    message->external_id = receipt.external_id;
  }
  tx.update_message(*message);
  const auto conversation = tx.conversation(message->id.conversation);
  if (conversation) {
    model::Event event = model::message_event("jf.message.status", *conversation, *message, now);
    event.data = status_data(*message, part.part_index, receipt);
    tx.append_event(std::move(event));
  }
  return true;
}

ReceiptEffect apply_receipt(store::Transaction& tx, const model::AccountId& account,
                            const store::Receipt& receipt, model::UnixMs now) {
  auto part =
      receipt.external_id.empty() ? std::nullopt : tx.find_sent(account, receipt.external_id);
  if (!part) {
    part = part_of_correlator(receipt.correlator);
    const auto conversation = part ? tx.conversation(part->message.conversation) : std::nullopt;
    if (!conversation || conversation->account != account || !tx.message(part->message)) {
      part.reset();  // Not ours: a correlator is only as good as the signature of the account that
                     // sent it.
    } else if (!receipt.external_id.empty()) {
      tx.add_sent(account, receipt.external_id, *part);
    }
  }
  if (!part) {
    if (!receipt.external_id.empty()) {
      tx.add_early_receipt(account, receipt, now);
      return ReceiptEffect::kept;
    }
    return ReceiptEffect::none;
  }
  const bool is_raised = raise_part(tx, *part, receipt, now);
  if (leave_outbox(tx, *part, receipt.status)) {
    return ReceiptEffect::settled;
  }
  return is_raised ? ReceiptEffect::raised : ReceiptEffect::none;
}

ReceiptEffect apply_watermark(store::Transaction& tx, const model::AccountId& account,
                              std::string_view address, MessageId up_to,
                              const store::Receipt& receipt, model::UnixMs now) {
  ReceiptEffect effect = ReceiptEffect::none;
  const auto behind =
      tx.outbound_below(account, address, up_to, receipt.provider_ms, receipt.status);
  // Newest first from the store; oldest first in the journal.
  for (auto id = behind.rbegin(); id != behind.rend(); ++id) {
    const auto message = tx.message(*id);
    for (std::uint32_t i = 0; message && i < message->part_status.size(); ++i) {
      const bool has_left = message->part_status[i] != MessageStatus::pending;
      if (has_left && raise_part(tx, SentPart{*id, i}, receipt, now)) {
        effect = ReceiptEffect::raised;
      }
    }
  }
  return effect;
}

}  // namespace jackfield::inbound
