#include "core/net/websocket_frames.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace jackfield::net {
namespace {

constexpr std::size_t kFramesMax = 4;

std::string frame(unsigned first, std::size_t payload) {
  std::string out(1, static_cast<char>(first));
  if (payload < 126) {
    out += static_cast<char>(0x80U | payload);
  } else if (payload < 65536) {
    out += static_cast<char>(0x80U | 126U);
    out += static_cast<char>(payload >> 8U);
    out += static_cast<char>(payload & 0xffU);
  } else {
    out += static_cast<char>(0x80U | 127U);
    for (int shift = 56; shift >= 0; shift -= 8) {
      out += static_cast<char>(static_cast<std::uint64_t>(payload) >> static_cast<unsigned>(shift));
    }
  }
  // A payload of what would be first bytes of frames: a counter out of step counts them.
  return out + "mask" + std::string(payload, '\0');
}

class FrameCounterTest : public testing::Test {
 protected:
  bool feed(const std::string& bytes, std::size_t piece = 1) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (!counter.take(bytes.data() + at, std::min(piece, bytes.size() - at), now)) {
        return false;
      }
    }
    return true;
  }
  FrameCounter counter{kFramesMax};
  FrameCounter::Time now{};
};

TEST_F(FrameCounterTest, EachMessageMayHaveSoManyFrames) {
  for (int message = 0; message < 10; ++message) {
    EXPECT_TRUE(
        feed(frame(0x01, 5) + frame(0x00, 0) + frame(0x00, 300) + frame(0x80, 70'000), 997));
  }
  EXPECT_TRUE(feed(frame(0x02, 0) + frame(0x00, 0) + frame(0x00, 0) + frame(0x00, 0)));
  EXPECT_FALSE(feed(frame(0x00, 0)));
  EXPECT_TRUE(counter.exceeded());
}

TEST_F(FrameCounterTest, ControlFramesBetweenFragmentsAreCountedApart) {
  EXPECT_TRUE(feed(frame(0x01, 1) + frame(0x89, 10) + frame(0x00, 1) + frame(0x8a, 0) +
                   frame(0x00, 1) + frame(0x89, 125) + frame(0x80, 1)));
}

TEST_F(FrameCounterTest, AFloodOfPingsIsTooMuchAndAnHourOfPingsIsNot) {
  for (int i = 0; i < 3'600; ++i) {
    now += std::chrono::seconds(1);
    ASSERT_TRUE(feed(frame(0x89, 4)));
  }
  bool held = true;
  std::size_t sent = 0;
  for (; held && sent < 1'000; ++sent) {
    held = feed(frame(0x89, 4));
  }
  EXPECT_FALSE(held);
  EXPECT_LE(sent, FrameCounter::kControlFramesMax + 1);
}

}  // namespace
}  // namespace jackfield::net
