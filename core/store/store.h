#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/conversation.h"
#include "core/model/event.h"
#include "core/model/ids.h"
#include "core/model/message.h"
#include "jackfield/result.h"

namespace jackfield::store {

using model::AccountId;
using model::AddressId;
using model::ContactId;
using model::Conversation;
using model::ConversationId;
using model::Event;
using model::Message;
using model::MessageId;
using model::MessageStatus;
using model::Part;
using model::UnixMs;

/// Thrown out of a write's work to undo this write alone; reaches its `done` as that Error.
struct Refused : std::runtime_error {
  explicit Refused(Error why) : std::runtime_error(why.text), error(std::move(why)) {}
  Error error;
};

/// The disk or the database failed under a read or a write: nothing the caller did, nothing it can
/// repair.
struct StoreFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// 128 bits that name one arrival for ever within its account: a keyed hash of (account, kind,
/// dedupe key). The key is the store's own, so nobody outside can make two ids meet.
using Fingerprint = std::array<std::uint8_t, 16>;

/// Where a person or thing outside is known.
struct KnownAddress {
  AddressId address;
  ContactId contact;
  bool is_new = false;
};

/// One part of one outbound message without a final fate.
enum class OutboxState : std::uint8_t { queued = 0, sending = 1, unknown = 2 };
struct OutboxRow {
  std::int64_t id = 0;  ///< Order of promise.
  MessageId message;
  std::uint32_t part_index = 0;
  std::uint32_t part_total = 1;
  AccountId account;
  OutboxState state = OutboxState::queued;
  int attempt = 0;  ///< The last one begun; 0 = none.
  UnixMs not_before_ms = 0;
  UnixMs expires_ms = 0;
  UnixMs attempt_ms = 0;  ///< When the last attempt began.
  int priority = 0;       ///< 0 agent replies, 1 bulk.
};

/// A provider's report about one outbound part.
struct Receipt {
  MessageStatus status = MessageStatus::sent;
  std::string external_id;
  std::string correlator;  ///< Our message id text, when returned by the provider; may be empty.
  UnixMs provider_ms = 0;
  std::int32_t provider_code = 0;
  std::string detail;
};

enum class QuarantineState : std::uint8_t { held = 0, replayed = 1, discarded = 2 };
struct QuarantineRow {
  std::int64_t id = 0;
  AccountId account;
  UnixMs created_ms = 0;
  std::string content_type;
  std::string raw;  ///< The broken item, or the whole body when it could not be split.
  std::string reason;
  QuarantineState state = QuarantineState::held;
  int attempts = 0;
};

/// Media still to be fetched.
struct MediaJob {
  std::int64_t id = 0;
  AccountId account;
  MessageId message;
  std::uint32_t part_index = 0;
  std::string media_ref;
  std::string media_kind;
  int attempts = 0;
  UnixMs not_before_ms = 0;
};

struct MediaFile {
  std::string id;    ///< sha256, hex.
  std::string mime;  ///< Sniffed.
  std::uint64_t size_bytes = 0;
  UnixMs created_ms = 0;
};

struct SentPart {
  MessageId message;
  std::uint32_t part_index = 0;
};

struct Cursor {
  std::string name;
  int partition = 0;
  model::Position acked;
  std::int64_t fence = 0;
};

/// The result of a command, kept under its idempotency key.
struct CommandResult {
  std::string
      request_hash;   ///< Of name and arguments: another request under the same key is refused.
  std::string reply;  ///< JSON.
  bool is_error = false;
};

/// What a page of a list starts behind: rows strictly older than (time, id). Zeroes = from the
/// newest.
struct PageKey {
  UnixMs time_ms = 0;
  std::int64_t id = 0;
};

/// Reads. On a Snapshot they see one committed state; on a Transaction also its own changes.
/// Every list has a limit; 1 <= limit <= 1000 or it is clamped. Throws StoreFailure when the disk
/// fails.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<Conversation> conversation(ConversationId id) = 0;
  virtual std::optional<Conversation> open_conversation(const AccountId& account,
                                                        std::string_view address) = 0;
  virtual std::optional<Message> message(MessageId id) = 0;
  /// Newest first, numbers below `before` (0 = newest).
  virtual std::vector<Message> messages(ConversationId id, std::int64_t before, int limit) = 0;
  /// What was said with one address over all its conversations, oldest first, after `after`
  /// ({} = the newest `limit` ones).
  virtual std::vector<Message> history(const AccountId& account, std::string_view address,
                                       MessageId after, int limit) = 0;
  /// Newest activity first; only open ones unless `state` says archived.
  virtual std::vector<Conversation> conversations(std::optional<model::ConversationState> state,
                                                  PageKey before, int limit) = 0;
  virtual std::vector<OutboxRow> outbox(const std::optional<AccountId>& account,
                                        std::int64_t after_id, int limit) = 0;
  virtual std::vector<OutboxRow> outbox_of(MessageId message) = 0;
  virtual std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state,
                                                std::int64_t after_id, int limit) = 0;
  virtual std::optional<QuarantineRow> quarantine_row(std::int64_t id) = 0;
  virtual std::vector<MediaJob> media_jobs(std::int64_t after_id, int limit) = 0;
  virtual std::optional<MediaFile> media_file(std::string_view id) = 0;
  /// Events with sequence > after, ascending.
  virtual std::vector<Event> events(int partition, std::int64_t after, int limit) = 0;
  virtual model::Position head(int partition) = 0;
  /// The oldest sequence still kept; head.sequence + 1 when none is.
  virtual std::int64_t oldest(int partition) = 0;
  virtual std::optional<Cursor> cursor(std::string_view name, int partition) = 0;
  virtual std::optional<CommandResult> command_result(std::string_view key) = 0;
  virtual std::vector<std::pair<std::string, std::string>> kv_all(const AccountId& account) = 0;
  /// Row counts for `status`: {"messages":…,"conversations_open":…,"outbox":…,"quarantine":…}:
  /// cheap ones only.
  virtual std::vector<std::pair<std::string, std::int64_t>> counts() = 0;
};

