#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/store/sqlite/sqlite_transaction.h"
#include "core/store/store.h"

namespace jackfield::store {

/// The one thread that writes. It takes all writes that came during the last commit, runs them in
/// one transaction, commits, tells everyone, then checkpoints when it is time.
///
/// Undoing one write: a write that throws before it has changed anything needs no undoing.
/// Otherwise the batch is rolled back and repeated with a savepoint around each write: rare, and
/// much cheaper than a savepoint around every write always (a savepoint copies each page it
/// touches).
///
/// Threads: submit(), is_healthy(), figures(), stop() from any; everything else on its own.
class Writer {
 public:
  /// More would make those in front wait for those behind.
  static constexpr std::size_t kWritesPerCommitMax = 1'024;

  struct Options {
    int checkpoint_pages = 4'000;  ///< Pages in the WAL from which on it is copied back.
    int wal_pages_max =
        64 * 1'024;  ///< Then readers are waited for (busy timeout) so that it can begin anew.
  };

  /// The references outlive it; `connection` is used on the writer's thread only until stop() is
  /// done.
  Writer(Connection& connection, WriteState& state, SqliteTransaction& transaction,
         const Options& options);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { stop(); }

  [[nodiscard]] Status submit(Store::Work work, Store::Done done);
  /// Before the first submit().
  void set_listener(Store::CommitListener listener) { listener_ = std::move(listener); }
  [[nodiscard]] bool is_healthy() const { return is_healthy_.load(std::memory_order_acquire); }
  [[nodiscard]] Store::Figures figures() const;
  /// Finishes what waits, then ends the thread. Idempotent; not from the writer's thread.
  void stop();

 private:
  struct Waiting {
    Store::Work work;
    Store::Done done;
    std::optional<Error> error;  ///< Of this try.
  };
  enum class Undo : std::uint8_t {
    whole_batch,  ///< Fast; can't undo one write.
    one_write,    ///< A savepoint around each.
  };
  enum class Ran : std::uint8_t { yes, repeat };

  void run();
  bool take_batch();
  void commit_batch();
  Ran run_batch(Undo undo);
  void run_guarded(Waiting& one);
  void commit();
  void give_up(const std::string& why);
  void roll_back();
  void tell();
  void checkpoint();
  void break_down(const char* event, const std::string& why);

  Connection& connection_;
  WriteState& state_;
  SqliteTransaction& transaction_;
  const Options options_;
  Store::CommitListener listener_;

  mutable std::mutex mutex_;  ///< Guards waiting_, is_stopping_.
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool is_stopping_ = false;

  std::vector<Waiting> batch_;
  WriteState::Mark batch_mark_;
  WriteState::Mark write_mark_;
  int wal_pages_ = 0;
  bool is_checkpoint_failing_ = false;

  std::atomic<bool> is_healthy_{true};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<std::uint64_t> failures_{0};

  Statement begin_, commit_, roll_back_;
  Statement savepoint_, release_, roll_back_to_;

  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace jackfield::store
