#include "core/inbound/arrival_transaction.h"

#include <utility>

#include "core/inbound/receipts.h"
#include "core/model/event_data.h"
#include "jackfield/json.h"
#include "jackfield/plugin_abi.h"

namespace jackfield::inbound {

using model::AccountId;
using model::Conversation;
using model::Direction;
using model::Message;
using model::MessageId;
using model::MessageStatus;
using model::Part;
using plugin_host::InboundKind;
using plugin_host::InboundValue;
using plugin_host::Stored;

namespace {

/// `json` when it is one JSON object, else an object that says it was not.
std::string checked_object(const std::string& json) {
  if (json.empty()) {
    return json;
  }
  const auto parsed = json::Document::parse(json);
  if (parsed && parsed->root().is_object()) {
    return json;
  }
  json::Writer out;
  out.begin_object().field("unreadable", json).end_object();
  return out.take();
}

std::vector<Part> checked_parts(const std::vector<Part>& parts) {
  std::vector<Part> checked = parts;
  for (Part& part : checked) {
    part.json = checked_object(part.json);
    if (part.kind == model::PartKind::media && part.media_id.empty()) {
      part.attachment =
          part.media_ref.empty() ? model::AttachmentState::failed : model::AttachmentState::pending;
    } else if (part.kind == model::PartKind::media) {
      part.attachment = model::AttachmentState::stored;
    }
  }
  return checked;
}

store::Receipt receipt_of(const InboundValue& value) {
  store::Receipt receipt;
  receipt.status = value.receipt;
  receipt.external_id = value.external_id;
  receipt.correlator = value.correlator;
  receipt.provider_ms = value.provider_ms;
  receipt.provider_code = value.provider_code;
  receipt.detail = value.detail;
  return receipt;
}

}  // namespace

ArrivalTransaction::ArrivalTransaction(store::Store& store, store::Transaction& tx,
                                       const AccountDirectory& accounts,
                                       const plugin_host::Arrival& arrival, model::UnixMs now)
    : store_(store), tx_(tx), accounts_(accounts), arrival_(arrival), now_(now) {}

std::vector<Stored> ArrivalTransaction::apply_all() {
  std::vector<Stored> results;
  results.reserve(arrival_.values.size());
  for (const InboundValue& value : arrival_.values) {
    results.push_back(apply(value));
  }
  if (arrival_.replay_of != 0) {
    close_replay();
  }
  return results;
}

Stored ArrivalTransaction::apply(const InboundValue& value) {
  AccountId account = arrival_.account;
  if (!value.provider_account.empty()) {
    auto named = accounts_.account_of(account.channel(), value.provider_account);
    if (!named) {
      quarantine(account, value,
                 "no account here is \"" + value.provider_account + "\" to the provider");
      return {};
    }
    account = *std::move(named);
  }
  Stored stored;
  stored.time_ms = now_;
  const bool is_passing = value.kind == InboundKind::typing;
  const bool is_held = value.kind == InboundKind::quarantine;
  if (is_passing || is_held) {
    if (is_held) {
      quarantine(account, value, value.detail);
    }
    return stored;
  }
  if (!value.dedupe_key.empty() && !remember(account, value, &stored.message)) {
    stored.is_duplicate = true;
    return stored;
  }
  switch (value.kind) {
    case InboundKind::message:
      return apply_message(account, value, Direction::inbound);
    case InboundKind::echo:
      return apply_message(account, value, Direction::outbound);
    case InboundKind::receipt: {
      const bool is_watermark = (value.flags & JF_INBOUND_UP_TO) != 0;
      const auto up_to = MessageId::parse(value.correlator);
      const ReceiptEffect effect =
          is_watermark ? apply_watermark(tx_, account, value.address, up_to.value_or(MessageId()),
                                         receipt_of(value), now_)
                       : apply_receipt(tx_, account, receipt_of(value), now_);
      has_settled_ = has_settled_ || effect == ReceiptEffect::settled;
      return stored;
    }
    case InboundKind::session_started:
    case InboundKind::session_ended:
      apply_session(account, value);
      return stored;
    case InboundKind::reaction:
    case InboundKind::edit:
    case InboundKind::removal:
      apply_reference(account, value);
      return stored;
    case InboundKind::notice:
    case InboundKind::other:
      tx_.append_event(model::account_event(
          "jf.account.notice", account, now_,
          value.ext_json.empty() ? std::string("{}") : checked_object(value.ext_json)));
      arrival_row();
      return stored;
    case InboundKind::typing:
    case InboundKind::quarantine:
      return stored;
  }
  return stored;
}

bool ArrivalTransaction::remember(const AccountId& account, const InboundValue& value,
                                  MessageId* first) {
  print_ = store_.fingerprint(account, static_cast<int>(value.kind), value.dedupe_key);
  return tx_.remember(print_, now_, first);
}

Conversation ArrivalTransaction::open_conversation(const AccountId& account,
                                                   const InboundValue& value) {
  const store::KnownAddress who =
      tx_.know_address(account, value.address, value.display_name, now_);
  bool is_new = false;
  Conversation conversation = tx_.open_or_new_conversation(account, who, now_, is_new);
  if (!is_new) {
    return conversation;
  }
  std::string queue = accounts_.queue_of(account);
  if (!queue.empty()) {
    conversation.queue = std::move(queue);
    tx_.update_conversation(conversation, conversation.version);
    ++conversation.version;
  }
  tx_.append_event(model::conversation_event("jf.conversation.opened", conversation, now_));
  return conversation;
}

Stored ArrivalTransaction::apply_message(const AccountId& account, const InboundValue& value,
                                         Direction direction) {
  if (value.address.empty() || value.parts.empty()) {
    quarantine(account, value, "a message without address or content");
    return {};
  }
  Conversation conversation = open_conversation(account, value);
  Message message;
  message.id.conversation = conversation.id;
  message.direction = direction;
  message.created_ms = now_;
  message.provider_ms = value.provider_ms;
  message.external_id = value.external_id;
  message.reply_to = value.reply_to;
  message.dedupe_key = value.dedupe_key;
  message.parts = checked_parts(value.parts);
  message.ext_json = checked_object(value.ext_json);
  message.arrival = arrival_row();
  if (direction ==
      Direction::outbound) {  // An echo: written outside Jackfield, so it has left already.
    message.status = MessageStatus::accepted;
    message.part_status.assign(message.parts.size(), MessageStatus::accepted);
  }
  message.id = tx_.append_message(message);
  if (direction == Direction::outbound && !value.external_id.empty()) {
    tx_.add_sent(account, value.external_id, store::SentPart{message.id, 0});
  }
  if (!value.dedupe_key.empty()) {
    tx_.remember_message(print_, now_, message.id);
  }
  add_media_jobs(account, message);
  conversation.last_number = message.id.number;
  conversation.last_message_ms = now_;
  if (direction == Direction::inbound) {
    conversation.last_inbound_ms = now_;
  }
  tx_.append_event(model::message_event("jf.message.received", conversation, message, now_));
  Stored stored;
  stored.message = message.id;
  stored.time_ms = now_;
  return stored;
}

void ArrivalTransaction::add_media_jobs(const AccountId& account, const Message& message) {
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    if (message.parts[i].attachment != model::AttachmentState::pending) {
      continue;
    }
    store::MediaJob job;
    job.account = account;
    job.message = message.id;
    job.part_index = static_cast<std::uint32_t>(i);
    job.media_ref = message.parts[i].media_ref;
    job.media_kind = message.parts[i].media_kind;
    job.not_before_ms = now_;
    tx_.add_media_job(job);
    has_media_jobs_ = true;
  }
}

