#include "core/store/sqlite/sqlite_transaction.h"

#include <algorithm>
#include <string>

namespace jackfield::store {

SqliteTransaction::SqliteTransaction(Connection& db, Queries& queries, WriteState& state,
                                     const FingerprintKey& key, const base::Clock& clock)
    : ForwardingReader(queries),
      connection_(db),
      queries_(queries),
      state_(state),
      key_(key),
      clock_(clock),
      sql_{db} {}

void SqliteTransaction::begin_work() {
  recent_address_.known = {};
  recent_conversation_ = {};
}

void SqliteTransaction::finish() {
  if (state_.tally == state_.written_tally) {
    return;
  }
  const Tally& now = state_.tally;
  sql_.write_tally.run(now.messages, now.conversations_open, now.outbox, now.quarantine);
  state_.written_tally = now;
}

model::Position SqliteTransaction::head(int partition) {
  if (partition < 0 || partition >= state_.partitions()) {
    return {};
  }
  return state_.head(partition);
}

std::vector<std::pair<std::string, std::int64_t>> SqliteTransaction::counts() {
  return {{"messages", state_.tally.messages},
          {"conversations_open", state_.tally.conversations_open},
          {"outbox", state_.tally.outbox},
          {"quarantine", state_.tally.quarantine}};
}

std::int64_t SqliteTransaction::account_row(const AccountId& account) {
  if (const std::int64_t known = state_.account(account.text); known != 0) {
    return known;
  }
  sql_.add_account.run(account.text);
  const std::int64_t id = sqlite3_last_insert_rowid(connection_.raw());
  state_.add_account(account.text, id);
  return id;
}

bool SqliteTransaction::find_seen(std::int64_t bucket, PrintHalves print, MessageId* first) {
  auto row = sql_.seen_find.query(bucket, print.h1, print.h2);
  if (!row.next()) {
    return false;
  }
  if (first != nullptr) {
    *first = {{row.integer(0)}, row.integer(1)};
  }
  return true;
}

bool SqliteTransaction::remember(const Fingerprint& print, UnixMs now, MessageId* first) {
  const PrintHalves key = halves(print);
  const std::int64_t current = now / kBucketMs;
  // Every bucket that is still there, also one from a clock that was ahead.
  for (const std::int64_t bucket : state_.buckets()) {
    if (bucket != current && find_seen(bucket, key, first)) {
      return false;
    }
  }
  if (sql_.seen_add.run(current, key.h1, key.h2) == 0) {
    find_seen(current, key, first);
    return false;
  }
  state_.add_bucket(current);
  return true;
}

void SqliteTransaction::remember_message(const Fingerprint& print, UnixMs now, MessageId message) {
  const PrintHalves key = halves(print);
  sql_.seen_set.run(message.conversation.value, message.number, now / kBucketMs, key.h1, key.h2);
}

std::int64_t SqliteTransaction::add_arrival(const AccountId& account, std::string_view content_type,
                                            std::string_view raw, UnixMs now) {
  sql_.add_arrival.run(account_row(account), now, content_type, Blob{raw});
  return sqlite3_last_insert_rowid(connection_.raw());
}

KnownAddress SqliteTransaction::know_address(const AccountId& account, std::string_view address,
                                             std::string_view display_name, UnixMs now) {
  const std::int64_t account_id = account_row(account);
  KnownAddress known;
  bool is_renamed = false;
  {
    auto row = sql_.find_address.query(account_id, address);
    if (row.next()) {
      known.address.value = row.integer(0);
      known.contact.value = row.integer(1);
      is_renamed = !display_name.empty() && row.view(2) != display_name;
      recent_address_.name = is_renamed ? display_name : row.view(2);
    } else {
      known.is_new = true;
      recent_address_.name = display_name;
    }
  }
  if (known.is_new) {
    known.contact.value = state_.next_id();
    known.address.value = state_.next_id();
    sql_.add_contact.run(known.contact.value, display_name, now);
    sql_.add_address.run(known.address.value, account_id, address, known.contact.value);
  } else if (is_renamed) {
    sql_.rename_contact.run(display_name, known.contact.value);
  }
  recent_address_.known = known;
  recent_address_.value = address;
  return known;
}

std::optional<Conversation> SqliteTransaction::open_conversation_of(const AccountId& account,
                                                                    const KnownAddress& who) {
  if (recent_address_.known.address != who.address) {
    return queries_.open_conversation(who.address);
  }
  auto row = sql_.open_row.query(who.address.value);
  if (!row.next()) {
    return std::nullopt;
  }
  Conversation open;
  open.id.value = row.integer(0);
  open.account = account;
  open.address = who.address;
  open.contact.value = row.integer(1);
  open.address_text = recent_address_.value;
  open.contact_name = recent_address_.name;
  open.state = row.as<model::ConversationState>(2);
  open.owner = row.text(3);
  open.queue = row.text(4);
  open.version = row.integer(5);
  open.last_number = row.integer(6);
  open.created_ms = row.integer(7);
  open.last_message_ms = row.integer(8);
  open.last_inbound_ms = row.integer(9);
  return open;
}

Conversation SqliteTransaction::open_or_new_conversation(const AccountId& account,
                                                         const KnownAddress& who, UnixMs now,
                                                         bool& is_new) {
  auto open = who.is_new ? std::nullopt : open_conversation_of(account, who);
  is_new = !open;
  if (!open) {
    sql_.add_conversation.run(state_.next_id(), account_row(account), who.address.value,
                              who.contact.value, now, now);
    ++state_.tally.conversations_open;
    open = open_conversation_of(account, who);
  }
  if (!open) {
    throw Refused({ErrorCode::not_found, "no address " + who.address.text()});
  }
  recent_conversation_ = {open->id, open->last_number, open->last_message_ms,
                          open->last_inbound_ms};
  return *std::move(open);
}

bool SqliteTransaction::update_conversation(const Conversation& changed,
                                            std::int64_t expected_version) {
  using model::ConversationState;
  ConversationState before{};
  {
    auto row = sql_.state_of.query(changed.id.value);
    if (!row.next() || row.integer(1) != expected_version) {
      return false;
    }
    before = row.as<ConversationState>(0);
  }
  const bool was_open = before != ConversationState::archived;
  const bool is_open = changed.state != ConversationState::archived;
  if (is_open && !was_open) {
    const auto conversation = queries_.conversation(changed.id);
    if (conversation && queries_.open_conversation(conversation->address)) {
      throw Refused({ErrorCode::conflict, "the address of conversation " + changed.id.text() +
                                              " has a newer open conversation: answer there"});
    }
  }
  sql_.update_conversation.run(changed.state, changed.owner, changed.queue, changed.id.value);
  state_.tally.conversations_open += static_cast<int>(is_open) - static_cast<int>(was_open);
  return true;
}

void SqliteTransaction::look_up(ConversationId id) {
  if (recent_conversation_.id == id && id) {
    return;
  }
  auto row = sql_.last_of.query(id.value);
  if (!row.next()) {
    throw Refused({ErrorCode::not_found, "no conversation " + id.text()});
  }
  recent_conversation_ = {id, row.integer(0), row.integer(1), row.integer(2)};
}

MessageId SqliteTransaction::append_message(const Message& message) {
  const std::int64_t conversation = message.id.conversation.value;
  look_up(message.id.conversation);
  RecentConversation& last = recent_conversation_;
  const std::int64_t number = ++last.last_number;
  if (message.direction == model::Direction::inbound) {
    last.last_inbound_ms = std::max(last.last_inbound_ms, message.created_ms);
  }
  // Setting last_message_ms rewrites its index, even to the value it has.
  if (message.created_ms > last.last_message_ms) {
    last.last_message_ms = message.created_ms;
    sql_.move_last_and_time.run(number, last.last_inbound_ms, message.created_ms, conversation);
  } else {
    sql_.move_last.run(number, last.last_inbound_ms, conversation);
  }
  std::string part_status;
  for (const MessageStatus status : message.part_status) {
    part_status.push_back(static_cast<char>(status));
  }
  sql_.add_message.run(conversation, number, message.direction, message.status,
                       message.possible_duplicate, message.created_ms, message.provider_ms,
                       message.arrival, message.external_id, message.reply_to, message.author,
                       message.dedupe_key, Blob{part_status}, message.detail,
                       model::parts_json(message.parts, model::MediaRef::write), message.ext_json);
  ++state_.tally.messages;
  return {message.id.conversation, number};
}

void SqliteTransaction::update_message(const Message& message) {
  std::string part_status;
  for (const MessageStatus status : message.part_status) {
    part_status.push_back(static_cast<char>(status));
  }
  const int changed = sql_.update_message.run(
      message.status, Blob{part_status}, model::parts_json(message.parts, model::MediaRef::write),
      message.detail, message.external_id, message.possible_duplicate,
      message.id.conversation.value, message.id.number);
  if (changed == 0) {
    throw Refused({ErrorCode::not_found, "no message " + message.id.text()});
  }
}

void SqliteTransaction::append_event(Event event) {
  const model::Position head = state_.head(event.partition);
  event.epoch = head.epoch;
  event.sequence = head.sequence + 1;
  if (event.time_ms == 0) {
    event.time_ms = clock_.unix_ms();
  }
  sql_.add_event.run(event.partition, event.sequence, event.time_ms, event.type, event.route,
                     event.subject, event.data);
  state_.push_event(std::move(event));
}

}  // namespace jackfield::store
