#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/store/sqlite/fingerprint_key.h"
#include "core/store/sqlite/forwarding_reader.h"
#include "core/store/sqlite/write_state.h"
#include "core/store/sqlite/write_statements.h"

namespace jackfield::store {

/// The changes, on the connection that writes. One object for the store's whole life: it has the
/// compiled statements. Writer thread. The references outlive it.
class SqliteTransaction final : public ForwardingReader<Transaction> {
 public:
  static constexpr UnixMs kDayMs = 24LL * 3600 * 1000;
  static constexpr UnixMs kBucketMs = 4 * kDayMs;
  /// Whole buckets behind the current one that are kept: 2 of 4 days are at least 8 days.
  static constexpr std::int64_t kBucketsKept = 2;
  static constexpr UnixMs kEarlyReceiptMs = 7 * kDayMs;
  static constexpr UnixMs kCommandResultMs = kDayMs;
  /// Rows of one table that one prune() removes at most.
  static constexpr int kPruneRows = 500;
  /// Receipts that can wait for one message.
  static constexpr int kEarlyReceiptsMax = 64;
  /// How far back a receipt that means "everything up to here" reaches.
  static constexpr int kOutboundScanMax = 5'000;
  static constexpr int kOutboundBelowMax = 500;

  SqliteTransaction(Connection& connection, Queries& queries, WriteState& state,
                    const FingerprintKey& key, const base::Clock& clock);

  /// Before each write's work: forgets what the one before it had just read.
  void begin_work();
  /// Writes what is kept in memory meanwhile; before COMMIT. Throws SqliteFailure.
  void finish();

  model::Position head(int partition) override;
  std::vector<std::pair<std::string, std::int64_t>> counts() override;

  bool remember(const Fingerprint& print, UnixMs now, MessageId* first) override;
  void remember_message(const Fingerprint& print, UnixMs now, MessageId message) override;
  std::int64_t add_arrival(const AccountId& account, std::string_view content_type,
                           std::string_view raw, UnixMs now) override;

  KnownAddress know_address(const AccountId& account, std::string_view address,
                            std::string_view display_name, UnixMs now) override;
  Conversation open_or_new_conversation(const AccountId& account, const KnownAddress& who,
                                        UnixMs now, bool& is_new) override;
  bool update_conversation(const Conversation& changed, std::int64_t expected_version) override;
  MessageId append_message(const Message& message) override;
  void update_message(const Message& message) override;
  void append_event(Event event) override;

  std::int64_t add_outbox(const OutboxRow& row) override;
  void update_outbox(const OutboxRow& row) override;
  void remove_outbox(std::int64_t id) override;
  void add_sent(const AccountId& account, std::string_view external_id,
                const SentPart& part) override;
  std::optional<SentPart> find_sent(const AccountId& account,
                                    std::string_view external_id) override;
  void add_early_receipt(const AccountId& account, const Receipt& receipt, UnixMs now) override;
  std::vector<Receipt> take_early_receipts(const AccountId& account,
                                           std::string_view external_id) override;
  std::vector<MessageId> outbound_below(const AccountId& account, std::string_view address,
                                        MessageId up_to, UnixMs provider_ms,
                                        MessageStatus below) override;

  std::int64_t add_quarantine(const QuarantineRow& row) override;
  void update_quarantine(const QuarantineRow& row) override;
  std::int64_t add_media_job(const MediaJob& job) override;
  void update_media_job(const MediaJob& job) override;
  void remove_media_job(std::int64_t id) override;
  void add_media_file(const MediaFile& file) override;

  bool ack_cursor(const Cursor& cursor) override;
  std::int64_t claim_cursor(std::string_view name) override;
  void add_command_result(std::string_view key, const CommandResult& result, UnixMs now) override;
  void kv_put(const AccountId& account, std::string_view key, std::string_view value) override;

  bool prune(UnixMs now, std::int64_t journal_rows_max) override;

 private:
  /// The address this work has just looked up: who appends to its conversation next needs the same.
  struct RecentAddress {
    KnownAddress known;
    std::string value;
    std::string name;
  };
  /// What append_message() counts on, of the conversation this work has just looked up.
  struct RecentConversation {
    ConversationId id;
    std::int64_t last_number = 0;
    UnixMs last_message_ms = 0;
    UnixMs last_inbound_ms = 0;
  };

  std::int64_t account_row(const AccountId& account);
  std::optional<Conversation> open_conversation_of(const AccountId& account,
                                                   const KnownAddress& who);
  void look_up(ConversationId id);
  bool find_seen(std::int64_t bucket, PrintHalves print, MessageId* first);
  bool prune_seen(UnixMs now);
  bool prune_journal(int partition, std::int64_t rows_max);

  Connection& connection_;
  Queries& queries_;
  WriteState& state_;
  const FingerprintKey& key_;
  const base::Clock& clock_;
  RecentAddress recent_address_;
  RecentConversation recent_conversation_;
  WriteStatements sql_;
};

}  // namespace jackfield::store
