#pragma once

#include <string>

#include "jackfield/result.h"

namespace jackfield::store {

/// Keeps other processes (and other stores of this one) from opening the same database: an flock on
/// "<path>.lock", gone with the process however it ends. The file stays and names the last holder.
class FileLock {
 public:
  /// Error: internal; says which process has it.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}
  int file_ = -1;
};

/// Makes the file with mode 0600 when it is missing, so that its name is on the disk before
/// anything is promised. Error: internal.
Result<bool> create_if_missing(const std::string& path);

}  // namespace jackfield::store
