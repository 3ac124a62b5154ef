#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/net/request_head.h"

namespace jackfield::net {

/// Decodes a body in chunks as it arrives, strictly: CR LF only, short extensions that are skipped,
/// no trailers (a trailer is a header that came after every check).
class ChunkedBody {
 public:
  static constexpr std::size_t kExtensionBytesMax = 64;
  static constexpr std::size_t kSizeDigitsMax = 8;

  enum class Progress : std::uint8_t { more, done, refused };

  explicit ChunkedBody(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  /// Takes what it can use from the front of `in` and appends the decoded bytes to `body`.
  /// After `done`, `in` begins with the byte behind the body. After `refused`, ask refusal().
  Progress read(std::string_view& in, std::string& body);
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  enum class At : std::uint8_t {
    size,
    extension,
    size_feed,
    data,
    data_return,
    data_feed,
    end_return,
    end_feed
  };

  Progress refuse(int status, std::string_view why);
  bool read_size_byte(char c);
  bool read_framing_byte(char c);

  std::size_t body_bytes_max_;
  At at_ = At::size;
  std::uint64_t size_ = 0;  // Of the chunk; counts down in `data`.
  std::size_t digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t total_ = 0;
  bool done_ = false;
  Refusal refusal_;
};

}  // namespace jackfield::net
