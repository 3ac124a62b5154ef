#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/store/sqlite/connection.h"
#include "core/store/store.h"

namespace jackfield::store {

/// Threads that read, each with a connection of its own; each read sees one committed state.
class ReaderPool {
 public:
  /// Error: internal. `count` at least 1.
  static Result<std::unique_ptr<ReaderPool>> open(const std::string& path, int count,
                                                  const Connection::Options& options);
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;
  ~ReaderPool();

  /// Any thread.
  [[nodiscard]] Status submit(Store::Read read);
  /// Finishes what waits, ends the threads and closes their connections. Idempotent.
  void stop();

 private:
  class Thread;
  ReaderPool();
  bool take(Store::Read& read);

  std::mutex mutex_;  ///< Guards waiting_, is_stopping_.
  std::condition_variable wake_;
  std::deque<Store::Read> waiting_;
  bool is_stopping_ = false;
  std::mutex stop_mutex_;
  std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace jackfield::store
