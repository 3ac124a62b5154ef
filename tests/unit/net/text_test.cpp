#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/net/call_url.h"
#include "core/net/query.h"
#include "core/net/request_path.h"
#include "core/net/response_text.h"

namespace jackfield::net {
namespace {

TEST(RequestPath, HasOneSpelling) {
  struct Case {
    std::string raw, expected;
  };
  const std::vector<Case> cases = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a%62c", "/abc"},
      {"/a+b", "/a+b"},
      {"/%C3%A5", "/\xc3\xa5"},
      {"/a/.hidden/...", "/a/.hidden/..."},
      {"/%252e%252e/x", "/%2e%2e/x"},  // Once only: these are names, not dots.
      {"", "refused"},
      {"a", "refused"},
      {"/..", "refused"},
      {"/a/../b", "refused"},
      {"/./a", "refused"},
      {"/a/.", "refused"},
      {"/%2e%2e/etc", "refused"},
      {"/a/%2E%2e", "refused"},
      {"/a%2fb", "refused"},
      {"/..%2f..%2fetc", "refused"},
      {"/a\\b", "refused"},
      {"/a%5cb", "refused"},
      {"/a%00.jpg", "refused"},
      {"/a%0d%0ab", "refused"},
      {"/a%7f", "refused"},
      {"/a%", "refused"},
      {"/a%4", "refused"},
      {"/a%zz", "refused"},
      {"/%c0%ae%c0%ae/x", "refused"},  // Overlong dots.
      {"/%c0%af", "refused"},
      {"/%ff", "refused"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(canonical_path(one.raw).value_or("refused"), one.expected) << one.raw;
  }
}

TEST(Query, IsDecodedIntoPairs) {
  const auto pairs = parse_query("a=1&b=x%20y+z&a=2&&c&=d&e==%3d");
  ASSERT_TRUE(pairs);
  const QueryPairs expected = {{"a", "1"}, {"b", "x y z"}, {"a", "2"},
                               {"c", ""},  {"", "d"},      {"e", "=="}};
  EXPECT_EQ(*pairs, expected);
  EXPECT_EQ(find_query(*pairs, "a"), "1");
  EXPECT_FALSE(find_query(*pairs, "x"));
}

TEST(Query, BrokenOrEndlessOnesAreRefused) {
  EXPECT_FALSE(parse_query("a=%4"));
  EXPECT_FALSE(parse_query("%zz=1"));
  std::string many;
  for (std::size_t i = 0; i < kQueryPairsMax; ++i) {
    many += "a=1&";
  }
  EXPECT_TRUE(parse_query(many));
  EXPECT_FALSE(parse_query(many + "b=2"));
}

TEST(Query, EncodingSurvivesTheWayBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  EXPECT_EQ(percent_decode(percent_encode(all), Plus::literal), all);
  EXPECT_EQ(percent_encode("a b/\xc3\xa5~"), "a%20b%2F%C3%A5~");
  EXPECT_EQ(format_query({{"a", "1&2"}, {"b", ""}}), "a=1%262&b=");
}

TEST(CallUrl, OnlyPlainWebAddressesAreCalled) {
  for (const std::string url :
       {"http://example.com", "https://example.com:8443/a?b=c#d", "HTTPS://EXAMPLE.com/",
        "http://[2606:4700::1]/x", "http://127.0.0.1/", "https://a.example/x@y?z=@"}) {
    EXPECT_TRUE(check_call_url(url)) << url;
  }
  for (const std::string url :
       {"", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://a/", "http:/a",
        "http://", "https:///x", "http://user@a/", "http://user:pw@a/", "http://@a/",
        "http://a@b@c/", "http://a b/", "http://a/\r\nX: y", "http://a\\@b/", "http://a:99999/",
        "javascript:alert(1)", "http://?x", "//a/"}) {
    EXPECT_FALSE(check_call_url(url)) << url;
  }
  EXPECT_TRUE(check_call_url("http://a/" + std::string(kUrlBytesMax - 9, 'x')));
  EXPECT_FALSE(check_call_url("http://a/" + std::string(kUrlBytesMax - 8, 'x')));
}

TEST(ResponseText, FramingIsOursAndHeadersCannotBreakOut) {
  HttpResponse response;
  response.headers = {{"X-A", "1"}, {"content-length", "99"}, {"Transfer-Encoding", "chunked"}};
  response.body = "hej";
  const ResponseContext context{false, AfterAnswer::close, "now"};
  EXPECT_EQ(
      format_head(response, context, 0),
      "HTTP/1.1 200 OK\r\nDate: now\r\nX-A: 1\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has_safe_headers(response));
  response.headers = {{"X-A", "1\r\nSet-Cookie: a"}};
  EXPECT_FALSE(has_safe_headers(response));
  response.headers = {{"X A", "1"}};
  EXPECT_FALSE(has_safe_headers(response));
}

TEST(ResponseText, DatesAreWrittenForTheWeb) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace jackfield::net
