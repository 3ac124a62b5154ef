#include "core/store/sqlite/file_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace jackfield::store {
namespace {

Error failure(const std::string& doing, const std::string& path) {
  return {ErrorCode::internal, doing + " " + path + ": " + std::strerror(errno)};
}

std::string holder(int file) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(file, text.data(), text.size() - 1, 0);
  if (got <= 0) {
    return "another process";
  }
  std::string_view pid(text.data(), static_cast<std::size_t>(got));
  pid = pid.substr(0, pid.find('\n'));
  return "process " + std::string(pid);
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  const std::string name = path + ".lock";
  FileLock lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) {
    return failure("cannot open", name);
  }
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return failure("cannot lock", name);
    }
    return Error{ErrorCode::internal, path + " is in use by " + holder(lock.file_) +
                                          "; stop it first, or choose another store.path"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  const auto size = static_cast<ssize_t>(pid.size());
  if (::ftruncate(lock.file_, 0) != 0 || ::pwrite(lock.file_, pid.data(), pid.size(), 0) != size) {
    return failure("cannot write", name);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FileLock::~FileLock() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Result<bool> create_if_missing(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return errno == EEXIST ? Result<bool>(false) : failure("cannot create database", path);
  }
  ::close(file);
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    return failure("cannot open", folder);
  }
  const int synced = ::fsync(directory);
  ::close(directory);
  if (synced != 0) {
    return failure("cannot fsync", folder);
  }
  return true;
}

}  // namespace jackfield::store
