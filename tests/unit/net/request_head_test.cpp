#include "core/net/request_head.h"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::net {
namespace {

std::string outcome(const std::string& block, const HeadLimits& limits = {}) {
  const auto read = read_head(block, limits);
  if (const auto* refused = std::get_if<Refusal>(&read)) {
    return std::to_string(refused->status);
  }
  const auto& head = std::get<RequestHead>(read);
  std::string text = std::string(head.method) + " " + head.path + " ?" + std::string(head.query);
  text += head.framing == Framing::chunked  ? " chunked"
          : head.framing == Framing::length ? " " + std::to_string(head.content_length)
                                            : " none";
  text += head.closes ? " close" : "";
  text += head.expects_continue ? " expect" : "";
  text += head.upgrades_websocket ? " websocket" : "";
  return text;
}

struct Case {
  std::string name, block, expected;
};

TEST(RequestHead, PlainRequestsAreRead) {
  const std::vector<Case> cases = {
      {"get", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ? none"},
      {"query", "GET /x?a=1?2 HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /x ?a=1?2 none"},
      {"decoded once", "GET /a%20b/%2541 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a b/%41 ? none"},
      {"length", "POST /p HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\n", "POST /p ? 12"},
      {"chunked", "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
       "POST /p ? chunked"},
      {"close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", "GET / ? none close"},
      {"expect", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n",
       "PUT / ? 1 expect"},
      {"v6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / ? none"},
      {"other upgrade", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
       "GET / ? none"},
      {"websocket",
       "GET /w HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
       "GET /w ? none websocket"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.block), one.expected) << one.name;
  }
}

TEST(RequestHead, OddRequestLinesAndHostsAreRefused) {
  const std::string line = "POST / HTTP/1.1\r\n";
  const std::string host = line + "Host: a\r\n";
  const std::string end = "\r\n\r\n";
  const std::vector<Case> cases = {
      {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a" + end, "400"},
      {"HTTP/2 preface", "PRI * HTTP/2.0" + end, "400"},
      {"lower case version", "GET / http/1.1\r\nHost: a" + end, "400"},
      {"no version", "GET /\r\nHost: a" + end, "400"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a" + end, "400"},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: a" + end, "400"},
      {"absolute form", "GET http://evil/ HTTP/1.1\r\nHost: a" + end, "400"},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a" + end, "400"},
      {"authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a" + end, "400"},
      {"control byte in method", "GE\x01T / HTTP/1.1\r\nHost: a" + end, "400"},
      {"control byte in target", "GET /\x01 HTTP/1.1\r\nHost: a" + end, "400"},
      {"raw UTF-8 in target", "GET /\xc3\xa5 HTTP/1.1\r\nHost: a" + end, "400"},
      {"fragment", "GET /#a HTTP/1.1\r\nHost: a" + end, "400"},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a" + end, "405"},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a" + end, "405"},
      {"dot segments", "GET /a/../b HTTP/1.1\r\nHost: a" + end, "404"},
      {"no Host", line + "X: a" + end, "400"},
      {"empty Host", line + "Host:" + end, "400"},
      {"two Hosts", host + "host: b" + end, "400"},
      {"two equal Hosts", host + "Host: a" + end, "400"},
      {"Host with path", line + "Host: a/b" + end, "400"},
      {"Host with user", line + "Host: u@a" + end, "400"},
      {"Host with odd port", line + "Host: a:8x" + end, "400"},
      {"Host list", line + "Host: a, b" + end, "400"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.block), one.expected) << one.name;
  }
}

TEST(RequestHead, AmbiguousFramingIsRefused) {
  const std::string host = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string end = "\r\n\r\n";
  const std::vector<Case> cases = {
      {"CL then TE", host + "Content-Length: 4\r\nTransfer-Encoding: chunked" + end, "400"},
      {"TE then CL", host + "Transfer-Encoding: chunked\r\nContent-Length: 4" + end, "400"},
      {"two different CL", host + "Content-Length: 4\r\nContent-Length: 5" + end, "400"},
      {"two equal CL", host + "Content-Length: 4\r\nContent-Length: 4" + end, "400"},
      {"CL list", host + "Content-Length: 4, 4" + end, "400"},
      {"CL with sign", host + "Content-Length: +4" + end, "400"},
      {"negative CL", host + "Content-Length: -1" + end, "400"},
      {"hexadecimal CL", host + "Content-Length: 0x4" + end, "400"},
      {"empty CL", host + "Content-Length:" + end, "400"},
      {"CL with 16 digits", host + "Content-Length: 1000000000000000" + end, "400"},
      {"chunked, identity", host + "Transfer-Encoding: chunked, identity" + end, "400"},
      {"identity", host + "Transfer-Encoding: identity" + end, "400"},
      {"xchunked", host + "Transfer-Encoding: xchunked" + end, "400"},
      {"gzip, chunked", host + "Transfer-Encoding: gzip, chunked" + end, "400"},
      {"quoted chunked", host + "Transfer-Encoding: \"chunked\"" + end, "400"},
      {"empty TE", host + "Transfer-Encoding:" + end, "400"},
      {"TE twice", host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + end, "400"},
      {"vertical tab in TE",
       host +
           "Transfer-Encoding: \x0b"
           "chunked" +
           end,
       "400"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.block), one.expected) << one.name;
  }
}

