#include "core/net/mailbox.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "core/base/log.h"
#include "core/net/caught.h"

namespace jackfield::net {

bool Mailbox::push(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return false;
  }
  tasks_.push_back(std::move(task));
  if (!woken_) {
    woken_ = true;
    boost::asio::post(io_, [self = shared_from_this()] { self->drain(); });
  }
  return true;
}

bool Mailbox::run(Task task) {
  // closed_ changes on the I/O thread only, so there it can be trusted without the lock; elsewhere
  // push() looks again, under the lock.
  if (closed_) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return false;
    }
    if (!io_.get_executor().running_in_this_thread()) {
      tasks_.push_back(std::move(task));
      if (!woken_) {
        woken_ = true;
        boost::asio::post(io_, [self = shared_from_this()] { self->drain(); });
      }
      return true;
    }
  }
  task();
  return true;
}

std::vector<Mailbox::Task> Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  return std::exchange(tasks_, {});
}

void Mailbox::drain() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    woken_ = false;
  }
  for (auto& task : tasks) {
    if (closed_) {
      return;
    }
    try {
      task();
    } catch (...) {
      base::log::error("net.task_threw", {{"what", caught()}});
    }
  }
}

}  // namespace jackfield::net
