#include "core/net/websocket_frames.h"

#include <algorithm>

namespace jackfield::net {

bool FrameCounter::take(const void* bytes, std::size_t size, Time now) {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  const auto* end = at + size;
  while (at != end && !exceeded_) {
    if (at_ == At::payload) {
      const auto skip = std::min<std::uint64_t>(payload_, static_cast<std::uint64_t>(end - at));
      payload_ -= skip;
      at += skip;
      if (payload_ == 0) {
        at_ = At::first;
      }
      continue;
    }
    if (at_ == At::first) {
      on_first_byte(*at, now);
    } else {
      on_header_byte(*at);
    }
    ++at;
  }
  return !exceeded_;
}

void FrameCounter::on_first_byte(std::uint8_t byte, Time now) {
  at_ = At::length;
  const unsigned opcode = byte & 0x0fU;
  if (opcode >= 8) {
    if (now - window_began_ >= kControlWindow) {
      window_began_ = now;
      controls_ = 0;
    }
    exceeded_ = ++controls_ > kControlFramesMax;
    return;
  }
  exceeded_ = ++frames_ > frames_max_;
  if ((byte & 0x80U) != 0) {
    frames_ = 0;
  }
}

void FrameCounter::on_header_byte(std::uint8_t byte) {
  if (at_ == At::length) {
    masked_ = (byte & 0x80U) != 0;
    payload_ = byte & 0x7fU;
    left_ = payload_ == 126 ? 2 : payload_ == 127 ? 8 : 0;
    if (left_ > 0) {
      payload_ = 0;
      at_ = At::extended;
      return;
    }
  } else if (at_ == At::extended) {
    payload_ = payload_ << 8U | byte;
    if (--left_ > 0) {
      return;
    }
  } else if (--left_ > 0) {  // The mask.
    return;
  }
  if (at_ != At::mask && masked_) {
    at_ = At::mask;
    left_ = 4;
    return;
  }
  at_ = payload_ == 0 ? At::first : At::payload;
}

}  // namespace jackfield::net
