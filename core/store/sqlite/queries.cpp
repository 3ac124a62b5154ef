#include "core/store/sqlite/queries.h"

#include <algorithm>
#include <limits>

namespace jackfield::store {
namespace {

using Rows = Statement::Rows;

constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

int clamped(int limit) {
  return std::clamp(limit, 1, 1'000);
}

Conversation conversation_in(const Rows& row) {
  Conversation found;
  found.id.value = row.integer(0);
  found.account.text = row.text(1);
  found.address.value = row.integer(2);
  found.contact.value = row.integer(3);
  found.address_text = row.text(4);
  found.contact_name = row.text(5);
  found.state = row.as<model::ConversationState>(6);
  found.owner = row.text(7);
  found.queue = row.text(8);
  found.version = row.integer(9);
  found.last_number = row.integer(10);
  found.created_ms = row.integer(11);
  found.last_message_ms = row.integer(12);
  found.last_inbound_ms = row.integer(13);
  return found;
}

Message message_in(const Rows& row) {
  Message found;
  found.id = {{row.integer(0)}, row.integer(1)};
  found.direction = row.as<model::Direction>(2);
  found.status = row.as<MessageStatus>(3);
  found.possible_duplicate = row.integer(4) != 0;
  found.created_ms = row.integer(5);
  found.provider_ms = row.integer(6);
  found.arrival = row.integer(7);
  found.external_id = row.text(8);
  found.reply_to = row.text(9);
  found.author = row.text(10);
  found.dedupe_key = row.text(11);
  for (const char status : row.view(12)) {
    found.part_status.push_back(static_cast<MessageStatus>(status));
  }
  found.detail = row.text(13);
  found.parts = model::parse_parts(row.view(14));
  found.ext_json = row.text(15);
  return found;
}

OutboxRow outbox_in(const Rows& row) {
  OutboxRow found;
  found.id = row.integer(0);
  found.message = {{row.integer(1)}, row.integer(2)};
  found.part_index = row.as<std::uint32_t>(3);
  found.part_total = row.as<std::uint32_t>(4);
  found.account.text = row.text(5);
  found.state = row.as<OutboxState>(6);
  found.attempt = row.as<int>(7);
  found.not_before_ms = row.integer(8);
  found.expires_ms = row.integer(9);
  found.attempt_ms = row.integer(10);
  found.priority = row.as<int>(11);
  return found;
}

QuarantineRow quarantine_in(const Rows& row) {
  QuarantineRow found;
  found.id = row.integer(0);
  found.account.text = row.text(1);
  found.created_ms = row.integer(2);
  found.state = row.as<QuarantineState>(3);
  found.attempts = row.as<int>(4);
  found.content_type = row.text(5);
  found.reason = row.text(6);
  found.raw = row.text(7);
  return found;
}

template <class Make>
auto all(Rows rows, Make make) {
  std::vector<decltype(make(rows))> found;
  while (rows.next()) {
    found.push_back(make(rows));
  }
  return found;
}

template <class Make>
auto first(Rows rows, Make make) {
  return rows.next() ? std::optional(make(rows)) : std::nullopt;
}

}  // namespace

std::optional<Conversation> Queries::conversation(ConversationId id) {
  return first(sql_.conversation.query(id.value), conversation_in);
}

std::optional<Conversation> Queries::open_conversation(const AccountId& account,
                                                       std::string_view address) {
  return first(sql_.open_by_text.query(account.text, address), conversation_in);
}

std::optional<Conversation> Queries::open_conversation(AddressId address) {
  return first(sql_.open_by_id.query(address.value), conversation_in);
}

std::vector<Conversation> Queries::conversations(std::optional<model::ConversationState> state,
                                                 PageKey before, int limit) {
  if (before.time_ms == 0 && before.id == 0) {
    before = {kNewest, kNewest};
  }
  if (!state) {
    return all(sql_.open_list.query(before.time_ms, before.id, clamped(limit)), conversation_in);
  }
  if (*state == model::ConversationState::archived) {
    return all(sql_.archived_list.query(before.time_ms, before.id, clamped(limit)),
               conversation_in);
  }
  return all(sql_.open_list_of_state.query(before.time_ms, before.id, *state, clamped(limit)),
             conversation_in);
}

std::optional<Message> Queries::message(MessageId id) {
  return first(sql_.message.query(id.conversation.value, id.number), message_in);
}

std::vector<Message> Queries::messages(ConversationId id, std::int64_t before, int limit) {
  return all(sql_.messages.query(id.value, before > 0 ? before : kNewest, clamped(limit)),
             message_in);
}

std::vector<Message> Queries::history(const AccountId& account, std::string_view address,
                                      MessageId after, int limit) {
  if (after != MessageId{}) {
    return all(sql_.history_after.query(account.text, address, after.conversation.value,
                                        after.number, clamped(limit)),
               message_in);
  }
  auto newest = all(sql_.history_newest.query(account.text, address, clamped(limit)), message_in);
  std::reverse(newest.begin(), newest.end());
  return newest;
}

std::vector<OutboxRow> Queries::outbox(const std::optional<AccountId>& account,
                                       std::int64_t after_id, int limit) {
  if (account) {
    return all(sql_.outbox_of_account.query(account->text, after_id, clamped(limit)), outbox_in);
  }
  return all(sql_.outbox_all.query(after_id, clamped(limit)), outbox_in);
}

std::vector<OutboxRow> Queries::outbox_of(MessageId message) {
  return all(sql_.outbox_of_message.query(message.conversation.value, message.number), outbox_in);
}

std::vector<QuarantineRow> Queries::quarantine(std::optional<QuarantineState> state,
                                               std::int64_t after_id, int limit) {
  if (state) {
    return all(sql_.quarantine_of_state.query(*state, after_id, clamped(limit)), quarantine_in);
  }
  return all(sql_.quarantine_all.query(after_id, clamped(limit)), quarantine_in);
}

std::optional<QuarantineRow> Queries::quarantine_row(std::int64_t id) {
  return first(sql_.quarantine_row.query(id), quarantine_in);
}

std::vector<MediaJob> Queries::media_jobs(std::int64_t after_id, int limit) {
  return all(sql_.media_jobs.query(after_id, clamped(limit)), [](const Rows& row) {
    MediaJob job;
    job.id = row.integer(0);
    job.account.text = row.text(1);
    job.message = {{row.integer(2)}, row.integer(3)};
    job.part_index = row.as<std::uint32_t>(4);
    job.attempts = row.as<int>(5);
    job.not_before_ms = row.integer(6);
    job.media_kind = row.text(7);
    job.media_ref = row.text(8);
    return job;
  });
}

std::optional<MediaFile> Queries::media_file(std::string_view id) {
  return first(sql_.media_file.query(id), [](const Rows& row) {
    return MediaFile{row.text(0), row.text(1), row.as<std::uint64_t>(2), row.integer(3)};
  });
}

std::vector<Event> Queries::events(int partition, std::int64_t after, int limit) {
  return all(sql_.events.query(partition, after, clamped(limit)), [partition](const Rows& row) {
    Event event;
    event.partition = partition;
    event.sequence = row.integer(0);
    event.epoch = row.as<std::uint64_t>(1);
    event.time_ms = row.integer(2);
    event.type = row.text(3);
    event.route = row.text(4);
    event.subject = row.text(5);
    event.data = row.text(6);
    return event;
  });
}

model::Position Queries::head(int partition) {
  Rows row = sql_.head.query(partition);
  return row.next() ? model::Position{row.as<std::uint64_t>(0), row.integer(1)} : model::Position{};
}

std::int64_t Queries::oldest(int partition) {
  // The newest row is never pruned, so a journal without rows has head 0.
  Rows row = sql_.oldest.query(partition);
  return row.next() ? std::max<std::int64_t>(row.integer(0), 1) : 1;
}

std::optional<Cursor> Queries::cursor(std::string_view name, int partition) {
  return first(sql_.cursor.query(name, partition), [](const Rows& row) {
    return Cursor{
        row.text(0), row.as<int>(1), {row.as<std::uint64_t>(2), row.integer(3)}, row.integer(4)};
  });
}

std::optional<CommandResult> Queries::command_result(std::string_view key) {
  return first(sql_.command_result.query(key), [](const Rows& row) {
    return CommandResult{row.text(0), row.text(1), row.integer(2) != 0};
  });
}

std::vector<std::pair<std::string, std::string>> Queries::kv_all(const AccountId& account) {
  return all(sql_.kv_all.query(account.text),
             [](const Rows& row) { return std::pair(row.text(0), row.text(1)); });
}

std::vector<std::pair<std::string, std::int64_t>> Queries::counts() {
  Rows row = sql_.counts.query();
  if (!row.next()) {
    return {};
  }
  return {{"messages", row.integer(0)},
          {"conversations_open", row.integer(1)},
          {"outbox", row.integer(2)},
          {"quarantine", row.integer(3)}};
}

}  // namespace jackfield::store
