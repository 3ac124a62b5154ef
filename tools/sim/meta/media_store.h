#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tools/sim/meta/graph_error.h"

namespace jackfield::sim::meta {

struct MediaItem {
  std::string id;  ///< Given by the store.
  std::string phone_number_id, mime, filename;
  std::string bytes;
};

/// Why an upload of this type and size is refused, or nothing. Sizes per kind: audio and video 16
/// MB, image 5 MB, sticker 500 KB, document 100 MB (anything that is no audio, image or video
/// counts as a document).
[[nodiscard]] std::optional<GraphError> check_upload(std::string_view mime, std::size_t size);

/// What was uploaded and what contacts sent. The oldest make room for new ones.
class MediaStore {
 public:
  static constexpr std::size_t kItemsMax = 4'096;
  static constexpr std::size_t kBytesMax = 512U * 1024 * 1024;

  /// Returns the item's id.
  std::string add(MediaItem item);
  [[nodiscard]] const MediaItem* find(const std::string& id) const;
  bool remove(const std::string& id);
  [[nodiscard]] std::size_t size() const { return items_.size(); }

  /// Path and query of a download link that stops working at `expires` (Unix seconds).
  [[nodiscard]] std::string link(const std::string& id, std::int64_t expires) const;
  /// True when the link is one of ours and has not expired.
  [[nodiscard]] bool is_open(const std::string& id, std::string_view query, std::int64_t now) const;

 private:
  [[nodiscard]] std::string link_hash(const std::string& id, std::string_view expires) const;

  std::map<std::string, MediaItem> items_;
  std::deque<std::string> order_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  std::string link_key_;
};

}  // namespace jackfield::sim::meta