TEST(RequestHead, OddFieldsAreRefused) {
  const std::string line = "POST / HTTP/1.1\r\n";
  const std::string host = line + "Host: a\r\n";
  const std::string end = "\r\n\r\n";
  const std::string websocket = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n";
  const std::vector<Case> cases = {
      {"space before colon", host + "Content-Length : 4" + end, "400"},
      {"folded line", host + "X: a\r\n b" + end, "400"},
      {"folded with tab", host + "X: a\r\n\tb" + end, "400"},
      {"leading space", line + " Host: a" + end, "400"},
      {"no colon", host + "X" + end, "400"},
      {"no name", host + ": x" + end, "400"},
      {"bare CR in value", host + "X: a\rContent-Length: 4" + end, "400"},
      {"NUL in value", host + std::string("X: a\0b", 6) + end, "400"},
      {"DEL in value", host + "X: a\x7f" + end, "400"},
      {"two Content-Types", host + "Content-Type: a\r\ncontent-type: b" + end, "400"},
      {"two Authorizations", host + "Authorization: a\r\nAuthorization: b" + end, "400"},
      {"other expectation", host + "Expect: 200-ok" + end, "417"},
      {"old WebSocket",
       websocket +
           "Connection: upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
           "AAAAAAAAAAAAAAAAAAAAAA==" +
           end,
       "426"},
      {"WebSocket without key",
       websocket + "Connection: upgrade\r\nSec-WebSocket-Version: 13" + end, "400"},
      {"WebSocket with body",
       websocket +
           "Connection: upgrade\r\nSec-WebSocket-Version: 13\r\nContent-Length: 2\r\n"
           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==" +
           end,
       "400"},
      {"not complete", "GET / HTTP/1.1\r\nHost: a\r\n", "400"},
      {"only the end", "\r\n\r\n", "400"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.block), one.expected) << one.name;
  }
}

TEST(RequestHead, SizesAreBounded) {
  HeadLimits limits;
  limits.count_max = 3;
  limits.field_bytes_max = 20;
  limits.target_bytes_max = 10;
  const std::string host = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(outcome(host + "A: 1\r\nB: 2\r\n\r\n", limits), "GET / ? none");
  EXPECT_EQ(outcome(host + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), "431");
  EXPECT_EQ(outcome(host + "A: 12345678901234567\r\n\r\n", limits), "GET / ? none");
  EXPECT_EQ(outcome(host + "A: 123456789012345678\r\n\r\n", limits), "431");
  EXPECT_EQ(outcome("GET /123456789 HTTP/1.1\r\nHost: a\r\n\r\n", limits), "GET /123456789 ? none");
  EXPECT_EQ(outcome("GET /1234567890 HTTP/1.1\r\nHost: a\r\n\r\n", limits), "414");
}

TEST(RequestHead, OnlyListedHostsAreServed) {
  HeadLimits limits;
  limits.hosts = {"chat.example.com"};
  const std::vector<Case> cases = {
      {"same", "chat.example.com", "GET / ? none"},
      {"port", "chat.example.com:8443", "GET / ? none"},
      {"case", "Chat.Example.COM", "GET / ? none"},
      {"final dot", "chat.example.com.", "GET / ? none"},
      {"rebinding", "127.0.0.1", "421"},
      {"prefix", "chat.example.com.evil", "421"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome("GET / HTTP/1.1\r\nHost: " + one.block + "\r\n\r\n", limits), one.expected)
        << one.name;
  }
}

std::string end_of(const std::string& bytes, std::size_t piece, const HeadLimits& limits) {
  HeadEnd end;
  for (std::size_t have = std::min(piece, bytes.size());;
       have = std::min(have + piece, bytes.size())) {
    const auto found = end.find(std::string_view(bytes).substr(0, have), limits);
    if (const auto* refused = std::get_if<Refusal>(&found)) {
      return std::to_string(refused->status);
    }
    if (const auto length = std::get<std::size_t>(found); length > 0) {
      return "end " + std::to_string(length);
    }
    if (have == bytes.size()) {
      return "more";
    }
  }
}

TEST(HeadEnd, IsFoundHoweverTheBytesArrive) {
  HeadLimits limits;
  limits.block_bytes_max = 64;
  const std::vector<Case> cases = {
      {"complete", "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", "end 27"},
      {"not yet", "GET / HTTP/1.1\r\nHost: a\r\n", "more"},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "400"},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
      {"TLS", "\x16\x03\x01\x02", "400"},
      {"PROXY v2", "\r\n\r\n\0\r\nQUIT\n", "400"},
      {"empty line first", "\r\nGET / HTTP/1.1\r\n\r\n", "400"},
      {"long line", "GET /" + std::string(80, 'a'), "414"},
      {"long block", "GET / HTTP/1.1\r\nX: " + std::string(80, 'a'), "431"},
      {"long block that ends", "GET / HTTP/1.1\r\nX: " + std::string(80, 'a') + "\r\n\r\n", "431"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(end_of(one.block, 1, limits), one.expected) << one.name << ", byte by byte";
    EXPECT_EQ(end_of(one.block, 1000, limits), one.expected) << one.name << ", at once";
  }
}

}  // namespace
}  // namespace jackfield::net
