#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace jackfield::net {

/// Hands work from any thread to the I/O thread, waking it once per burst and not once per task.
///
/// Shared, because threads that answer late may still hold it when its owner has gone; after
/// close() it takes nothing and touches the io_context no more. Bounds: none of its own; who pushes
/// is bounded (one answer per request, one flush per socket, HttpClient::kCallsMax calls).
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Task = std::function<void()>;

  explicit Mailbox(boost::asio::io_context& io) : io_(io) {}

  /// Any thread. Runs the task on the I/O thread later. False when closed.
  bool push(Task task);
  /// Any thread. Runs it now on the I/O thread, later elsewhere. False when closed.
  bool run(Task task);
  /// Takes nothing from now on and returns what has not run. I/O thread.
  std::vector<Task> close();

 private:
  void drain();

  boost::asio::io_context& io_;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::vector<Task> tasks_;  // Guarded by mutex_.
  bool woken_ = false;       // Guarded by mutex_: a drain() is on its way.
};

}  // namespace jackfield::net
