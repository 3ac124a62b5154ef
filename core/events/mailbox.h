#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/model/event.h"
#include "jackfield/result.h"

namespace jackfield::events {

/// What other threads hand to the endpoint's thread. One wake-up per burst, however many events it
/// has. Any thread may put; the endpoint's thread takes.
class Mailbox {
 public:
  using Task = std::function<void()>;
  struct Content {
    std::vector<model::Event> events;
    std::vector<Task> tasks;
    std::size_t events_dropped = 0;
  };

  /// Error: internal, when the kernel has no descriptor left.
  static Result<std::shared_ptr<Mailbox>> create();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Beyond kPublishWaitingMax only the newest event is kept and the rest is counted: the live
  /// socket may lose, streams read the journal.
  void put_events(std::vector<model::Event> events);
  /// Bounded by those who call it: one task per request or page under way. Ignored after close().
  void put_task(Task task);
  [[nodiscard]] Content take();
  /// Nothing more is accepted; tasks that wait are destroyed.
  void close();
  /// Readable when there is something to take.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  explicit Mailbox(int descriptor) : descriptor_(descriptor) {}
  void wake();

  const int descriptor_;
  std::mutex mutex_;
  Content content_;
  bool is_awake_ = false;
  bool is_closed_ = false;
};

}  // namespace jackfield::events
