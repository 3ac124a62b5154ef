// What keeps things: ledger, fault rules, media, and the multipart reader in front of it.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "jackfield/json.h"
#include "tools/sim/faults.h"
#include "tools/sim/ledger.h"
#include "tools/sim/meta/media_store.h"
#include "tools/sim/meta/multipart.h"

namespace jackfield::sim {
namespace {

LedgerEntry accepted(const std::string& correlator) {
  LedgerEntry entry;
  entry.op = "send";
  entry.accepted = true;
  entry.correlator = correlator;
  return entry;
}

std::string fresh_file(const std::string& name) {
  const auto path = std::filesystem::path(testing::TempDir()) / (name + std::to_string(getpid()));
  std::filesystem::remove(path);
  return path.string();
}

TEST(Ledger, CountsHowOftenACorrelatorWasAccepted) {
  Ledger ledger;
  ledger.add(accepted("a"));
  ledger.add(accepted("b"));
  LedgerEntry refused = accepted("a");
  refused.accepted = false;
  ledger.add(refused);
  ledger.add(accepted("a"));
  ledger.add(accepted("a"));
  EXPECT_EQ(ledger.accepts_of("a"), 3);
  EXPECT_EQ(ledger.accepts_of("b"), 1);
  EXPECT_EQ(ledger.accepts_of("c"), 0);
  EXPECT_EQ(ledger.accepted(), 4);
  EXPECT_EQ(ledger.refused(), 1);
  EXPECT_EQ(ledger.doubled(), 1);
}

TEST(Ledger, GivesTheEntriesAfterANumber) {
  Ledger ledger;
  for (const char* correlator : {"a", "b", "c"}) {
    ledger.add(accepted(correlator));
  }
  const std::string lines = ledger.lines(1, 1);
  const auto parsed = json::Document::parse(lines.substr(0, lines.size() - 1));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->root()["n"].integer(), 2);
  EXPECT_EQ(parsed->root()["verdict"].text(), "accepted");
  EXPECT_EQ(ledger.lines(3, 10), "");
}

TEST(Ledger, SurvivesARestartAndATornLine) {
  const std::string path = fresh_file("ledger");
  {
    Ledger ledger;
    ASSERT_TRUE(ledger.open(path));
    ledger.add(accepted("a"));
    ledger.add(accepted("b"));
  }
  std::ofstream(path, std::ios::app) << R"({"n":3,"verd)";
  {
    Ledger ledger;
    ASSERT_TRUE(ledger.open(path));
    EXPECT_EQ(ledger.accepted(), 2);
    ledger.add(accepted("a"));
    EXPECT_EQ(ledger.accepts_of("a"), 2);
    EXPECT_EQ(ledger.last_number(), 3);
  }
  Ledger ledger;
  ASSERT_TRUE(ledger.open(path));
  EXPECT_EQ(ledger.accepts_of("a"), 2);
  EXPECT_EQ(ledger.last_number(), 3);
}

Status add(FaultRules& rules, const std::string& text) {
  const auto parsed = json::Document::parse(text);
  return rules.add(parsed->root());
}

TEST(FaultRules, StrikeAsOftenAsTheySay) {
  FaultRules rules;
  ASSERT_TRUE(add(rules, R"({"skip":1,"times":2,"fault":"cut"})"));
  Occasion occasion;
  EXPECT_FALSE(rules.take(occasion));
  EXPECT_TRUE(rules.take(occasion));
  EXPECT_TRUE(rules.take(occasion));
  EXPECT_FALSE(rules.take(occasion));
}

TEST(FaultRules, StrikeOnlyWhatTheyName) {
  FaultRules rules;
  ASSERT_TRUE(add(rules, R"({"on":"send","times":0,"fault":"throttle","code":131056,
                  "where":{"to":"1","correlator":"c","type":"text","text":"pay"}})"));
  Occasion occasion;
  occasion.to = "1";
  occasion.correlator = "c";
  occasion.type = "text";
  occasion.text = "please pay now";
  EXPECT_EQ(rules.take(occasion)->code, 131056);
  occasion.text = "hello";
  EXPECT_FALSE(rules.take(occasion));
  occasion.text = "pay";
  occasion.op = Op::upload;
  EXPECT_FALSE(rules.take(occasion));
}

