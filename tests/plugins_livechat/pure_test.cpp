#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "jackfield/json.h"
#include "plugins/livechat/feed.h"
#include "plugins/livechat/origins.h"
#include "plugins/livechat/protocol.h"
#include "plugins/livechat/rate_limit.h"
#include "plugins/livechat/settings.h"
#include "plugins/livechat/visitor_token.h"

namespace jackfield::livechat {
namespace {

using Row = std::vector<std::string>;

/// Rows of tab-separated columns; lines that start with '#' are notes.
std::vector<Row> rows_of(const std::string& name) {
  std::ifstream file(std::string(LIVECHAT_TESTDATA) + "/" + name);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    Row row;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = line.find('\t', begin);
      row.push_back(line.substr(begin, end - begin));
    }
    rows.push_back(row);
  }
  return rows;
}

/// What a frame was understood as, in one line.
std::string outcome(std::string_view frame) {
  const auto parsed = parse_client_frame(frame);
  if (!parsed) {
    return "refused";
  }
  if (const auto* hello = std::get_if<Hello>(&*parsed)) {
    return "hello token=" + hello->token + " after=" + hello->after + " name=" + hello->name +
           " context=" + context_json(*hello);
  }
  if (const auto* say = std::get_if<Say>(&*parsed)) {
    return "message " + say->client_id + "=" + say->text;
  }
  if (const auto* typing = std::get_if<Typing>(&*parsed)) {
    return typing->is_on ? "typing on" : "typing off";
  }
  if (const auto* mark = std::get_if<Mark>(&*parsed)) {
    return (mark->kind == ReceiptKind::read ? "read " : "received ") + mark->id;
  }
  const std::array<std::string, 3> plain{"next", "end", "ping"};
  return plain.at(parsed->index() - 4);
}

TEST(LivechatProtocol, ReadsWhatBrowsersSend) {
  const auto rows = rows_of("frames_in.tsv");
  ASSERT_GT(rows.size(), 40U);
  for (const Row& row : rows) {
    ASSERT_EQ(row.size(), 3U) << row.front();
    EXPECT_EQ(outcome(row[1]), row[2]) << row[0];
  }
}

TEST(LivechatProtocol, WritesWhatBrowsersGet) {
  PartView text;
  text.kind = PartKind::text;
  text.text = "hi \"you\"";
  PartView image;
  image.kind = PartKind::media;
  image.media_kind = "image";
  image.media_id = "m1";
  image.filename = "a.png";
  image.mime = "image/png";
  image.media_size = 7;
  PartView place;
  place.kind = PartKind::location;
  const std::vector<PartView> one{text};
  const std::vector<PartView> mixed{image, place};
  const std::vector<std::string> frames{
      welcome_frame("V", "T", true, TokenNote::none, {16384, 20, 10}),
      welcome_frame("V", "T", false, TokenNote::refused, {16384, 20, 10}),
      message_frame({"c.1", SaidBy::us, {}, 5, 0, 1, one}),
      message_frame({"c.2", SaidBy::contact, "k1", 6, 0, 1, one}),
      message_frame({"c.3", SaidBy::us, {}, 7, 1, 3, mixed}),
      replayed_frame(true),
      ack_frame({"k1", "c.2", 6, false}),
      ack_frame({"k1", "c.2", 6, true}),
      typing_frame(true),
      read_frame("k1"),
      ended_frame("agent\n left"),
      pong_frame(),
      busy_frame("k1", 1000),
      busy_frame({}, 1000),
      error_frame({"rate", "too many messages", "k1", 2000}),
      error_frame({"bad_frame", "no"}),
  };
  const auto rows = rows_of("frames_out.tsv");
  ASSERT_EQ(rows.size(), frames.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(frames[i], rows[i].at(1)) << rows[i][0];
    EXPECT_TRUE(json::Document::parse(frames[i])) << rows[i][0];
  }
}

