#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/clock.h"

namespace jackfield::plugin_host {

/// The one thread on which an instance's code runs, and the queue before it. Ending the thread
/// before the library is closed is what makes unloading work (thread_local destructors), and a
/// plugin that blocks blocks only itself. Any thread may call any function, except where said.
class Lane {
 public:
  static constexpr std::chrono::milliseconds kSlowAfter{50};
  static constexpr std::chrono::milliseconds kStuckAfter{2'000};
  using Task = std::function<void()>;

  /// `name` is for logs. `clock` outlives the lane's thread.
  Lane(std::string name, const base::Clock& clock, std::size_t backlog_max);
  ~Lane();  ///< As close(), then waits for as long as it takes.
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Runs `task` on the lane, in order. `what` is a literal for the log. False: the backlog is
  /// full, or the lane is closed; the task was not taken.
  [[nodiscard]] bool post(const char* what, Task task);
  /// For what is owed to the plugin exactly once (an answer, a close) and bounded where it began:
  /// does not count against the backlog. False only when the lane is closed.
  bool post_owed(const char* what, Task task);

  /// Takes no more tasks; those already taken still run.
  void close();
  /// After close(): waits for the thread to end. False: it still runs a task; it is then left alone
  /// for good, and whatever its tasks refer to must stay alive.
  [[nodiscard]] bool join_within(std::chrono::milliseconds wait);

  [[nodiscard]] std::size_t backlog() const;
  /// Has been inside one task for longer than kStuckAfter.
  [[nodiscard]] bool is_stuck() const;
  /// The caller runs on this lane.
  [[nodiscard]] bool is_current() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::plugin_host
