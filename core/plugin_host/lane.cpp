#include "core/plugin_host/lane.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "core/base/log.h"

namespace jackfield::plugin_host {
namespace {

struct Item {
  const char* what;
  Lane::Task task;
};

std::int64_t microseconds(const base::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.monotonic().time_since_epoch())
      .count();
}

}  // namespace

/// Shared with the thread, so that a lane whose plugin never returns can be left behind.
struct Lane::State {
  State(std::string lane_name, const base::Clock& its_clock, std::size_t max)
      : name(std::move(lane_name)), clock(its_clock), backlog_max(max) {}

  const std::string name;
  const base::Clock& clock;
  const std::size_t backlog_max;
  mutable std::mutex mutex;
  std::condition_variable has_work;
  std::condition_variable ended;
  std::vector<Item> queue;
  bool is_closed = false;
  bool has_ended = false;
  bool is_left_behind = false;
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::int64_t> task_began_us{0};  // 0: idle
  std::atomic<std::thread::id> thread_id;
  std::thread thread;

  bool push(const char* what, Task task, bool is_owed) {
    const std::lock_guard lock(mutex);
    if (is_closed || (!is_owed && waiting.load() >= backlog_max)) {
      return false;
    }
    queue.push_back({what, std::move(task)});
    waiting.fetch_add(1);
    has_work.notify_one();
    return true;
  }

  /// 0 once the lane was left behind: the clock may be gone then.
  std::int64_t time_us() const {
    const std::lock_guard lock(mutex);
    return is_left_behind ? 0 : microseconds(clock);
  }

  void run_one(Item& item) {
    const std::int64_t began = time_us();
    task_began_us.store(began == 0 ? 1 : began);
    try {
      item.task();
    } catch (const std::exception& e) {  // a plugin built without the SDK's barrier
      base::log::error("lane.call_threw",
                       {{"account", name}, {"call", item.what}, {"why", e.what()}});
    } catch (...) {
      base::log::error("lane.call_threw", {{"account", name}, {"call", item.what}});
    }
    item.task = nullptr;  // what it holds is let go here, on the lane
    task_began_us.store(0);
    waiting.fetch_sub(1);
    const std::int64_t ended_us = time_us();
    const std::int64_t took = ended_us == 0 ? 0 : ended_us - began;
    if (took > std::chrono::microseconds(kSlowAfter).count()) {
      base::log::warn("lane.slow_call",
                      {{"account", name}, {"call", item.what}, {"took_ms", took / 1000}});
    }
  }

  void run() {
    thread_id.store(std::this_thread::get_id());
    std::vector<Item> batch;
    std::unique_lock lock(mutex);
    while (true) {
      has_work.wait(lock, [this] { return is_closed || !queue.empty(); });
      if (queue.empty()) {
        break;
      }
      batch.swap(queue);
      lock.unlock();
      for (Item& item : batch) {
        run_one(item);
      }
      batch.clear();
      lock.lock();
    }
    has_ended = true;
    ended.notify_all();
  }
};

Lane::Lane(std::string name, const base::Clock& clock, std::size_t backlog_max)
    : state_(std::make_shared<State>(std::move(name), clock, backlog_max)) {
  state_->thread = std::thread([state = state_] { state->run(); });
  const std::string short_name = ("jf:" + state_->name).substr(0, 15);  // the kernel's limit
  pthread_setname_np(state_->thread.native_handle(), short_name.c_str());
}

Lane::~Lane() {
  close();
  if (!state_->thread.joinable()) {
    return;
  }
  if (is_current()) {  // the last owner was a task of its own
    state_->thread.detach();
    return;
  }
  state_->thread.join();
}

bool Lane::post(const char* what, Task task) {
  return state_->push(what, std::move(task), false);
}

bool Lane::post_owed(const char* what, Task task) {
  return state_->push(what, std::move(task), true);
}

void Lane::close() {
  const std::lock_guard lock(state_->mutex);
  state_->is_closed = true;
  state_->has_work.notify_all();
}

bool Lane::join_within(std::chrono::milliseconds wait) {
  {
    std::unique_lock lock(state_->mutex);
    if (!state_->thread.joinable()) {
      return state_->has_ended;
    }
    if (!state_->ended.wait_for(lock, wait, [this] { return state_->has_ended; })) {
      state_->is_left_behind = true;
      state_->thread.detach();
      return false;
    }
  }
  state_->thread.join();
  return true;
}

std::size_t Lane::backlog() const {
  return state_->waiting.load();
}

bool Lane::is_stuck() const {
  const std::int64_t began = state_->task_began_us.load();
  return began != 0 &&
         microseconds(state_->clock) - began > std::chrono::microseconds(kStuckAfter).count();
}

bool Lane::is_current() const {
  return state_->thread_id.load() == std::this_thread::get_id();
}

}  // namespace jackfield::plugin_host