TEST(LivechatProtocol, SurvivesHostileFrames) {
  std::string zeros;
  for (int i = 0; i < 999; ++i) {
    zeros += ",0";
  }
  const std::vector<std::pair<std::string, std::string>> cases{
      {"empty", ""},
      {"deep", std::string(100'000, '[')},
      {"deep objects",
       R"({"type":"ping","a":)" + std::string(50, '[') + std::string(50, ']') + "}"},
      {"huge", R"({"type":"message","client_id":"a","text":")" + std::string(300'000, 'x') + "\"}"},
      {"many values", R"({"type":"ping","a":[0)" + zeros + "]}"},
      {"a NUL byte", std::string("{\"type\":\"ping\"\0}", 16)},
      {"an escaped NUL in text", R"({"type":"message","client_id":"a","text":"a\u0000b"})"},
      {"invalid UTF-8", "{\"type\":\"message\",\"client_id\":\"a\",\"text\":\"\xff\xfe\"}"},
      {"overlong UTF-8", "{\"type\":\"message\",\"client_id\":\"a\",\"text\":\"\xc0\xaf\"}"},
      {"cut", R"({"type":"message","client_id":"a","text":"\ud8)"},
      {"a number that goes on", R"({"type":"read","id":)" + std::string(400, '9') + "}"},
  };
  for (const auto& [name, frame] : cases) {
    EXPECT_EQ(outcome(frame), "refused") << name;
  }
}

TEST(LivechatProtocol, BoundsWhatAPageSaysAboutItself) {
  std::string escaped;
  for (int i = 0; i < 5'000; ++i) {
    escaped += "\\\"";
  }
  const auto parsed =
      parse_client_frame(R"({"type":"hello","name":")" + escaped + R"(","page":")" + escaped +
                         R"(","referrer":")" + escaped + R"(","locale":"sv"})");
  ASSERT_TRUE(parsed);
  const auto& hello = std::get<Hello>(*parsed);
  EXPECT_EQ(hello.name.size(), kNameCharsMax);
  EXPECT_EQ(hello.page.size(), kUrlBytesMax);
  const std::string context = context_json(hello);
  EXPECT_LE(context.size(), kExtBytesMax);
  EXPECT_TRUE(json::Document::parse(context));
  EXPECT_NE(context.find("\"locale\":\"sv\""), std::string::npos);
}

TEST(LivechatProtocol, CutsNamesBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 150; ++i) {
    name += "\xf0\x9f\x98\x80";
  }
  const auto parsed = parse_client_frame(R"({"type":"hello","name":")" + name + "\"}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<Hello>(*parsed).name.size(), 400U);
}

TokenMint mint_with(const std::string& key) {
  return TokenMint(
      [key](std::string_view data) {
        std::string digest(32, '\0');
        unsigned length = 0;
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(data.data()), data.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &length);
        return digest;
      },
      [](std::string_view a, std::string_view b) { return a == b; });
}

TEST(LivechatToken, NamesItsVisitorAndNobodyElse) {
  const TokenMint mint = mint_with("our key");
  const std::string id = to_base64url("0123456789abcdef");
  const std::string token = mint.issue(id, 1'000'000);
  ASSERT_EQ(token.size(), 76U);
  EXPECT_EQ(mint.visitor_of(token, 1'000'000, 100), id);

  std::string other_id = token;
  other_id[5] = other_id[5] == 'A' ? 'B' : 'A';
  std::string other_version = token;
  other_version[1] = other_version[1] == 'A' ? 'B' : 'A';
  std::string other_time = token;
  other_time[30] = other_time[30] == 'A' ? 'B' : 'A';
  std::string other_signature = token;
  other_signature.back() = other_signature.back() == 'A' ? 'B' : 'A';
  const std::vector<std::pair<std::string, std::string>> cases{
      {"empty", ""},
      {"another visitor's id", other_id},
      {"another version", other_version},
      {"another issue time", other_time},
      {"another signature", other_signature},
      {"truncated", token.substr(0, 75)},
      {"without signature", token.substr(0, 33)},
      {"longer", token + "AAAA"},
      {"padded", token + "="},
      {"of another site", mint_with("their key").issue(id, 1'000'000)},
      {"not base64", std::string(76, '*')},
      {"the id itself", id},
  };
  for (const auto& [name, forged] : cases) {
    EXPECT_EQ(mint.visitor_of(forged, 1'000'000, 100), std::nullopt) << name;
  }
}

