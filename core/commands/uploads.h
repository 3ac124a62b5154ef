#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "jackfield/result.h"

namespace jackfield::commands {

/// Files that come in chunks. Any thread.
class Uploads {
 public:
  static constexpr std::size_t kUploadsMax = 64;
  static constexpr std::chrono::minutes kIdleMax{10};  ///< Then an unfinished one is dropped.

  struct Progress {
    std::string upload;
    std::uint64_t received = 0;
    bool is_complete = false;
    std::string path;  ///< When complete: the caller's from now on.
  };

  explicit Uploads(const base::Clock& clock) : clock_(clock) {}

  /// Adds a chunk at `offset`. An empty `upload` begins a new one in `new_path`. A chunk that is
  /// there already (a repeated request) changes nothing. Error: not_found, invalid (a gap, too
  /// much), throttled (kUploadsMax), internal (disk).
  Result<Progress> add(const std::string& upload, const std::string& new_path, std::uint64_t offset,
                       std::uint64_t total, std::string_view chunk);

 private:
  struct Upload {
    std::string path;
    std::uint64_t received = 0;
    std::uint64_t total = 0;
    std::chrono::steady_clock::time_point touched;
  };
  void drop_idle();

  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Upload> uploads_;
  std::uint64_t count_ = 0;
};

}  // namespace jackfield::commands