/// Changes. Used on the writer thread inside Store::write only.
class Transaction : public Reader {
 public:
  /// True when the fingerprint is new; it is remembered for at least kRememberDays (8). When it is
  /// known, `first` (may be null) is set to the message it was remembered for, if any.
  virtual bool remember(const Fingerprint& print, UnixMs now, MessageId* first) = 0;
  /// Says which message a remembered fingerprint stands for (same transaction as remember()).
  virtual void remember_message(const Fingerprint& print, UnixMs now, MessageId message) = 0;

  /// Keeps the raw body; returns its row.
  virtual std::int64_t add_arrival(const AccountId& account, std::string_view content_type,
                                   std::string_view raw, UnixMs now) = 0;

  /// Finds or makes the address and its contact. A non-empty `display_name` updates the contact's
  /// name.
  virtual KnownAddress know_address(const AccountId& account, std::string_view address,
                                    std::string_view display_name, UnixMs now) = 0;
  /// The one open conversation of the address; makes a waiting one when there is none (is_new).
  virtual Conversation open_or_new_conversation(const AccountId& account, const KnownAddress& who,
                                                UnixMs now, bool& is_new) = 0;
  /// Writes state, owner, queue if the stored version is `expected`; the version grows by one.
  /// False: somebody else was first.
  virtual bool update_conversation(const Conversation& changed, std::int64_t expected_version) = 0;

  /// Appends with the next number (set in the returned id; `message.id.number` is ignored) and
  /// moves the conversation's last_number, last_message_ms (and last_inbound_ms).
  virtual MessageId append_message(const Message& message) = 0;
  /// Rewrites status, part_status, parts, detail, external_id, possible_duplicate of a stored
  /// message.
  virtual void update_message(const Message& message) = 0;

  /// Assigns the next sequence of the partition.
  virtual void append_event(Event event) = 0;

  virtual std::int64_t add_outbox(const OutboxRow& row) = 0;
  virtual void update_outbox(const OutboxRow& row) = 0;
  virtual void remove_outbox(std::int64_t id) = 0;