TEST(FaultRules, RefuseWhatTheyDoNotKnow) {
  FaultRules rules;
  for (const char* rule :
       {R"({"fault":"explode"})", R"({"on":"moon","fault":"cut"})",
        R"({"fault":"delay","before_read_ms":-1})", R"({"fault":"duplicate","copies":100000})"}) {
    EXPECT_FALSE(add(rules, rule)) << rule;
  }
  for (std::size_t i = 0; i < FaultRules::kRulesMax; ++i) {
    ASSERT_TRUE(add(rules, R"({"fault":"cut"})"));
  }
  EXPECT_FALSE(add(rules, R"({"fault":"cut"})"));
}

TEST(Multipart, FindsThePartsOfAnUpload) {
  const std::string body =
      "--B\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
      "--B\r\nContent-Disposition: form-data; filename=\"a.png\"; name=\"file\"\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n--x\r\n--B--\r\n";
  const auto parts = meta::parse_multipart("multipart/form-data; boundary=B", body);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(parts->at(0).name, "messaging_product");
  EXPECT_EQ(parts->at(0).data, "whatsapp");
  EXPECT_EQ(parts->at(1).name, "file");
  EXPECT_EQ(parts->at(1).filename, "a.png");
  EXPECT_EQ(parts->at(1).mime, "image/png");
  EXPECT_EQ(parts->at(1).data, "\x89PNG\r\n--x");
}

TEST(Multipart, RefusesWhatIsTorn) {
  const std::string type = "multipart/form-data; boundary=\"B\"";
  for (const char* body :
       {"", "--B", "--B\r\n\r\nx", "--C\r\n\r\nx\r\n--C--", "--B\r\nx\r\n--B--"}) {
    EXPECT_FALSE(meta::parse_multipart(type, body)) << body;
  }
  EXPECT_FALSE(meta::parse_multipart("application/json", "--B--"));
  EXPECT_TRUE(meta::parse_multipart(type, "--B--"));
}

TEST(Uploads, HaveLimitsPerKind) {
  struct Row {
    std::string mime;
    std::size_t size;
    bool is_refused;
  };
  constexpr std::size_t kMegabyte = 1024U * 1024;
  for (const Row& row : std::vector<Row>{{"image/png", 5 * kMegabyte, false},
                                         {"image/png", 5 * kMegabyte + 1, true},
                                         {"image/gif", 10, true},
                                         {"image/webp", 501U * 1024, true},
                                         {"audio/ogg; codecs=opus", 16 * kMegabyte, false},
                                         {"audio/wav", 10, true},
                                         {"video/mp4", 17 * kMegabyte, true},
                                         {"application/pdf", 100 * kMegabyte, false},
                                         {"application/pdf", 101 * kMegabyte, true},
                                         {"application/x-anything", 10, false},
                                         {"nonsense", 10, true},
                                         {"image/png", 0, true}}) {
    EXPECT_EQ(meta::check_upload(row.mime, row.size).has_value(), row.is_refused)
        << row.mime << ' ' << row.size;
  }
}

TEST(MediaLinks, StopWorking) {
  meta::MediaStore media;
  const std::string id = media.add({});
  const std::string link = media.link(id, 1'000);
  const std::string query = link.substr(link.find('?') + 1);
  EXPECT_TRUE(media.is_open(id, query, 999));
  EXPECT_FALSE(media.is_open(id, query, 1'000));
  EXPECT_FALSE(media.is_open("other", query, 999));
  EXPECT_FALSE(media.is_open(id, "mid=" + id + "&ext=99999999999&hash=00", 999));
}

}  // namespace
}  // namespace jackfield::sim
