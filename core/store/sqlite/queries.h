#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/store/sqlite/read_statements.h"
#include "core/store/store.h"

namespace jackfield::store {

/// Everything that is read, with its statements; the functions are those of store::Reader.
/// One per connection, on that connection's thread. Throws SqliteFailure.
class Queries {
 public:
  explicit Queries(Connection& connection) : sql_{connection} {}

  std::optional<Conversation> conversation(ConversationId id);
  std::optional<Conversation> open_conversation(const AccountId& account, std::string_view address);
  std::optional<Conversation> open_conversation(AddressId address);
  std::vector<Conversation> conversations(std::optional<model::ConversationState> state,
                                          PageKey before, int limit);

  std::optional<Message> message(MessageId id);
  std::vector<Message> messages(ConversationId id, std::int64_t before, int limit);
  std::vector<Message> history(const AccountId& account, std::string_view address, MessageId after,
                               int limit);

  std::vector<OutboxRow> outbox(const std::optional<AccountId>& account, std::int64_t after_id,
                                int limit);
  std::vector<OutboxRow> outbox_of(MessageId message);
  std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state, std::int64_t after_id,
                                        int limit);
  std::optional<QuarantineRow> quarantine_row(std::int64_t id);
  std::vector<MediaJob> media_jobs(std::int64_t after_id, int limit);
  std::optional<MediaFile> media_file(std::string_view id);

  std::vector<Event> events(int partition, std::int64_t after, int limit);
  model::Position head(int partition);
  std::int64_t oldest(int partition);
  std::optional<Cursor> cursor(std::string_view name, int partition);

  std::optional<CommandResult> command_result(std::string_view key);
  std::vector<std::pair<std::string, std::string>> kv_all(const AccountId& account);
  std::vector<std::pair<std::string, std::int64_t>> counts();

 private:
  ReadStatements sql_;
};

}  // namespace jackfield::store
