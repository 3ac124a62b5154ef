#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "jackfield/result.h"

namespace jackfield::media {

/// Largest file that may become an attachment (the largest any provider announces).
inline constexpr std::uint64_t kFileBytesMax = 100ULL * 1024 * 1024;

struct StoredFile {
  std::string id;    ///< sha256, 64 hex digits.
  std::string mime;  ///< As libmagic sees the content; what anyone claimed does not count.
  std::string path;
  std::uint64_t size_bytes = 0;
};

/// Whether content of this sniffed type may be an attachment: the images, audio, video, office documents
/// and plain texts that channels carry; never anything a browser would run (HTML, SVG, XML).
[[nodiscard]] bool is_allowed_type(std::string_view mime);

/// The file name as it may be stored and shown: no path, no control or bidi-override characters, at
/// most 200 bytes of valid UTF-8; "file" when nothing is left.
std::string clean_filename(std::string_view name);

/// Attachments on disk, by content: <directory>/ab/cd/<sha256>; written to tmp/, fsynced, renamed.
/// A file never changes once it is there. Blocks for file I/O; any thread.
class MediaFiles {
 public:
  /// Makes the directories (0700). Error: internal, when the disk says no or libmagic has no
  /// database.
  static Result<std::unique_ptr<MediaFiles>> open(std::string directory);
  virtual ~MediaFiles() = default;

  /// Error: invalid (type not allowed, empty), rejected (too large), internal (disk).
  virtual Result<StoredFile> put(std::string_view data) = 0;
  /// Takes over a complete file from new_tmp_path(); it is gone afterwards in any case.
  virtual Result<StoredFile> adopt(const std::string& path) = 0;
  /// A path in tmp/ that nobody else uses.
  virtual std::string new_tmp_path() = 0;
  /// Where the file of that id is. Error: not_found, also for what is no id.
  [[nodiscard]] virtual Result<std::string> path_of(std::string_view id) const = 0;
};

}  // namespace jackfield::media
