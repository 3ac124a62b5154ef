#pragma once

#include "core/store/sqlite/statement.h"

namespace jackfield::store {

// CROSS JOIN keeps the order written: the table that is paged comes first, the rest are look-ups by
// key.
#define JF_CONVERSATION                                                                     \
  "SELECT c.id, a.name, c.address, c.contact, d.value, k.name, c.state, c.owner, c.queue, " \
  "c.version, c.last_number, c.created_ms, c.last_message_ms, c.last_inbound_ms "
#define JF_CONVERSATION_JOINS                                                          \
  "CROSS JOIN account a ON a.id = c.account CROSS JOIN address d ON d.id = c.address " \
  "CROSS JOIN contact k ON k.id = c.contact "
#define JF_ADDRESS_ID                                                                             \
  "(SELECT id FROM address WHERE account = (SELECT id FROM account WHERE name = ?1) AND value = " \
  "?2)"
#define JF_MESSAGE                                                                 \
  "SELECT m.conversation, m.number, m.direction, m.status, m.possible_duplicate, " \
  "m.created_ms, m.provider_ms, m.arrival, m.external_id, m.reply_to, m.author, "  \
  "m.dedupe_key, m.part_status, m.detail, m.parts, m.ext "
#define JF_OUTBOX                                                                        \
  "SELECT o.id, o.conversation, o.number, o.part, o.parts, a.name, o.state, o.attempt, " \
  "o.not_before_ms, o.expires_ms, o.attempt_ms, o.priority "                             \
  "FROM outbox o CROSS JOIN account a ON a.id = o.account "
#define JF_QUARANTINE                                                                        \
  "SELECT q.id, a.name, q.created_ms, q.state, q.attempts, q.content_type, q.reason, q.raw " \
  "FROM quarantine q CROSS JOIN account a ON a.id = q.account "

/// Every statement that only reads. The connection outlives it.
struct ReadStatements {
  Connection& db;

  Statement conversation{
      db, JF_CONVERSATION "FROM conversation c " JF_CONVERSATION_JOINS "WHERE c.id = ?"};
  Statement open_by_text{db, JF_CONVERSATION "FROM conversation c " JF_CONVERSATION_JOINS
                                             "WHERE c.state < 2 AND c.address = " JF_ADDRESS_ID};
  Statement open_by_id{db, JF_CONVERSATION "FROM conversation c " JF_CONVERSATION_JOINS
                                           "WHERE c.state < 2 AND c.address = ?"};
  Statement open_list{db, JF_CONVERSATION
                      "FROM conversation c INDEXED BY conversation_newest " JF_CONVERSATION_JOINS
                      "WHERE c.state < 2 AND (c.last_message_ms, c.id) < (?, ?) "
                      "ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?"};
  Statement open_list_of_state{db, JF_CONVERSATION
                               "FROM conversation c INDEXED BY conversation_newest "  //
                               JF_CONVERSATION_JOINS
                               "WHERE c.state < 2 AND (c.last_message_ms, c.id) < (?, ?) "
                               "AND +c.state = ? "
                               "ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?"};
  Statement archived_list{
      db,
      JF_CONVERSATION "FROM conversation c INDEXED BY conversation_archived " JF_CONVERSATION_JOINS
                      "WHERE c.state = 2 AND (c.last_message_ms, c.id) < (?, ?) "
                      "ORDER BY c.last_message_ms DESC, c.id DESC LIMIT ?"};
  Statement message{db, JF_MESSAGE "FROM message m WHERE m.conversation = ? AND m.number = ?"};
  Statement messages{db, JF_MESSAGE
                     "FROM message m WHERE m.conversation = ? AND m.number < ? "
                     "ORDER BY m.number DESC LIMIT ?"};
  Statement history_after{db, JF_MESSAGE
                          "FROM conversation c INDEXED BY conversation_address "
                          "CROSS JOIN message m ON m.conversation = c.id "
                          "WHERE c.address = " JF_ADDRESS_ID
                          " AND c.id >= ?3 AND (c.id > ?3 OR m.number > ?4) "
                          "ORDER BY c.id, m.number LIMIT ?5"};
  Statement history_newest{db, JF_MESSAGE
                           "FROM conversation c INDEXED BY conversation_address "
                           "CROSS JOIN message m ON m.conversation = c.id "
                           "WHERE c.address = " JF_ADDRESS_ID
                           " ORDER BY c.id DESC, m.number DESC LIMIT ?3"};
  Statement outbox_all{db, JF_OUTBOX "WHERE o.id > ? ORDER BY o.id LIMIT ?"};
  Statement outbox_of_account{db, JF_OUTBOX
                              "WHERE o.account = (SELECT id FROM account WHERE name = ?) "
                              "AND o.id > ? ORDER BY o.id LIMIT ?"};
  Statement outbox_of_message{
      db, JF_OUTBOX "WHERE o.conversation = ? AND o.number = ? ORDER BY o.part LIMIT 1000"};
  Statement quarantine_all{db, JF_QUARANTINE "WHERE q.id > ? ORDER BY q.id LIMIT ?"};
  Statement quarantine_of_state{
      db, JF_QUARANTINE "WHERE q.state = ? AND q.id > ? ORDER BY q.id LIMIT ?"};
  Statement quarantine_row{db, JF_QUARANTINE "WHERE q.id = ?"};
  Statement media_jobs{
      db,
      "SELECT j.id, a.name, j.conversation, j.number, j.part, j.attempts, "
      "j.not_before_ms, j.media_kind, j.media_ref FROM media_job j "
      "CROSS JOIN account a ON a.id = j.account WHERE j.id > ? ORDER BY j.id LIMIT ?"};
  Statement media_file{db, "SELECT id, mime, size_bytes, created_ms FROM media_file WHERE id = ?"};
  Statement events{db,
                   "SELECT e.sequence, j.epoch, e.time_ms, e.type, e.route, e.subject, e.data "
                   "FROM journal j CROSS JOIN event e ON e.partition = j.partition "
                   "WHERE j.partition = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ?"};
  Statement head{db,
                 "SELECT epoch, (SELECT coalesce(max(sequence), 0) FROM event "
                 "WHERE partition = journal.partition) FROM journal WHERE partition = ?"};
  Statement oldest{db, "SELECT min(sequence) FROM event WHERE partition = ?"};
  Statement cursor{db,
                   "SELECT name, partition, epoch, sequence, fence FROM cursor "
                   "WHERE name = ? AND partition = ?"};
  Statement command_result{
      db, "SELECT request_hash, reply, is_error FROM command_result WHERE key = ?"};
  Statement kv_all{
      db,
      "SELECT key, value FROM kv WHERE account = (SELECT id FROM account WHERE name = ?) "
      "ORDER BY key"};
  Statement counts{db, "SELECT messages, conversations_open, outbox, quarantine FROM tally"};
};

#undef JF_CONVERSATION
#undef JF_CONVERSATION_JOINS
#undef JF_ADDRESS_ID
#undef JF_MESSAGE
#undef JF_OUTBOX
#undef JF_QUARANTINE

}  // namespace jackfield::store
