#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace jackfield::net {

/// Counts WebSocket frames in the bytes a client sends, since Beast doesn't tell: 200,000 empty
/// fragments of one message are 1.2 MB and take it 0.6 s of processor time (measured), and every
/// ping is answered. It only counts; whether the frames are right is Beast's judgement.
class FrameCounter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kControlFramesMax = 128;  ///< In each window.
  static constexpr std::chrono::seconds kControlWindow{10};

  explicit FrameCounter(std::size_t frames_per_message_max) : frames_max_(frames_per_message_max) {}

  /// False, now and from then on, when one message has too many frames or control frames come too
  /// fast.
  bool take(const void* bytes, std::size_t size, Time now);
  [[nodiscard]] bool exceeded() const { return exceeded_; }

 private:
  void on_first_byte(std::uint8_t byte, Time now);
  void on_header_byte(std::uint8_t byte);

  std::size_t frames_max_;
  std::size_t frames_ = 0;
  std::size_t controls_ = 0;
  Time window_began_{};
  bool exceeded_ = false;

  enum class At : std::uint8_t { first, length, extended, mask, payload } at_ = At::first;
  bool masked_ = false;
  unsigned left_ = 0;  // Bytes of the current header field.
  std::uint64_t payload_ = 0;
};

}  // namespace jackfield::net
