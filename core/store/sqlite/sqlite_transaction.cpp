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
      add_account_(db, "INSERT INTO account (name) VALUES (?)"),
      write_tally_(db,
                   "UPDATE tally SET messages = ?, conversations_open = ?, outbox = ?, "
                   "quarantine = ?"),
      seen_find_(db,
                 "SELECT conversation, number FROM seen WHERE bucket = ? AND h1 = ? AND h2 = ?"),
      seen_add_(db,
                "INSERT OR IGNORE INTO seen (bucket, h1, h2, conversation, number) "
                "VALUES (?, ?, ?, 0, 0)"),
      seen_set_(db,
                "UPDATE seen SET conversation = ?, number = ? "
                "WHERE bucket = ? AND h1 = ? AND h2 = ?"),
      add_arrival_(db,
                   "INSERT INTO arrival (account, created_ms, content_type, raw) "
                   "VALUES (?, ?, ?, ?)"),
      find_address_(db,
                    "SELECT d.id, d.contact, k.name FROM address d "
                    "CROSS JOIN contact k ON k.id = d.contact "
                    "WHERE d.account = ? AND d.value = ?"),
      add_contact_(db, "INSERT INTO contact (id, name, created_ms) VALUES (?, ?, ?)"),
      rename_contact_(db, "UPDATE contact SET name = ? WHERE id = ?"),
      add_address_(db, "INSERT INTO address (id, account, value, contact) VALUES (?, ?, ?, ?)"),
      open_row_(db,
                "SELECT id, contact, state, owner, queue, version, last_number, created_ms, "
                "last_message_ms, last_inbound_ms FROM conversation "
                "WHERE state < 2 AND address = ?"),
      add_conversation_(db,
                        "INSERT INTO conversation (id, account, address, contact, state, owner, "
                        "queue, version, last_number, created_ms, last_message_ms, "
                        "last_inbound_ms) VALUES (?, ?, ?, ?, 0, '', '', 1, 0, ?, ?, 0)"),
      update_conversation_(db,
                           "UPDATE conversation SET state = ?, owner = ?, queue = ?, "
                           "version = version + 1 WHERE id = ?"),
      state_of_(db, "SELECT state, version FROM conversation WHERE id = ?"),
      last_of_(db,
               "SELECT last_number, last_message_ms, last_inbound_ms FROM conversation "
               "WHERE id = ?"),
      move_last_(db,
                 "UPDATE conversation SET last_number = ?, last_inbound_ms = ? WHERE id = ?"),
      move_last_and_time_(db,
                          "UPDATE conversation SET last_number = ?, last_inbound_ms = ?, "
                          "last_message_ms = ? WHERE id = ?"),
      add_message_(db,
                   "INSERT INTO message (conversation, number, direction, status, "
                   "possible_duplicate, created_ms, provider_ms, arrival, external_id, reply_to, "
                   "author, dedupe_key, part_status, detail, parts, ext) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_message_(db,
                      "UPDATE message SET status = ?, part_status = ?, parts = ?, detail = ?, "
                      "external_id = ?, possible_duplicate = ? "
                      "WHERE conversation = ? AND number = ?"),
      add_event_(db,
                 "INSERT INTO event (partition, sequence, time_ms, type, route, subject, data) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      add_outbox_(db,
                  "INSERT INTO outbox (id, conversation, number, part, parts, account, state, "
                  "attempt, not_before_ms, expires_ms, attempt_ms, priority) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_outbox_(db,
                     "UPDATE outbox SET state = ?, attempt = ?, not_before_ms = ?, "
                     "expires_ms = ?, attempt_ms = ?, priority = ? WHERE id = ?"),
      remove_outbox_(db, "DELETE FROM outbox WHERE id = ?"),
      add_sent_(db,
                "INSERT OR REPLACE INTO sent (h1, h2, conversation, number, part) "
                "VALUES (?, ?, ?, ?, ?)"),
      find_sent_(db, "SELECT conversation, number, part FROM sent WHERE h1 = ? AND h2 = ?"),
      add_early_(db,
                 "INSERT INTO early_receipt (account, external_id, created_ms, status, "
                 "provider_ms, provider_code, correlator, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      count_early_(db,
                   "SELECT count(*), min(id) FROM early_receipt "
                   "WHERE account = ? AND external_id = ?"),
      take_early_(db,
                  "SELECT status, correlator, provider_ms, provider_code, detail "
                  "FROM early_receipt WHERE account = ? AND external_id = ? ORDER BY id"),
      remove_early_(db, "DELETE FROM early_receipt WHERE account = ? AND external_id = ?"),
      outbound_below_(db,
                      "SELECT number FROM message WHERE conversation = ?1 AND number <= ?2 "
                      "AND number > ?3 AND direction = 2 AND status < ?4 "
                      "AND iif(provider_ms > 0, provider_ms, created_ms) <= ?5 "
                      "ORDER BY number DESC LIMIT ?6"),
      add_quarantine_(db,
                      "INSERT INTO quarantine (id, account, created_ms, state, attempts, "
                      "content_type, reason, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      state_of_quarantine_(db, "SELECT state FROM quarantine WHERE id = ?"),
      update_quarantine_(db,
                         "UPDATE quarantine SET state = ?, attempts = ?, reason = ? WHERE id = ?"),
      add_media_job_(db,
                     "INSERT INTO media_job (id, account, conversation, number, part, attempts, "
                     "not_before_ms, media_kind, media_ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_media_job_(db,
                        "UPDATE media_job SET attempts = ?, not_before_ms = ?, media_ref = ? "
                        "WHERE id = ?"),
      remove_media_job_(db, "DELETE FROM media_job WHERE id = ?"),
      add_media_file_(db,
                      "INSERT OR IGNORE INTO media_file (id, mime, size_bytes, created_ms) "
                      "VALUES (?, ?, ?, ?)"),
      fence_of_(db, "SELECT fence FROM cursor_claim WHERE name = ?"),
      set_fence_(db, "INSERT OR REPLACE INTO cursor_claim (name, fence) VALUES (?, ?)"),
      cursor_position_(db, "SELECT epoch, sequence FROM cursor WHERE name = ? AND partition = ?"),
      set_cursor_(db,
                  "INSERT OR REPLACE INTO cursor (name, partition, epoch, sequence, fence) "
                  "VALUES (?, ?, ?, ?, ?)"),
      add_command_result_(db,
                          "INSERT OR REPLACE INTO command_result (key, request_hash, reply, "
                          "is_error, created_ms) VALUES (?, ?, ?, ?, ?)"),
      kv_put_(db, "INSERT OR REPLACE INTO kv (account, key, value) VALUES (?, ?, ?)"),
      prune_early_(db,
                   "DELETE FROM early_receipt WHERE id IN (SELECT id FROM (SELECT id, created_ms "
                   "FROM early_receipt ORDER BY id LIMIT ?) WHERE created_ms < ?)"),
      prune_commands_(db,
                      "DELETE FROM command_result WHERE id IN (SELECT id FROM (SELECT id, "
                      "created_ms FROM command_result ORDER BY id LIMIT ?) WHERE created_ms < ?)"),
      seen_nth_(db, "SELECT h1, h2 FROM seen WHERE bucket = ? ORDER BY h1, h2 LIMIT 1 OFFSET ?"),
      prune_seen_below_(db, "DELETE FROM seen WHERE bucket = ? AND (h1, h2) < (?, ?)"),
      prune_seen_bucket_(db, "DELETE FROM seen WHERE bucket = ?"),
      prune_events_(db, "DELETE FROM event WHERE partition = ? AND sequence < ?") {}

void SqliteTransaction::begin_work() {
  recent_address_.known = {};
  recent_conversation_ = {};
}

void SqliteTransaction::finish() {
  if (state_.tally == state_.written_tally) {
    return;
  }
  const Tally& now = state_.tally;
  write_tally_.run(now.messages, now.conversations_open, now.outbox, now.quarantine);
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
  add_account_.run(account.text);
  const std::int64_t id = sqlite3_last_insert_rowid(connection_.raw());
  state_.add_account(account.text, id);
  return id;
}

bool SqliteTransaction::find_seen(std::int64_t bucket, PrintHalves print, MessageId* first) {
  auto row = seen_find_.query(bucket, print.h1, print.h2);
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
  if (seen_add_.run(current, key.h1, key.h2) == 0) {
    find_seen(current, key, first);
    return false;
  }
  state_.add_bucket(current);
  return true;
}

void SqliteTransaction::remember_message(const Fingerprint& print, UnixMs now, MessageId message) {
  const PrintHalves key = halves(print);
  seen_set_.run(message.conversation.value, message.number, now / kBucketMs, key.h1, key.h2);
}

std::int64_t SqliteTransaction::add_arrival(const AccountId& account, std::string_view content_type,
                                            std::string_view raw, UnixMs now) {
  add_arrival_.run(account_row(account), now, content_type, Blob{raw});
  return sqlite3_last_insert_rowid(connection_.raw());
}

KnownAddress SqliteTransaction::know_address(const AccountId& account, std::string_view address,
                                             std::string_view display_name, UnixMs now) {
  const std::int64_t account_id = account_row(account);
  KnownAddress known;
  bool is_renamed = false;
  {
    auto row = find_address_.query(account_id, address);
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
    add_contact_.run(known.contact.value, display_name, now);
    add_address_.run(known.address.value, account_id, address, known.contact.value);
  } else if (is_renamed) {
    rename_contact_.run(display_name, known.contact.value);
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
  auto row = open_row_.query(who.address.value);
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
    add_conversation_.run(state_.next_id(), account_row(account), who.address.value,
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
    auto row = state_of_.query(changed.id.value);
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
      throw Refused({ErrorCode::conflict,
                     "the address of conversation " + changed.id.text() +
                         " has a newer open conversation: answer there"});
    }
  }
  update_conversation_.run(changed.state, changed.owner, changed.queue, changed.id.value);
  state_.tally.conversations_open += static_cast<int>(is_open) - static_cast<int>(was_open);
  return true;
}

void SqliteTransaction::look_up(ConversationId id) {
  if (recent_conversation_.id == id && id) {
    return;
  }
  auto row = last_of_.query(id.value);
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
    move_last_and_time_.run(number, last.last_inbound_ms, message.created_ms, conversation);
  } else {
    move_last_.run(number, last.last_inbound_ms, conversation);
  }
  std::string part_status;
  for (const MessageStatus status : message.part_status) {
    part_status.push_back(static_cast<char>(status));
  }
  add_message_.run(conversation, number, message.direction, message.status,
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
  const int changed =
      update_message_.run(message.status, Blob{part_status},
                          model::parts_json(message.parts, model::MediaRef::write), message.detail,
                          message.external_id, message.possible_duplicate,
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
  add_event_.run(event.partition, event.sequence, event.time_ms, event.type, event.route,
                 event.subject, event.data);
  state_.push_event(std::move(event));
}

}  // namespace jackfield::store
