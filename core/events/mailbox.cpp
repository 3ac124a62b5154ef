#include "core/events/mailbox.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/events/protocol.h"

namespace jackfield::events {

Result<std::shared_ptr<Mailbox>> Mailbox::create() {
  const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (descriptor < 0) {
    return Error{ErrorCode::internal, std::string("events: eventfd: ") + std::strerror(errno)};
  }
  // Shared: replies and store callbacks may outlive the endpoint.
  return std::shared_ptr<Mailbox>(new Mailbox(descriptor));
}

Mailbox::~Mailbox() {
  ::close(descriptor_);
}

void Mailbox::put_events(std::vector<model::Event> events) {
  if (events.empty()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    return;
  }
  if (content_.events.size() + events.size() > kPublishWaitingMax) {
    content_.events_dropped += content_.events.size() + events.size() - 1;
    model::Event newest = std::move(events.back());
    events.clear();
    events.push_back(std::move(newest));
    content_.events.clear();
  }
  if (content_.events.empty()) {
    content_.events = std::move(events);
  } else {
    content_.events.insert(content_.events.end(), std::make_move_iterator(events.begin()),
                           std::make_move_iterator(events.end()));
  }
  wake();
}

void Mailbox::put_task(Task task) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    return;
  }
  content_.tasks.push_back(std::move(task));
  wake();
}

Mailbox::Content Mailbox::take() {
  std::uint64_t count = 0;
  const std::lock_guard lock(mutex_);
  if (is_awake_) {
    // Only fails when it is zero already.
    static_cast<void>(!::read(descriptor_, &count, sizeof(count)));
    is_awake_ = false;
  }
  return std::exchange(content_, {});
}

void Mailbox::close() {
  Content rest;
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  rest = std::exchange(content_, {});
  wake();
}

void Mailbox::wake() {
  if (is_awake_) {
    return;
  }
  const std::uint64_t one = 1;
  // An eventfd that was just drained always takes a one.
  static_cast<void>(!::write(descriptor_, &one, sizeof(one)));
  is_awake_ = true;
}

}  // namespace jackfield::events
