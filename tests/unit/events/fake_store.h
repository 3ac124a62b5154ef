#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/store/store.h"

namespace jackfield::tests {

/// The journal, cursors and command results in memory; one thread runs reads and writes in order.
/// Everything else throws.
class FakeStore final : public store::Store, private store::Transaction {
  using NotHere = std::logic_error;

 public:
  FakeStore() : thread_([this] { run(); }) {}
  ~FakeStore() override { FakeStore::close(); }

  static constexpr std::uint64_t kEpoch = 0xABC;
  std::int64_t oldest_kept = 1;  ///< Set before the store is used by another thread.

  /// Appends and commits `count` events.
  void append(int count) {
    const Status taken = write(
        [this, count](store::Transaction&) {
          for (int i = 0; i < count; ++i) {
            store::Event event;
            event.type = "jf.message.received";
            event.route = "test.main.c";
            event.data = "{}";
            append_event(std::move(event));
          }
        },
        [](const Status&) {});
    if (!taken) {
      throw std::runtime_error(taken.error().text);
    }
  }

  Status write(Work work, Done done) override {
    return put([this, work = std::move(work), done = std::move(done)] {
      fresh_.clear();
      work(*this);
      done(jackfield::Done{});
      if (listener_ && !fresh_.empty()) {
        listener_(fresh_);
      }
    });
  }
  Status read(Read read) override {
    return put([this, read = std::move(read)] { read(*this); });
  }
  void set_commit_listener(CommitListener listener) override {
    const Status taken = put([this, listener = std::move(listener)] { listener_ = listener; });
    if (!taken) {
      throw std::runtime_error(taken.error().text);
    }
  }
  bool is_healthy() const override { return true; }
  store::Fingerprint fingerprint(const store::AccountId&, int, std::string_view) const override {
    return {};
  }
  Figures figures() const override { return {}; }
  void close() override {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  Status put(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) {
      return Error{ErrorCode::internal, "closed"};
    }
    tasks_.push_back(std::move(task));
    wake_.notify_one();
    return jackfield::Done{};
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return is_closed_ || !tasks_.empty(); });
      if (tasks_.empty()) {
        return;
      }
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  // What is here.
  std::vector<store::Event> events(int, std::int64_t after, int limit) override {
    std::vector<store::Event> page;
    for (const auto& event : journal_) {
      if (event.sequence > after && event.sequence >= oldest_kept &&
          page.size() < static_cast<std::size_t>(limit)) {
        page.push_back(event);
      }
    }
    return page;
  }
  model::Position head(int) override {
    return {kEpoch, static_cast<std::int64_t>(journal_.size())};
  }
  std::int64_t oldest(int) override { return oldest_kept; }
  std::optional<store::Cursor> cursor(std::string_view name, int) override {
    const auto it = cursors_.find(std::string(name));
    return it == cursors_.end() ? std::nullopt : std::optional(it->second);
  }
  std::optional<store::CommandResult> command_result(std::string_view key) override {
    const auto it = results_.find(std::string(key));
    return it == results_.end() ? std::nullopt : std::optional(it->second);
  }
  std::vector<store::Conversation> conversations(std::optional<model::ConversationState>,
                                                 store::PageKey, int) override {
    return {};
  }
  void append_event(store::Event event) override {
    event.epoch = kEpoch;
    event.sequence = static_cast<std::int64_t>(journal_.size()) + 1;
    journal_.push_back(event);
    fresh_.push_back(std::move(event));
  }
  bool ack_cursor(const store::Cursor& cursor) override {
    if (claims_[cursor.name] != cursor.fence) {
      return false;
    }
    auto& row = cursors_[cursor.name];
    const bool is_forward = row.acked.sequence < cursor.acked.sequence;
    row = is_forward || row.name.empty() ? cursor : row;
    return true;
  }
  std::int64_t claim_cursor(std::string_view name) override { return ++claims_[std::string(name)]; }
  void add_command_result(std::string_view key, const store::CommandResult& result,
                          store::UnixMs) override {
    results_[std::string(key)] = result;
  }

