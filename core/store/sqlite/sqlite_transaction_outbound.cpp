// What follows a message: sending, receipts, media, consumers, plugins.
#include <algorithm>
#include <limits>

#include "core/store/sqlite/sqlite_transaction.h"

namespace jackfield::store {
namespace {

/// Never the kind of an arrival: those count from 0.
constexpr int kSentKind = -1;

}  // namespace

std::int64_t SqliteTransaction::add_outbox(const OutboxRow& row) {
  const std::int64_t id = state_.next_id();
  sql_.add_outbox.run(id, row.message.conversation.value, row.message.number, row.part_index,
                      row.part_total, account_row(row.account), row.state, row.attempt,
                      row.not_before_ms, row.expires_ms, row.attempt_ms, row.priority);
  ++state_.tally.outbox;
  return id;
}

void SqliteTransaction::update_outbox(const OutboxRow& row) {
  const int changed = sql_.update_outbox.run(row.state, row.attempt, row.not_before_ms,
                                             row.expires_ms, row.attempt_ms, row.priority, row.id);
  if (changed == 0) {
    throw Refused({ErrorCode::not_found, "no outbox row " + std::to_string(row.id)});
  }
}

void SqliteTransaction::remove_outbox(std::int64_t id) {
  state_.tally.outbox -= sql_.remove_outbox.run(id);
}

void SqliteTransaction::add_sent(const AccountId& account, std::string_view external_id,
                                 const SentPart& part) {
  const PrintHalves print = halves(key_.print(account, kSentKind, external_id));
  sql_.add_sent.run(print.h1, print.h2, part.message.conversation.value, part.message.number,
                    part.part_index);
}

std::optional<SentPart> SqliteTransaction::find_sent(const AccountId& account,
                                                     std::string_view external_id) {
  const PrintHalves print = halves(key_.print(account, kSentKind, external_id));
  auto row = sql_.find_sent.query(print.h1, print.h2);
  if (!row.next()) {
    return std::nullopt;
  }
  return SentPart{{{row.integer(0)}, row.integer(1)}, row.as<std::uint32_t>(2)};
}

void SqliteTransaction::add_early_receipt(const AccountId& account, const Receipt& receipt,
                                          UnixMs now) {
  const std::int64_t account_id = account_row(account);
  {
    // The same few news arrive again and again; what is kept already says all there is to say.
    auto row = sql_.count_early.query(account_id, receipt.external_id);
    if (row.next() && row.integer(0) >= kEarlyReceiptsMax) {
      return;
    }
  }
  sql_.add_early.run(account_id, receipt.external_id, now, receipt.status, receipt.provider_ms,
                     receipt.provider_code, receipt.correlator, receipt.detail);
}

std::vector<Receipt> SqliteTransaction::take_early_receipts(const AccountId& account,
                                                            std::string_view external_id) {
  const std::int64_t account_id = state_.account(account.text);
  std::vector<Receipt> taken;
  {
    auto row = sql_.take_early.query(account_id, external_id);
    while (row.next()) {
      Receipt receipt;
      receipt.status = row.as<MessageStatus>(0);
      receipt.external_id = external_id;
      receipt.correlator = row.text(1);
      receipt.provider_ms = row.integer(2);
      receipt.provider_code = row.as<std::int32_t>(3);
      receipt.detail = row.text(4);
      taken.push_back(std::move(receipt));
    }
  }
  if (!taken.empty()) {
    sql_.remove_early.run(account_id, external_id);
  }
  return taken;
}

std::vector<MessageId> SqliteTransaction::outbound_below(const AccountId& account,
                                                         std::string_view address, MessageId up_to,
                                                         UnixMs provider_ms, MessageStatus below) {
  std::vector<MessageId> found;
  const auto open = queries_.open_conversation(account, address);
  const bool by_message = up_to != MessageId{};
  if (!open || (by_message && up_to.conversation < open->id)) {
    return found;
  }
  std::int64_t last = open->last_number;
  if (by_message && up_to.conversation == open->id) {
    last = std::min(last, up_to.number);
  }
  const UnixMs until = by_message ? std::numeric_limits<UnixMs>::max() : provider_ms;
  auto row = sql_.outbound_below.query(open->id.value, last, last - kOutboundScanMax, below, until,
                                       kOutboundBelowMax);
  while (row.next()) {
    found.push_back({open->id, row.integer(0)});
  }
  return found;
}

std::int64_t SqliteTransaction::add_quarantine(const QuarantineRow& row) {
  const std::int64_t id = state_.next_id();
  sql_.add_quarantine.run(id, account_row(row.account), row.created_ms, row.state, row.attempts,
                          row.content_type, row.reason, Blob{row.raw});
  state_.tally.quarantine += row.state == QuarantineState::held ? 1 : 0;
  return id;
}

void SqliteTransaction::update_quarantine(const QuarantineRow& row) {
  QuarantineState before{};
  {
    auto stored = sql_.state_of_quarantine.query(row.id);
    if (!stored.next()) {
      throw Refused({ErrorCode::not_found, "no quarantine row " + std::to_string(row.id)});
    }
    before = stored.as<QuarantineState>(0);
  }
  sql_.update_quarantine.run(row.state, row.attempts, row.reason, row.id);
  state_.tally.quarantine += static_cast<int>(row.state == QuarantineState::held) -
                             static_cast<int>(before == QuarantineState::held);
}

std::int64_t SqliteTransaction::add_media_job(const MediaJob& job) {
  const std::int64_t id = state_.next_id();
  sql_.add_media_job.run(id, account_row(job.account), job.message.conversation.value,
                         job.message.number, job.part_index, job.attempts, job.not_before_ms,
                         job.media_kind, job.media_ref);
  return id;
}

void SqliteTransaction::update_media_job(const MediaJob& job) {
  if (sql_.update_media_job.run(job.attempts, job.not_before_ms, job.media_ref, job.id) == 0) {
    throw Refused({ErrorCode::not_found, "no media job " + std::to_string(job.id)});
  }
}

void SqliteTransaction::remove_media_job(std::int64_t id) {
  sql_.remove_media_job.run(id);
}

void SqliteTransaction::add_media_file(const MediaFile& file) {
  sql_.add_media_file.run(file.id, file.mime, file.size_bytes, file.created_ms);
}

bool SqliteTransaction::ack_cursor(const Cursor& cursor) {
  {
    auto row = sql_.fence_of.query(cursor.name);
    const std::int64_t newest = row.next() ? row.integer(0) : 0;
    if (cursor.fence != newest) {
      return false;
    }
  }
  {
    auto row = sql_.cursor_position.query(cursor.name, cursor.partition);
    const bool is_known = row.next();
    if (is_known && row.as<std::uint64_t>(0) == cursor.acked.epoch &&
        row.integer(1) >= cursor.acked.sequence) {
      return true;  // Forward only: an older ack that comes late changes nothing.
    }
  }
  sql_.set_cursor.run(cursor.name, cursor.partition, cursor.acked.epoch, cursor.acked.sequence,
                      cursor.fence);
  return true;
}

std::int64_t SqliteTransaction::claim_cursor(std::string_view name) {
  std::int64_t newest = 0;
  if (auto row = sql_.fence_of.query(name); row.next()) {
    newest = row.integer(0);
  }
  sql_.set_fence.run(name, newest + 1);
  return newest + 1;
}

void SqliteTransaction::add_command_result(std::string_view key, const CommandResult& result,
                                           UnixMs now) {
  sql_.add_command_result.run(key, result.request_hash, result.reply, result.is_error, now);
}

void SqliteTransaction::kv_put(const AccountId& account, std::string_view key,
                               std::string_view value) {
  sql_.kv_put.run(account_row(account), key, value);
}

}  // namespace jackfield::store
