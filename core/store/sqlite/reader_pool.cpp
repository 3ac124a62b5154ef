#include "core/store/sqlite/reader_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/log.h"
#include "core/store/sqlite/forwarding_reader.h"

namespace jackfield::store {

class ReaderPool::Thread {
 public:
  /// Throws SqliteFailure.
  Thread(ReaderPool& pool, Connection connection)
      : pool_(pool),
        connection_(std::move(connection)),
        queries_(connection_),
        begin_(connection_, "BEGIN"),
        end_(connection_, "COMMIT"),
        thread_([this] { run(); }) {}
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { thread_.join(); }

 private:
  void run() {
    Store::Read read;
    while (pool_.take(read)) {
      read_once(read);
      read = nullptr;
    }
  }

  void read_once(const Store::Read& read) {
    ForwardingReader<Reader> reader(queries_);
    try {
      begin_.run();
      read(reader);
    } catch (const std::exception& failure) {
      base::log::error("store.read_failed", {{"why", failure.what()}});
    }
    if (connection_.in_transaction()) {
      try {
        end_.run();
      } catch (const SqliteFailure& failure) {
        base::log::error("store.read_failed", {{"why", failure.what()}});
      }
    }
  }

  ReaderPool& pool_;
  Connection connection_;
  Queries queries_;
  Statement begin_;
  Statement end_;
  std::thread thread_;
};

ReaderPool::ReaderPool() = default;
ReaderPool::~ReaderPool() {
  stop();
}

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(const std::string& path, int count,
                                                     const Connection::Options& options) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool());
  try {
    for (int i = 0; i < std::max(count, 1); ++i) {
      JACKFIELD_TRY(Connection connection, Connection::open(path, options));
      pool->threads_.push_back(std::make_unique<Thread>(*pool, std::move(connection)));
    }
  } catch (const SqliteFailure& failure) {
    return Error{ErrorCode::internal, failure.what()};
  }
  return pool;
}

Status ReaderPool::submit(Store::Read read) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
      return Error{ErrorCode::internal, "the store is closed"};
    }
    if (waiting_.size() >= Store::kReadsWaitingMax) {
      return Error{ErrorCode::throttled, "too many reads wait; try again later"};
    }
    waiting_.push_back(std::move(read));
  }
  wake_.notify_one();
  return Done{};
}

void ReaderPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  const std::lock_guard lock(stop_mutex_);
  threads_.clear();
}

bool ReaderPool::take(Store::Read& read) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
  if (waiting_.empty()) {
    return false;
  }
  read = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

}  // namespace jackfield::store
