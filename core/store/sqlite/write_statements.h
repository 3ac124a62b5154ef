#pragma once

#include "core/store/sqlite/statement.h"

namespace jackfield::store {

/// Every statement that changes something, and the look-ups made on the way. Compiled when the
/// store opens. The connection outlives it.
struct WriteStatements {
  Connection& db;

  Statement add_account{db, "INSERT INTO account (name) VALUES (?)"};
  Statement write_tally{db,
                        "UPDATE tally SET messages = ?, conversations_open = ?, outbox = ?, "
                        "quarantine = ?"};
  Statement seen_find{
      db, "SELECT conversation, number FROM seen WHERE bucket = ? AND h1 = ? AND h2 = ?"};
  Statement seen_add{db,
                     "INSERT OR IGNORE INTO seen (bucket, h1, h2, conversation, number) "
                     "VALUES (?, ?, ?, 0, 0)"};
  Statement seen_set{db,
                     "UPDATE seen SET conversation = ?, number = ? "
                     "WHERE bucket = ? AND h1 = ? AND h2 = ?"};
  Statement add_arrival{db,
                        "INSERT INTO arrival (account, created_ms, content_type, raw) "
                        "VALUES (?, ?, ?, ?)"};
  Statement find_address{db,
                         "SELECT d.id, d.contact, k.name FROM address d "
                         "CROSS JOIN contact k ON k.id = d.contact "
                         "WHERE d.account = ? AND d.value = ?"};
  Statement add_contact{db, "INSERT INTO contact (id, name, created_ms) VALUES (?, ?, ?)"};
  Statement rename_contact{db, "UPDATE contact SET name = ? WHERE id = ?"};
  Statement add_address{db,
                        "INSERT INTO address (id, account, value, contact) VALUES (?, ?, ?, ?)"};
  Statement open_row{db,
                     "SELECT id, contact, state, owner, queue, version, last_number, created_ms, "
                     "last_message_ms, last_inbound_ms FROM conversation "
                     "WHERE state < 2 AND address = ?"};
  Statement add_conversation{
      db,
      "INSERT INTO conversation (id, account, address, contact, state, owner, "
      "queue, version, last_number, created_ms, last_message_ms, "
      "last_inbound_ms) VALUES (?, ?, ?, ?, 0, '', '', 1, 0, ?, ?, 0)"};
  Statement update_conversation{db,
                                "UPDATE conversation SET state = ?, owner = ?, queue = ?, "
                                "version = version + 1 WHERE id = ?"};
  Statement state_of{db, "SELECT state, version FROM conversation WHERE id = ?"};
  Statement last_of{db,
                    "SELECT last_number, last_message_ms, last_inbound_ms FROM conversation "
                    "WHERE id = ?"};
  Statement move_last{db,
                      "UPDATE conversation SET last_number = ?, last_inbound_ms = ? WHERE id = ?"};
  Statement move_last_and_time{db,
                               "UPDATE conversation SET last_number = ?, last_inbound_ms = ?, "
                               "last_message_ms = ? WHERE id = ?"};
  Statement add_message{
      db,
      "INSERT INTO message (conversation, number, direction, status, "
      "possible_duplicate, created_ms, provider_ms, arrival, external_id, reply_to, "
      "author, dedupe_key, part_status, detail, parts, ext) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement update_message{db,
                           "UPDATE message SET status = ?, part_status = ?, parts = ?, detail = ?, "
                           "external_id = ?, possible_duplicate = ? "
                           "WHERE conversation = ? AND number = ?"};
  Statement add_event{
      db,
      "INSERT INTO event (partition, sequence, time_ms, type, route, subject, data) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)"};
  Statement add_outbox{db,
                       "INSERT INTO outbox (id, conversation, number, part, parts, account, state, "
                       "attempt, not_before_ms, expires_ms, attempt_ms, priority) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement update_outbox{db,
                          "UPDATE outbox SET state = ?, attempt = ?, not_before_ms = ?, "
                          "expires_ms = ?, attempt_ms = ?, priority = ? WHERE id = ?"};
  Statement remove_outbox{db, "DELETE FROM outbox WHERE id = ?"};
  Statement add_sent{db,
                     "INSERT OR REPLACE INTO sent (h1, h2, conversation, number, part) "
                     "VALUES (?, ?, ?, ?, ?)"};
  Statement find_sent{db, "SELECT conversation, number, part FROM sent WHERE h1 = ? AND h2 = ?"};
  Statement add_early{
      db,
      "INSERT INTO early_receipt (account, external_id, created_ms, status, "
      "provider_ms, provider_code, correlator, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement count_early{db,
                        "SELECT count(*), min(id) FROM early_receipt "
                        "WHERE account = ? AND external_id = ?"};
  Statement take_early{db,
                       "SELECT status, correlator, provider_ms, provider_code, detail "
                       "FROM early_receipt WHERE account = ? AND external_id = ? ORDER BY id"};
  Statement remove_early{db, "DELETE FROM early_receipt WHERE account = ? AND external_id = ?"};
  Statement outbound_below{db,
                           "SELECT number FROM message WHERE conversation = ?1 AND number <= ?2 "
                           "AND number > ?3 AND direction = 2 AND status < ?4 "
                           "AND iif(provider_ms > 0, provider_ms, created_ms) <= ?5 "
                           "ORDER BY number DESC LIMIT ?6"};
  Statement add_quarantine{db,
                           "INSERT INTO quarantine (id, account, created_ms, state, attempts, "
                           "content_type, reason, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement state_of_quarantine{db, "SELECT state FROM quarantine WHERE id = ?"};
  Statement update_quarantine{
      db, "UPDATE quarantine SET state = ?, attempts = ?, reason = ? WHERE id = ?"};
  Statement add_media_job{
      db,
      "INSERT INTO media_job (id, account, conversation, number, part, attempts, "
      "not_before_ms, media_kind, media_ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement update_media_job{db,
                             "UPDATE media_job SET attempts = ?, not_before_ms = ?, media_ref = ? "
                             "WHERE id = ?"};
  Statement remove_media_job{db, "DELETE FROM media_job WHERE id = ?"};
  Statement add_media_file{db,
                           "INSERT OR IGNORE INTO media_file (id, mime, size_bytes, created_ms) "
                           "VALUES (?, ?, ?, ?)"};
  Statement fence_of{db, "SELECT fence FROM cursor_claim WHERE name = ?"};
  Statement set_fence{db, "INSERT OR REPLACE INTO cursor_claim (name, fence) VALUES (?, ?)"};
  Statement cursor_position{db,
                            "SELECT epoch, sequence FROM cursor WHERE name = ? AND partition = ?"};
  Statement set_cursor{db,
                       "INSERT OR REPLACE INTO cursor (name, partition, epoch, sequence, fence) "
                       "VALUES (?, ?, ?, ?, ?)"};
  Statement add_command_result{db,
                               "INSERT OR REPLACE INTO command_result (key, request_hash, reply, "
                               "is_error, created_ms) VALUES (?, ?, ?, ?, ?)"};
  Statement kv_put{db, "INSERT OR REPLACE INTO kv (account, key, value) VALUES (?, ?, ?)"};
  Statement prune_early{
      db,
      "DELETE FROM early_receipt WHERE id IN (SELECT id FROM (SELECT id, created_ms "
      "FROM early_receipt ORDER BY id LIMIT ?) WHERE created_ms < ?)"};
  Statement prune_commands{
      db,
      "DELETE FROM command_result WHERE id IN (SELECT id FROM (SELECT id, "
      "created_ms FROM command_result ORDER BY id LIMIT ?) WHERE created_ms < ?)"};
  Statement seen_nth{db,
                     "SELECT h1, h2 FROM seen WHERE bucket = ? ORDER BY h1, h2 LIMIT 1 OFFSET ?"};
  Statement prune_seen_below{db, "DELETE FROM seen WHERE bucket = ? AND (h1, h2) < (?, ?)"};
  Statement prune_seen_bucket{db, "DELETE FROM seen WHERE bucket = ?"};
  Statement prune_events{db, "DELETE FROM event WHERE partition = ? AND sequence < ?"};
};

}  // namespace jackfield::store