  /// Provider ids of accepted parts, kept as long as the message.
  virtual void add_sent(const AccountId& account, std::string_view external_id,
                        const SentPart& part) = 0;
  virtual std::optional<SentPart> find_sent(const AccountId& account,
                                            std::string_view external_id) = 0;
  /// A receipt whose message is not known (yet); kept kEarlyReceiptDays (7).
  virtual void add_early_receipt(const AccountId& account, const Receipt& receipt, UnixMs now) = 0;
  virtual std::vector<Receipt> take_early_receipts(const AccountId& account,
                                                   std::string_view external_id) = 0;
  /// Outbound messages of the open conversation with `address` up to and including `up_to` (or up
  /// to `provider_ms` when up_to is none) whose status is below `below`; newest first, at most 500.
  virtual std::vector<MessageId> outbound_below(const AccountId& account, std::string_view address,
                                                MessageId up_to, UnixMs provider_ms,
                                                MessageStatus below) = 0;

  virtual std::int64_t add_quarantine(const QuarantineRow& row) = 0;
  virtual void update_quarantine(const QuarantineRow& row) = 0;

  virtual std::int64_t add_media_job(const MediaJob& job) = 0;
  virtual void update_media_job(const MediaJob& job) = 0;
  virtual void remove_media_job(std::int64_t id) = 0;
  virtual void add_media_file(const MediaFile& file) = 0;

  /// Moves the cursor forward; false when `fence` is not the newest claim of this name.
  virtual bool ack_cursor(const Cursor& cursor) = 0;
  /// A new fence for this name: the older claimant's next ack is refused.
  virtual std::int64_t claim_cursor(std::string_view name) = 0;
  virtual void add_command_result(std::string_view key, const CommandResult& result,
                                  UnixMs now) = 0;
  virtual void kv_put(const AccountId& account, std::string_view key, std::string_view value) = 0;

  /// Removes in small steps what is older than its retention (early receipts, command results,
  /// dedupe buckets, journal beyond `journal_rows_max`). Returns whether more is left.
  virtual bool prune(UnixMs now, std::int64_t journal_rows_max) = 0;
};

/// Durable state. Exactly one thread writes; writes that wait while a commit runs go into the next
/// one together (group commit); each write is atomic by itself.
class Store {
 public:
  using Work = std::function<void(Transaction&)>;
  using Done = std::function<void(const Status&)>;
  using Read = std::function<void(Reader&)>;
  using CommitListener = std::function<void(std::vector<Event>)>;

  static constexpr std::size_t kWritesWaitingMax = 16'384;
  static constexpr std::size_t kReadsWaitingMax = 4'096;

  virtual ~Store() = default;

  /// Runs `work` on the writer thread. `done` is called on the writer thread: with Done after the
  /// commit is on the disk, with an Error when this work threw or the commit failed. Never dropped.
  /// Error (and no `done`): throttled when kWritesWaitingMax wait; internal when the store is
  /// closed or has failed for good (is_healthy() is false then). `work` may run twice when a batch
  /// has to be repeated one by one: it must set, not add to, what it captures.
  [[nodiscard]] virtual Status write(Work work, Done done) = 0;
  /// Runs `read` on a reader thread with one snapshot. Error: throttled, internal as above.
  [[nodiscard]] virtual Status read(Read read) = 0;
  /// Called on the writer thread after each commit (after the `done`s) with its events in order.
  /// Set once, before the first write.
  virtual void set_commit_listener(CommitListener listener) = 0;
  /// False after an fsync failed: what is on the disk is no longer known, the process must end.
  [[nodiscard]] virtual bool is_healthy() const = 0;
  /// Fingerprint of an arrival of `account`; thread-safe.
  [[nodiscard]] virtual Fingerprint fingerprint(const AccountId& account, int kind,
                                                std::string_view key) const = 0;
  /// Commits since start, for status and benchmarks: {commits, writes, …}.
  struct Figures {
    std::uint64_t commits = 0, writes = 0, failures = 0;
    std::size_t waiting = 0;
  };
  [[nodiscard]] virtual Figures figures() const = 0;
  /// Finishes what waits, then stops the threads. Idempotent.
  virtual void close() = 0;
};

}  // namespace jackfield::store
