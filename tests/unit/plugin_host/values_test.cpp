#include "core/plugin_host/values.h"

#include <string>

#include <gtest/gtest.h>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/http_view.h"
#include "core/plugin_host/outcomes.h"
#include "core/plugin_host/routes.h"

namespace jackfield::plugin_host {
namespace {

TEST(CleanText, MakesFilenamesHarmless) {
  const struct {
    const char* given;
    const char* kept;
  } rows[] = {
      {"photo.jpg", "photo.jpg"},
      {"../../etc/passwd", "passwd"},
      {"C:\\Users\\me\\x.txt", "x.txt"},
      {"..", ""},
      {".bashrc", "bashrc"},
      {"a\nb\x1b[0m.txt", "ab[0m.txt"},
      {"evil\xe2\x80\xaegpj.exe", "evilgpj.exe"},
      {"\xe2\x81\xa6x\xe2\x81\xa9", "x"},
      {"gr\xc3\xbc\xc3\x9f.pdf", "gr\xc3\xbc\xc3\x9f.pdf"},
      {"", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(clean_filename(row.given), row.kept) << row.given;
  }
  EXPECT_EQ(clean_filename(std::string(300, 'a')).size(), kFilenameBytesMax);
  EXPECT_EQ(clean_line("\xc3\xbc\xc3\xbc", 3), "\xc3\xbc");  // cut between characters
}

jf_inbound message(const jf_part& part) {
  jf_inbound value{};
  value.size = sizeof value;
  value.kind = JF_INBOUND_MESSAGE;
  value.dedupe_key = str_of("k1");
  value.address = str_of("t:1");
  value.parts = &part;
  value.part_count = 1;
  value.part_stride = sizeof part;
  return value;
}

TEST(Values, CopiesAMessage) {
  jf_part part{};
  part.kind = JF_PART_MEDIA;
  part.media_ref = str_of(R"({"url":"https://x"})");
  part.filename = str_of("../a.jpg");
  jf_inbound from = message(part);
  from.display_name = str_of("Ada\n\xe2\x80\xae");
  Refusal refusal;
  const InboundValue value = copy_value(from, refusal);
  EXPECT_FALSE(refusal.is_set()) << refusal.why;
  EXPECT_EQ(value.kind, InboundKind::message);
  EXPECT_EQ(value.display_name, "Ada");
  ASSERT_EQ(value.parts.size(), 1U);
  EXPECT_EQ(value.parts[0].filename, "a.jpg");
  EXPECT_EQ(value.parts[0].attachment, model::AttachmentState::pending);
}

TEST(Values, ReadsByTheStrideOfANewerPlugin) {
  struct Longer {
    jf_inbound value;
    std::uint64_t newer_field;
  };
  jf_part part{};
  part.kind = 99;
  part.text = str_of("x");
  Longer list[2] = {{message(part), 7}, {message(part), 8}};
  list[0].value.size = list[1].value.size = sizeof(Longer);
  list[1].value.dedupe_key = str_of("k2");
  Refusal refusal;
  const auto values = copy_values(&list[0].value, 2, sizeof(Longer), false, refusal);
  EXPECT_FALSE(refusal.is_set()) << refusal.why;
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[1].dedupe_key, "k2");
  EXPECT_EQ(values[1].parts[0].kind, model::PartKind::other);
}

TEST(Values, RefusesAKindsMissingFields) {
  jf_part part{};
  part.kind = JF_PART_TEXT;
  const struct {
    const char* name;
    void (*spoil)(jf_inbound&);
  } rows[] = {
      {"no key", [](jf_inbound& v) { v.dedupe_key = {}; }},
      {"no address", [](jf_inbound& v) { v.address = {}; }},
      {"no parts", [](jf_inbound& v) { v.part_count = 0; }},
      {"edit of nothing", [](jf_inbound& v) { v.kind = JF_INBOUND_EDIT; }},
      {"receipt of nothing",
       [](jf_inbound& v) {
         v.kind = JF_INBOUND_RECEIPT;
         v.receipt = 2;
       }},
      {"control in key", [](jf_inbound& v) { v.dedupe_key = str_of("a\nb"); }},
      {"long key", [](jf_inbound& v) { v.dedupe_key.len = 513; }},
  };
  for (const auto& row : rows) {
    jf_inbound from = message(part);
    row.spoil(from);
    Refusal refusal;
    copy_value(from, refusal);
    EXPECT_TRUE(refusal.is_set()) << row.name;
  }
}

TEST(Outcomes, MapEachStatusToWhatTheSenderMayDo) {
  const struct {
    jf_status status;
    OutcomeKind before, after;
  } rows[] = {
      {JF_OK, OutcomeKind::accepted, OutcomeKind::accepted},
      {JF_E_UNREACHABLE, OutcomeKind::not_sent, OutcomeKind::not_sent},
      {JF_E_TRANSIENT, OutcomeKind::not_sent, OutcomeKind::not_sent},
      {JF_E_RATE, OutcomeKind::throttled, OutcomeKind::throttled},
      {JF_E_BUSY, OutcomeKind::busy, OutcomeKind::busy},
      {JF_E_AUTH, OutcomeKind::refused_account, OutcomeKind::refused_account},
      {JF_E_UNKNOWN, OutcomeKind::unknown, OutcomeKind::unknown},
      {JF_E_TIMEOUT, OutcomeKind::unknown, OutcomeKind::unknown},
      {JF_E_INTERNAL, OutcomeKind::not_sent, OutcomeKind::unknown},
      {JF_E_PERMANENT, OutcomeKind::refused, OutcomeKind::refused},
      {JF_E_WINDOW, OutcomeKind::refused, OutcomeKind::refused},
      {-999, OutcomeKind::not_sent, OutcomeKind::unknown},
      {42, OutcomeKind::not_sent, OutcomeKind::unknown},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(outcome_kind(row.status, Said::before_sending), row.before) << row.status;
    EXPECT_EQ(outcome_kind(row.status, Said::after_sending), row.after) << row.status;
  }
}

TEST(Routes, PreferAnExactPathAndTellMethodFromPath) {
  Routes routes;
  ASSERT_TRUE(routes.add({1, "GET", "/files/*", 100, std::chrono::seconds{1}, false}));
  ASSERT_TRUE(routes.add({2, "GET", "/files/list", 200, std::chrono::seconds{1}, false}));
  EXPECT_EQ(routes.find("GET", "/files/list").route->id, 2U);
  EXPECT_EQ(routes.find("GET", "/files/other").route->id, 1U);
  EXPECT_FALSE(routes.find("POST", "/files/list").route);
  EXPECT_TRUE(routes.find("POST", "/files/list").is_known_path);
  EXPECT_FALSE(routes.find("GET", "/else").is_known_path);
  EXPECT_FALSE(routes.add({3, "get", "/x", 0, {}, false}));
  EXPECT_FALSE(routes.add({3, "GET", "x", 0, {}, false}));
  EXPECT_FALSE(routes.add({3, "GET", "/x", 5 * 1024 * 1024, {}, false}));
}

TEST(HttpView, GivesThePathBelowTheAccount) {
  EXPECT_EQ(path_below_account("/in/whatsapp/main/webhook"), "/webhook");
  EXPECT_EQ(path_below_account("/in/whatsapp/main/a/b"), "/a/b");
  EXPECT_EQ(path_below_account("/in/whatsapp/main"), "");
  EXPECT_EQ(path_below_account("/in"), "");
}

}  // namespace
}  // namespace jackfield::plugin_host