TEST(LivechatToken, Expires) {
  const TokenMint mint = mint_with("our key");
  const std::string token = mint.issue(to_base64url("0123456789abcdef"), 1'000'000);
  EXPECT_TRUE(mint.visitor_of(token, 1'000'100, 100));
  EXPECT_FALSE(mint.visitor_of(token, 1'000'101, 100));
}

TEST(LivechatToken, SpellsAVisitorInOneWay) {
  EXPECT_TRUE(is_visitor_id(to_base64url(std::string(16, '\xff'))));
  EXPECT_FALSE(is_visitor_id("_____________________x"));  // the last character has loose bits
  EXPECT_FALSE(is_visitor_id("//////////////////////"));
  EXPECT_FALSE(is_visitor_id(""));
}

TEST(LivechatOrigins, AreComparedWhole) {
  const std::vector<std::string> allowed{*parse_origin("https://Shop.Example"),
                                         *parse_origin("http://localhost:8080"),
                                         *parse_origin("https://[2001:db8::1]:8443")};
  const std::vector<std::pair<const char*, bool>> cases{
      {"https://shop.example", true},
      {"HTTPS://SHOP.example", true},
      {"https://shop.example:443", true},
      {"http://localhost:8080", true},
      {"https://[2001:db8::1]:8443", true},
      {"http://shop.example", false},
      {"https://shop.example:8443", false},
      {"https://shop.example.evil.example", false},
      {"https://evil.shop.example", false},
      {"https://evilshop.example", false},
      {"https://shop.example@evil.example", false},
      {"https://shop.example/", false},
      {"https://shop.example ", false},
      {"https://shop.example, https://evil.example", false},
      {"//shop.example", false},
      {"shop.example", false},
      {"http://localhost", false},
      {"https://[2001:db8::1]", false},
      {"null", false},
      {"file://", false},
      {"*", false},
      {"", false},
  };
  for (const auto& [origin, is_allowed] : cases) {
    EXPECT_EQ(is_origin_allowed(allowed, std::string_view(origin)), is_allowed) << origin;
  }
  EXPECT_FALSE(is_origin_allowed(allowed, std::nullopt));
  EXPECT_FALSE(is_origin_allowed({}, std::string_view("https://shop.example")));
  EXPECT_FALSE(is_origin_allowed({"null"}, std::string_view("null")));
}

