#include "core/store/sqlite/writer.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "core/base/failpoint.h"
#include "core/base/log.h"

namespace jackfield::store {
namespace {

int note_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

/// Runs somebody else's code that must not stop the writer.
template <class Call>
void call_guarded(const char* what, Call call) {
  try {
    call();
  } catch (const std::exception& failure) {
    base::log::error("store.callback_threw", {{"callback", what}, {"why", failure.what()}});
  }
}

}  // namespace

Writer::Writer(Connection& connection, WriteState& state, SqliteTransaction& transaction,
               const Options& options)
    : connection_(connection),
      state_(state),
      transaction_(transaction),
      options_(options),
      begin_(connection, "BEGIN IMMEDIATE"),
      commit_(connection, "COMMIT"),
      roll_back_(connection, "ROLLBACK"),
      savepoint_(connection, "SAVEPOINT one"),
      release_(connection, "RELEASE one"),
      roll_back_to_(connection, "ROLLBACK TO one") {
  sqlite3_wal_hook(connection.raw(), note_wal_pages, &wal_pages_);
  thread_ = std::thread([this] { run(); });
}

Status Writer::submit(Store::Work work, Store::Done done) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
      return Error{ErrorCode::internal, "the store is closed"};
    }
    if (!is_healthy()) {
      return Error{ErrorCode::internal, "the store has failed: restart the process"};
    }
    if (waiting_.size() >= Store::kWritesWaitingMax) {
      return Error{ErrorCode::throttled, "too many writes wait for the disk; try again later"};
    }
    was_empty = waiting_.empty();
    waiting_.push_back({std::move(work), std::move(done), {}});
  }
  if (was_empty) {
    wake_.notify_one();
  }
  return Done{};
}

Store::Figures Writer::figures() const {
  Store::Figures figures;
  figures.commits = commits_.load(std::memory_order_relaxed);
  figures.writes = writes_.load(std::memory_order_relaxed);
  figures.failures = failures_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  figures.waiting = waiting_.size();
  return figures;
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  const std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Writer::run() {
  while (take_batch()) {
    commit_batch();
    tell();
    batch_.clear();
    checkpoint();
  }
}

bool Writer::take_batch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
  const std::size_t count = std::min(waiting_.size(), kWritesPerCommitMax);
  for (std::size_t i = 0; i < count; ++i) {
    batch_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return count != 0;
}

void Writer::commit_batch() {
  if (!is_healthy()) {
    give_up("the store has failed: restart the process");
    return;
  }
  connection_.forget_loss();
  state_.save(batch_mark_);
  try {
    if (run_batch(Undo::whole_batch) == Ran::repeat) {
      roll_back();
      run_batch(Undo::one_write);
    }
    commit();
  } catch (const std::exception& failure) {
    roll_back();
    const auto& loss = connection_.loss();
    give_up(loss ? loss->what() : failure.what());
    if (loss && (loss->kind() == SqliteFailure::Kind::fsync ||
                 loss->kind() == SqliteFailure::Kind::corrupt)) {
      break_down("store.failed", loss->what());
    }
  }
}

Writer::Ran Writer::run_batch(Undo undo) {
  begin_.run();
  for (Waiting& one : batch_) {
    one.error.reset();
    const std::int64_t changes_before = connection_.changes();
    state_.save(write_mark_);
    if (undo == Undo::one_write) {
      savepoint_.run();
    }
    run_guarded(one);
    if (connection_.loss()) {
      throw SqliteFailure(*connection_.loss());
    }
    const bool must_undo = one.error && connection_.changes() != changes_before;
    if (must_undo && undo == Undo::whole_batch) {
      return Ran::repeat;
    }
    if (undo == Undo::one_write) {
      if (must_undo) {
        roll_back_to_.run();
        state_.restore(write_mark_);
      }
      release_.run();
    }
  }
  return Ran::yes;
}

void Writer::run_guarded(Waiting& one) {
  transaction_.begin_work();
  try {
    one.work(transaction_);
  } catch (const Refused& refused) {
    one.error = refused.error;
  } catch (const std::exception& failure) {
    one.error = Error{ErrorCode::internal, failure.what()};
  } catch (...) {
    one.error = Error{ErrorCode::internal, "the write threw something that is no exception"};
  }
}

void Writer::commit() {
  transaction_.finish();
  JACKFIELD_FAILPOINT("store.before_commit");
  commit_.run();
  commits_.fetch_add(1, std::memory_order_relaxed);
}

void Writer::give_up(const std::string& why) {
  for (Waiting& one : batch_) {
    one.error = Error{ErrorCode::internal, why};
  }
}

void Writer::roll_back() {
  if (connection_.in_transaction()) {
    try {
      roll_back_.run();
    } catch (const SqliteFailure& failure) {
      break_down("store.rollback_failed", failure.what());
    }
  }
  state_.restore(batch_mark_);
}

void Writer::tell() {
  call_guarded("failpoint", [] { JACKFIELD_FAILPOINT("store.after_commit"); });
  for (Waiting& one : batch_) {
    writes_.fetch_add(1, std::memory_order_relaxed);
    if (one.error) {
      failures_.fetch_add(1, std::memory_order_relaxed);
    }
    if (one.done) {
      call_guarded(
          "done", [&one] { one.done(one.error ? Status(*std::move(one.error)) : Status(Done{})); });
    }
  }
  std::vector<Event> events = state_.take_events();
  if (!events.empty() && listener_) {
    call_guarded("failpoint", [] { JACKFIELD_FAILPOINT("store.before_listener"); });
    call_guarded("commit listener", [&] { listener_(std::move(events)); });
  }
}

void Writer::checkpoint() {
  if (wal_pages_ < options_.checkpoint_pages || !is_healthy()) {
    return;
  }
  const int mode =
      wal_pages_ < options_.wal_pages_max ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  const int code = sqlite3_wal_checkpoint_v2(connection_.raw(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK || code == SQLITE_BUSY) {
    wal_pages_ = code == SQLITE_OK ? 0 : wal_pages_;
    is_checkpoint_failing_ = false;
    return;
  }
  try {
    connection_.fail(code, "checkpoint");
  } catch (const SqliteFailure& failure) {
    if (failure.kind() == SqliteFailure::Kind::fsync ||
        failure.kind() == SqliteFailure::Kind::corrupt) {
      break_down("store.failed", failure.what());
    } else if (!std::exchange(is_checkpoint_failing_, true)) {
      base::log::error("store.checkpoint_failed", {{"why", failure.what()}});
    }
  }
}

void Writer::break_down(const char* event, const std::string& why) {
  is_healthy_.store(false, std::memory_order_release);
  base::log::error(event, {{"why", why}});
}

}  // namespace jackfield::store
