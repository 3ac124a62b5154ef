#include "core/net/chunked_body.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::net {
namespace {

constexpr std::size_t kBodyMax = 100;

std::string outcome(const std::string& wire, std::size_t piece) {
  ChunkedBody chunks(kBodyMax);
  std::string body;
  for (std::size_t at = 0; at < wire.size(); at += piece) {
    std::string_view in = std::string_view(wire).substr(at, piece);
    const std::size_t fed = in.size();
    const auto progress = chunks.read(in, body);
    if (progress == ChunkedBody::Progress::refused) {
      return std::to_string(chunks.refusal().status);
    }
    if (progress == ChunkedBody::Progress::done) {
      const std::size_t used = at + fed - in.size();
      return body + "|" + wire.substr(used);
    }
  }
  return "more";
}

TEST(ChunkedBody, IsDecodedStrictlyHoweverItArrives) {
  struct Case {
    std::string name, wire, expected;
  };
  const std::string end = "0\r\n\r\n";
  const std::vector<Case> cases = {
      {"empty", end, "|"},
      {"one", "3\r\nabc\r\n" + end, "abc|"},
      {"two", "3\r\nabc\r\nA\r\n0123456789\r\n" + end + "GET", "abc0123456789|GET"},
      {"lower case size", "a\r\n0123456789\r\n" + end, "0123456789|"},
      {"line ends inside", "4\r\n\r\n\r\n\r\n" + end, "\r\n\r\n|"},
      {"short extension", "3;a=b\r\nabc\r\n" + end, "abc|"},
      {"extension at the limit", "3;" + std::string(63, 'a') + "\r\nabc\r\n" + end, "abc|"},
      {"extension over the limit", "3;" + std::string(64, 'a') + "\r\nabc\r\n" + end, "400"},
      {"4 MB extension", "3;" + std::string(4'000'000, 'a'), "400"},
      {"LF in extension", "3;a\nabc\r\n" + end, "400"},
      {"not complete", "3\r\nabc\r\n0\r\n", "more"},
      {"trailer", "0\r\nX-T: v\r\n\r\n", "400"},
      {"70 KB trailer", "0\r\nX-T: " + std::string(70'000, 't') + "\r\n\r\n", "400"},
      {"trailer that spoofs", "3\r\nabc\r\n0\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n", "400"},
      {"LF only", "3\nabc\n0\n\n", "400"},
      {"LF after the last", "0\r\n\n", "400"},
      {"size too small", "2\r\nabc\r\n" + end, "400"},
      {"size too large", "4\r\nabc\r\n" + end, "400"},
      {"no size", "\r\nabc\r\n" + end, "400"},
      {"negative size", "-3\r\nabc\r\n" + end, "400"},
      {"hexadecimal prefix", "0x3\r\nabc\r\n" + end, "400"},
      {"space before size", " 3\r\nabc\r\n" + end, "400"},
      {"space after size", "3 \r\nabc\r\n" + end, "400"},
      {"huge size", "FFFFFFFFFFFFFFFF\r\nabc", "400"},
      {"17 digits", "10000000000000003\r\nabc\r\n" + end, "400"},
      {"9 leading zeros", "000000003\r\nabc\r\n" + end, "400"},
      {"over the limit", "65\r\n" + std::string(101, 'b') + "\r\n" + end, "413"},
      {"over the limit in two", "60\r\n" + std::string(96, 'b') + "\r\n5\r\nabcde\r\n" + end,
       "413"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.wire, 1), one.expected) << one.name << ", byte by byte";
    EXPECT_EQ(outcome(one.wire, 1 << 20), one.expected) << one.name << ", at once";
  }
}

}  // namespace
}  // namespace jackfield::net