  // What is not.
  [[noreturn]] static void absent() { throw NotHere("FakeStore has no such table"); }
  using C = store::Conversation;
  using M = store::Message;
  std::optional<C> conversation(store::ConversationId) override { absent(); }
  std::optional<C> open_conversation(const store::AccountId&, std::string_view) override {
    absent();
  }
  std::optional<M> message(store::MessageId) override { absent(); }
  std::vector<M> messages(store::ConversationId, std::int64_t, int) override { absent(); }
  std::vector<M> history(const store::AccountId&, std::string_view, store::MessageId,
                         int) override {
    absent();
  }
  std::vector<store::OutboxRow> outbox(const std::optional<store::AccountId>&, std::int64_t,
                                       int) override {
    absent();
  }
  std::vector<store::OutboxRow> outbox_of(store::MessageId) override { absent(); }
  std::vector<store::QuarantineRow> quarantine(std::optional<store::QuarantineState>, std::int64_t,
                                               int) override {
    absent();
  }
  std::optional<store::QuarantineRow> quarantine_row(std::int64_t) override { absent(); }
  std::vector<store::MediaJob> media_jobs(std::int64_t, int) override { absent(); }
  std::optional<store::MediaFile> media_file(std::string_view) override { absent(); }
  std::vector<std::pair<std::string, std::string>> kv_all(const store::AccountId&) override {
    absent();
  }
  std::vector<std::pair<std::string, std::int64_t>> counts() override { absent(); }
  bool remember(const store::Fingerprint&, store::UnixMs, store::MessageId*) override { absent(); }
  void remember_message(const store::Fingerprint&, store::UnixMs, store::MessageId) override {
    absent();
  }
  std::int64_t add_arrival(const store::AccountId&, std::string_view, std::string_view,
                           store::UnixMs) override {
    absent();
  }
  store::KnownAddress know_address(const store::AccountId&, std::string_view, std::string_view,
                                   store::UnixMs) override {
    absent();
  }
  C open_or_new_conversation(const store::AccountId&, const store::KnownAddress&, store::UnixMs,
                             bool&) override {
    absent();
  }
  bool update_conversation(const C&, std::int64_t) override { absent(); }
  store::MessageId append_message(const M&) override { absent(); }
  void update_message(const M&) override { absent(); }
  std::int64_t add_outbox(const store::OutboxRow&) override { absent(); }
  void update_outbox(const store::OutboxRow&) override { absent(); }
  void remove_outbox(std::int64_t) override { absent(); }
  void add_sent(const store::AccountId&, std::string_view, const store::SentPart&) override {
    absent();
  }
  std::optional<store::SentPart> find_sent(const store::AccountId&, std::string_view) override {
    absent();
  }
  void add_early_receipt(const store::AccountId&, const store::Receipt&, store::UnixMs) override {
    absent();
  }
  std::vector<store::Receipt> take_early_receipts(const store::AccountId&,
                                                  std::string_view) override {
    absent();
  }
  std::vector<store::MessageId> outbound_below(const store::AccountId&, std::string_view,
                                               store::MessageId, store::UnixMs,
                                               store::MessageStatus) override {
    absent();
  }
  std::int64_t add_quarantine(const store::QuarantineRow&) override { absent(); }
  void update_quarantine(const store::QuarantineRow&) override { absent(); }
  std::int64_t add_media_job(const store::MediaJob&) override { absent(); }
  void update_media_job(const store::MediaJob&) override { absent(); }
  void remove_media_job(std::int64_t) override { absent(); }
  void add_media_file(const store::MediaFile&) override { absent(); }
  void kv_put(const store::AccountId&, std::string_view, std::string_view) override { absent(); }
  bool prune(store::UnixMs, std::int64_t) override { absent(); }

  std::vector<store::Event> journal_, fresh_;
  std::map<std::string, store::Cursor> cursors_;
  std::map<std::string, std::int64_t> claims_;
  std::map<std::string, store::CommandResult> results_;
  CommitListener listener_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace jackfield::tests
