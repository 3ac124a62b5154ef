#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace jackfield::tests {

/// A child process; killed and reaped when it goes out of scope.
class Process {
 public:
  /// stdout goes to `output`. Throws when it cannot be started.
  Process(std::vector<std::string> command, const std::string& output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// SIGKILL, then wait.
  void kill();
  /// Exit code, or -1 when it did not end in time.
  int wait(std::chrono::milliseconds timeout);

 private:
  int pid_ = -1;
};

/// Asks `is_true` until it is or the time is over.
bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds timeout);
std::vector<std::string> lines_of(const std::string& file);

}  // namespace jackfield::tests
