#include "core/plugin_host/plugin_store.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/plugin_host/digest.h"
#include "core/plugin_host/elf_check.h"
#include "jackfield/encoding.h"

namespace jackfield::plugin_host {
namespace {

/// Closes on every way out.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error failed(ErrorCode code, const std::string& path, const char* what) {
  return {code, path + ": " + what + ": " + std::strerror(errno)};
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return failed(ErrorCode::internal, path, "can't write");
    }
    bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  if (::fchmod(fd, 0444) != 0 || ::fsync(fd) != 0) {
    return failed(ErrorCode::internal, path, "can't write");
  }
  return Done{};
}

/// Whole or not at all, also over a power cut.
Status write_file(const std::string& directory, const std::string& path, std::string_view bytes) {
  std::string temporary = directory + "/.new-XXXXXX";
  Status written = [&]() -> Status {
    const File file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) {
      return failed(ErrorCode::internal, temporary, "can't create");
    }
    return write_all(file.get(), bytes, temporary);
  }();
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = failed(ErrorCode::internal, path, "can't rename");
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  const File folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
    return failed(ErrorCode::internal, directory, "can't sync");
  }
  return Done{};
}

}  // namespace

PluginStore::PluginStore(std::string state_directory)
    : directory_(std::move(state_directory) + "/plugins") {}

Result<std::string> PluginStore::read(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return failed(ErrorCode::not_found, path, "can't open");
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return Error{ErrorCode::invalid, path + ": not a regular file"};
  }
  std::string bytes;
  std::string chunk(256 * 1024, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failed(ErrorCode::internal, path, "can't read");
    }
    if (count == 0) {
      return bytes;
    }
    bytes.append(chunk, 0, static_cast<std::size_t>(count));
    if (bytes.size() > kFileBytesMax) {
      return Error{ErrorCode::invalid, path + ": larger than 256 MiB; strip its debug information"};
    }
  }
}

Result<StoredPlugin> PluginStore::admit(const std::string& path) {
  JACKFIELD_TRY(std::string bytes, read(path));
  if (const Status checked = check_elf(bytes); !checked) {
    return Error{ErrorCode::invalid, path + ": refused: " + checked.error().text};
  }
  const auto digest = hash("sha256", bytes);
  if (!digest) {
    return Error{ErrorCode::internal, path + ": can't compute its SHA-256"};
  }
  StoredPlugin plugin;
  plugin.sha256 = encoding::to_hex(*digest);
  plugin.path = directory_ + "/" + plugin.sha256 + ".so";
  std::error_code problem;
  std::filesystem::create_directories(directory_, problem);
  if (problem) {
    return Error{ErrorCode::internal, directory_ + ": can't create: " + problem.message()};
  }
  std::filesystem::permissions(directory_, std::filesystem::perms::owner_all, problem);
  if (const auto kept = read(plugin.path); !kept || *kept != bytes) {
    JACKFIELD_TRY(const Done written, write_file(directory_, plugin.path, bytes));
    static_cast<void>(written);
    // What is loaded is what was checked: read it back instead of trusting the way there.
    const auto copy = read(plugin.path);
    if (!copy || hash("sha256", *copy) != digest) {
      return Error{ErrorCode::internal, plugin.path + ": the copy differs from the original"};
    }
  }
  plugin.bytes = std::move(bytes);
  return plugin;
}

}  // namespace jackfield::plugin_host
