#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/store/sqlite/queries.h"
#include "core/store/store.h"

namespace jackfield::store {

/// Reader's functions over Queries; `Interface` is Reader or Transaction.
template <class Interface>
class ForwardingReader : public Interface {
 public:
  /// `queries` outlives it.
  explicit ForwardingReader(Queries& queries) : queries_(queries) {}

  std::optional<Conversation> conversation(ConversationId id) override {
    return queries_.conversation(id);
  }
  std::optional<Conversation> open_conversation(const AccountId& account,
                                                std::string_view address) override {
    return queries_.open_conversation(account, address);
  }
  std::optional<Message> message(MessageId id) override { return queries_.message(id); }
  std::vector<Message> messages(ConversationId id, std::int64_t before, int limit) override {
    return queries_.messages(id, before, limit);
  }
  std::vector<Message> history(const AccountId& account, std::string_view address, MessageId after,
                               int limit) override {
    return queries_.history(account, address, after, limit);
  }
  std::vector<Conversation> conversations(std::optional<model::ConversationState> state,
                                          PageKey before, int limit) override {
    return queries_.conversations(state, before, limit);
  }
  std::vector<OutboxRow> outbox(const std::optional<AccountId>& account, std::int64_t after_id,
                                int limit) override {
    return queries_.outbox(account, after_id, limit);
  }
  std::vector<OutboxRow> outbox_of(MessageId message) override {
    return queries_.outbox_of(message);
  }
  std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state, std::int64_t after_id,
                                        int limit) override {
    return queries_.quarantine(state, after_id, limit);
  }
  std::optional<QuarantineRow> quarantine_row(std::int64_t id) override {
    return queries_.quarantine_row(id);
  }
  std::vector<MediaJob> media_jobs(std::int64_t after_id, int limit) override {
    return queries_.media_jobs(after_id, limit);
  }
  std::optional<MediaFile> media_file(std::string_view id) override {
    return queries_.media_file(id);
  }
  std::vector<Event> events(int partition, std::int64_t after, int limit) override {
    return queries_.events(partition, after, limit);
  }
  model::Position head(int partition) override { return queries_.head(partition); }
  std::int64_t oldest(int partition) override { return queries_.oldest(partition); }
  std::optional<Cursor> cursor(std::string_view name, int partition) override {
    return queries_.cursor(name, partition);
  }
  std::optional<CommandResult> command_result(std::string_view key) override {
    return queries_.command_result(key);
  }
  std::vector<std::pair<std::string, std::string>> kv_all(const AccountId& account) override {
    return queries_.kv_all(account);
  }
  std::vector<std::pair<std::string, std::int64_t>> counts() override { return queries_.counts(); }

 private:
  Queries& queries_;
};

}  // namespace jackfield::store
