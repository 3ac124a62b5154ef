#include "core/media/media_files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <magic.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/failpoint.h"
#include "core/plugin_host/clean_text.h"
#include "jackfield/json.h"

namespace jackfield::media {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kSniffBytes = 64 * 1024;
constexpr std::size_t kFilenameBytesMax = 200;

constexpr std::array<std::string_view, 42> kAllowed = {
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/bmp",
    "image/x-ms-bmp",
    "image/webp",
    "image/tiff",
    "image/heif",
    "image/heic",
    "video/mp4",
    "video/3gpp",
    "video/quicktime",
    "video/webm",
    "audio/aac",
    "audio/x-hx-aac-adts",
    "audio/amr",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/x-m4a",
    "audio/x-wav",
    "audio/wav",
    "video/x-m4v",
    "application/ogg",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-office",
    "application/CDFV2",
    "application/x-ole-storage",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "text/rtf",
    "application/rtf",
    "text/plain",
    "text/csv",
    "text/vcard",
};

Error disk_error(const std::string& what, const std::string& path) {
  return {ErrorCode::internal, what + " " + path + ": " + std::system_category().message(errno)};
}

/// Closes on every way out.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }

 private:
  int fd_;
};

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += kDigits[bytes[i] >> 4U];
    out += kDigits[bytes[i] & 15U];
  }
  return out;
}

struct Content {
  std::string sha256;
  std::string head;  ///< The first kSniffBytes.
  std::uint64_t size = 0;
};

Result<Content> read_content(const File& file, const std::string& path) {
  Content content;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::string buffer(kReadBytes, '\0');
  for (;;) {
    const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return disk_error("can't read", path);
    }
    if (count == 0) {
      break;
    }
    const auto length = static_cast<std::size_t>(count);
    EVP_DigestUpdate(hash.get(), buffer.data(), length);
    content.size += length;
    const std::size_t wanted = kSniffBytes - content.head.size();
    content.head.append(buffer, 0, std::min(length, wanted));
    if (content.size > kFileBytesMax) {
      return Error{ErrorCode::rejected,
                   "the file is larger than " + std::to_string(kFileBytesMax) + " bytes"};
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(hash.get(), digest.data(), &length);
  content.sha256 = hex(digest.data(), length);
  return content;
}

class MediaFilesOnDisk final : public MediaFiles {
 public:
  MediaFilesOnDisk(std::string directory, magic_t magic)
      : directory_(std::move(directory)), magic_(magic, magic_close) {}

  Result<StoredFile> put(std::string_view data) override {
    if (data.size() > kFileBytesMax) {
      return Error{ErrorCode::rejected,
                   "the file is larger than " + std::to_string(kFileBytesMax) + " bytes"};
    }
    const std::string path = new_tmp_path();
    {
      const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (!file.is_open()) {
        return disk_error("can't create", path);
      }
      while (!data.empty()) {
        const ssize_t count = ::write(file.fd(), data.data(), data.size());
        if (count < 0 && errno != EINTR) {
          const Error error = disk_error("can't write", path);
          ::unlink(path.c_str());
          return error;
        }
        data.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      }
    }
    return adopt(path);
  }

  Result<StoredFile> adopt(const std::string& path) override {
    Result<StoredFile> kept = keep(path);
    ::unlink(path.c_str());  // Gone already when keep() renamed it.
    return kept;
  }

  std::string new_tmp_path() override {
    return directory_ + "/tmp/" + std::to_string(::getpid()) + "-" + std::to_string(++tmp_count_);
  }

  [[nodiscard]] Result<std::string> path_of(std::string_view id) const override {
    const bool is_id =
        id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    std::string path = is_id ? final_path(id) : std::string();
    std::error_code ignored;
    if (!is_id || !fs::is_regular_file(path, ignored)) {
      return Error{ErrorCode::not_found, "no such media file"};
    }
    return path;
  }

 private:
  [[nodiscard]] std::string final_path(std::string_view id) const {
    const std::string name(id);
    return directory_ + "/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
  }

  Result<StoredFile> keep(const std::string& path) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open()) {
      return disk_error("can't open", path);
    }
    JACKFIELD_TRY(const Content content, read_content(file, path));
    if (content.size == 0) {
      return Error{ErrorCode::invalid, "the file is empty"};
    }
    StoredFile stored;
    stored.mime = sniff(content.head);
    if (!is_allowed_type(stored.mime)) {
      return Error{ErrorCode::invalid, "files of type " + stored.mime + " are not allowed"};
    }
    stored.id = content.sha256;
    stored.size_bytes = content.size;
    stored.path = final_path(stored.id);
    const fs::path folder = fs::path(stored.path).parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error || ::fsync(file.fd()) != 0) {
      return disk_error("can't keep", stored.path);
    }
    JACKFIELD_FAILPOINT("media.before_rename");
    if (::rename(path.c_str(), stored.path.c_str()) != 0) {
      return disk_error("can't rename to", stored.path);
    }
    const File entry(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!entry.is_open() || ::fsync(entry.fd()) != 0) {
      return disk_error("can't keep", stored.path);
    }
    JACKFIELD_FAILPOINT("media.after_rename");
    return stored;
  }

  std::string sniff(std::string_view head) {
    const std::lock_guard lock(magic_mutex_);  // A magic_t is not thread-safe.
    const char* mime = magic_buffer(magic_.get(), head.data(), head.size());
    return mime != nullptr ? mime : "application/octet-stream";
  }

  std::string directory_;
  std::atomic<std::uint64_t> tmp_count_{0};
  std::mutex magic_mutex_;
  std::unique_ptr<magic_set, decltype(&magic_close)> magic_;
};

}  // namespace

bool is_allowed_type(std::string_view mime) {
  return std::ranges::find(kAllowed, mime) != kAllowed.end();
}

std::string clean_filename(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  const std::string_view last = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const std::string out = plugin_host::clean_line(json::valid_utf8(last), kFilenameBytesMax);
  const bool is_nothing = out.find_first_not_of(". ") == std::string::npos;
  return is_nothing ? "file" : out;
}

Result<std::unique_ptr<MediaFiles>> MediaFiles::open(std::string directory) {
  std::error_code error;
  fs::create_directories(directory + "/tmp", error);
  if (error) {
    return Error{ErrorCode::internal, "can't create " + directory + ": " + error.message()};
  }
  ::chmod(directory.c_str(), 0700);
  // What a crash left half written is nobody's: a finished download was renamed.
  for (const auto& left : fs::directory_iterator(directory + "/tmp", error)) {
    fs::remove(left.path(), error);
  }
  magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_ERROR);
  if (magic == nullptr || magic_load(magic, nullptr) != 0) {
    const char* why = magic != nullptr ? magic_error(magic) : "out of memory";
    Error failed{ErrorCode::internal,
                 std::string("libmagic: ") + (why != nullptr ? why : "no database")};
    if (magic != nullptr) {
      magic_close(magic);
    }
    return failed;
  }
  return std::unique_ptr<MediaFiles>(
      std::make_unique<MediaFilesOnDisk>(std::move(directory), magic));
}

}  // namespace jackfield::media