TEST(LivechatPeers, CountAsNetworks) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"203.0.113.7", "203.0.113.7"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8:1:2::9", "2001:db8:1:2::/64"},
      {"[2001:db8:1:3::9]", "2001:db8:1:3::/64"},
      {"fe80::1%eth0", "fe80::/64"},
      {"", ""},
      {"unix", "unix"},
  };
  for (const auto& [peer, key] : cases) {
    EXPECT_EQ(peer_key(peer), key) << peer;
  }
  EXPECT_EQ(peer_key(std::string(5'000, 'x')).size(), 64U);
}

TEST(LivechatRate, AllowsABurstThenASteadyFlow) {
  Bucket bucket;
  const Rate rate{20, 3};
  EXPECT_EQ(bucket.take(rate, 1'000), 0);
  EXPECT_EQ(bucket.take(rate, 1'000), 0);
  EXPECT_EQ(bucket.take(rate, 1'000), 0);
  EXPECT_EQ(bucket.take(rate, 1'000), 3'000);
  EXPECT_EQ(bucket.take(rate, 2'500), 1'500);
  EXPECT_EQ(bucket.take(rate, 4'000), 0);
  EXPECT_GT(bucket.take(rate, 4'000), 0);
  EXPECT_FALSE(bucket.is_full(rate, 12'999));
  EXPECT_TRUE(bucket.is_full(rate, 13'000));
}

TEST(LivechatRate, BoundsItsKeys) {
  BucketTable table(2);
  const Rate rate{60, 1};
  EXPECT_EQ(table.take("a", rate, 0), 0);
  EXPECT_EQ(table.take("b", rate, 0), 0);
  EXPECT_GT(table.take("c", rate, 0), 0);
  table.sweep(rate, 2'000);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.take("c", rate, 2'000), 0);
}

TEST(LivechatFeed, TellsEverythingOnceAndInOrder) {
  Feed feed;
  feed.replay_after("c.1");
  EXPECT_EQ(feed.offer("c.3", "three live"), Feed::Verdict::held);
  EXPECT_EQ(feed.offer("c.4", "four live"), Feed::Verdict::held);
  feed.show("c.2");
  feed.show("c.3");
  EXPECT_EQ(feed.offer("c.2", "two live"), Feed::Verdict::known);
  EXPECT_EQ(feed.go_live(), (std::vector<std::string>{"four live"}));
  EXPECT_EQ(feed.offer("c.3", "three again"), Feed::Verdict::known);
  EXPECT_EQ(feed.offer("c.5", "five"), Feed::Verdict::send);
}

TEST(LivechatFeed, HoldsBackABoundedAmount) {
  Feed many;
  many.replay_after("");
  for (std::size_t i = 0; i < Feed::kHeldMax; ++i) {
    EXPECT_EQ(many.offer(std::to_string(i), "x"), Feed::Verdict::held);
  }
  EXPECT_EQ(many.offer("more", "x"), Feed::Verdict::overflow);
  Feed large;
  large.replay_after("");
  EXPECT_EQ(large.offer("a", std::string(Feed::kHeldBytesMax, 'x')), Feed::Verdict::held);
  EXPECT_EQ(large.offer("b", "x"), Feed::Verdict::overflow);
  large.show("a");
  EXPECT_EQ(large.offer("b", "x"), Feed::Verdict::held);
}

TEST(LivechatFeed, FindsItsPlaceByItsTag) {
  const std::string id = to_base64url("0123456789abcdef");
  Feed feed;
  EXPECT_EQ(feed.tag(id), "1 " + id + " l");
  feed.replay_after("c.7");
  const auto reading = Feed::parse_tag(feed.tag(id));
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->visitor_id, id);
  EXPECT_EQ(reading->feed.phase(), Feed::Phase::reading);
  EXPECT_EQ(reading->feed.cursor(), "c.7");
  feed.wait_for_next();
  EXPECT_EQ(Feed::parse_tag(feed.tag(id))->feed.phase(), Feed::Phase::waiting);
  for (const std::string& tag : {std::string(), "2 " + id + " l", "1 " + id, "1 " + id + " x",
                                 std::string("1 short l"), std::string("nonsense")}) {
    EXPECT_FALSE(Feed::parse_tag(tag)) << tag;
  }
}

TEST(LivechatSettings, AreChecked) {
  const auto given = parse_settings(R"({"origins":["https://a.example"],"messages_burst":3})");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->messages.burst, 3);
  EXPECT_EQ(given->messages.per_minute, 20);
  EXPECT_TRUE(parse_settings("{}"));
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"origins":"https://a.example"})", "origins must be a list"},
      {R"({"origins":["https://a.example/chat"]})", "is not scheme://host[:port]"},
      {R"({"origins":["*"]})", "is not scheme://host[:port]"},
      {R"({"origins":["null"]})", "is not scheme://host[:port]"},
      {R"({"allow_any_origin":"yes"})", "allow_any_origin must be true or false"},
      {R"({"messages_per_minute":0})", "messages_per_minute must be a whole number from 1"},
      {R"({"text_bytes_max":32769})", "to 32768"},
      {R"([])", "must be an object"},
      {R"({)", "JSON"},
  };
  for (const auto& [config, problem] : cases) {
    const auto settings = parse_settings(config);
    ASSERT_FALSE(settings) << config;
    EXPECT_NE(settings.error().text.find(problem), std::string::npos) << settings.error().text;
  }
}

}  // namespace
}  // namespace jackfield::livechat