void ArrivalTransaction::apply_session(const AccountId& account, const InboundValue& value) {
  const auto conversation = tx_.open_conversation(account, value.address);
  if (conversation) {
    const bool is_start = value.kind == InboundKind::session_started;
    tx_.append_event(model::conversation_event(is_start ? "jf.session.started" : "jf.session.ended",
                                               *conversation, now_));
  }
}

/// Something is said about an earlier message: a reaction, an edit, a removal.
void ArrivalTransaction::apply_reference(const AccountId& account, const InboundValue& value) {
  const char* type = value.kind == InboundKind::reaction ? "jf.message.reaction"
                     : value.kind == InboundKind::edit   ? "jf.message.edited"
                                                         : "jf.message.removed";
  arrival_row();
  const auto conversation = tx_.open_conversation(account, value.address);
  json::Writer data;
  data.begin_object().field("account", account.text).field("to", value.reply_to);
  if (conversation) {
    data.field("conversation", conversation->id.text());
  }
  if (const auto sent = tx_.find_sent(account, value.reply_to)) {
    data.field("message", sent->message.text());
  }
  data.raw_field("parts",
                 model::parts_json(checked_parts(value.parts), model::MediaRef::leave_out));
  data.end_object();
  model::Event event = conversation ? model::conversation_event(type, *conversation, now_)
                                    : model::account_event(type, account, now_, {});
  event.data = data.take();
  tx_.append_event(std::move(event));
}

void ArrivalTransaction::quarantine(const AccountId& account, const InboundValue& value,
                                    const std::string& reason) {
  has_quarantined_ = true;
  if (arrival_.replay_of != 0) {
    return;  // It is in quarantine already.
  }
  store::QuarantineRow row;
  row.account = account;
  row.created_ms = now_;
  row.content_type = arrival_.content_type;
  row.raw = value.raw.empty() ? arrival_.raw : value.raw;
  row.reason = reason;
  row.id = tx_.add_quarantine(row);
  json::Writer data;
  data.begin_object()
      .field("id", row.id)
      .field("account", account.text)
      .field("reason", reason)
      .end_object();
  tx_.append_event(model::account_event("jf.quarantine.added", account, now_, data.take()));
}

void ArrivalTransaction::close_replay() {
  auto row = tx_.quarantine_row(arrival_.replay_of);
  if (!row) {
    return;
  }
  ++row->attempts;
  if (!has_quarantined_) {
    row->state = store::QuarantineState::replayed;
    json::Writer data;
    data.begin_object().field("id", row->id).field("account", row->account.text).end_object();
    tx_.append_event(
        model::account_event("jf.quarantine.replayed", row->account, now_, data.take()));
  }
  tx_.update_quarantine(*row);
}

/// The raw body is kept once, and only when something new was in it.
std::int64_t ArrivalTransaction::arrival_row() {
  if (arrival_row_ == 0 && !arrival_.raw.empty()) {
    arrival_row_ = tx_.add_arrival(arrival_.account, arrival_.content_type, arrival_.raw, now_);
  }
  return arrival_row_;
}

}  // namespace jackfield::inbound
