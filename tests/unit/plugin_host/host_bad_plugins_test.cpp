#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/plugin_host/library.h"
#include "jackfield/plugin_abi.h"
#include "tests/unit/plugin_host/fakes.h"

namespace jackfield::plugin_host {
namespace {

TEST(BadPlugins, AreRefusedWithTheReasonAndLeaveNothingBehind) {
  const struct {
    const char* plugin;
    const char* reason;
  } rows[] = {
      {"missing", "there is no plugin \"missing\""},
      {"wrong_major", "ABI major 2"},
      {"newer_minor", "it needs ABI 1.7, this host offers 1.0"},
      {"no_descriptor", "returned NULL"},
      {"small_table", "jf_channel says size 16"},
      {"null_channel", "NULL entry"},
      {"null_ops", "ops is NULL"},
      {"null_function", "ops lacks one of"},
      {"init_fails", "no licence file"},
      {"create_fails", "the moon is in the wrong house"},
      {"create_makes_nothing", "made no instance"},
      {"create_throws", "threw an exception through the ABI: no idea how to begin"},
      {"start_fails", "not today"},
      {"bad_schema", "#/properties/x/pattern"},
      {"route_without_receiver", "does not offer jf.recv-http/1"},
      {"no_entry", "does not export"},
      {"extra_export", "it exports"},
      {"gnu_unique", "refused"},
      {"nodelete", "NODELETE"},
  };
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  for (const auto& row : rows) {
    const Status added = fixture.host().add_account(account_settings("bad:one", row.plugin));
    ASSERT_FALSE(added) << row.plugin;
    EXPECT_NE(added.error().text.find(row.reason), std::string::npos)
        << row.plugin << ": " << added.error().text;
    EXPECT_TRUE(fixture.host().accounts().empty()) << row.plugin;
  }
  const std::string kept = fixture.state_directory() + "/plugins";
  for (const auto& file : std::filesystem::directory_iterator(kept)) {
    EXPECT_FALSE(Library::is_mapped(file.path().string())) << file.path();
  }
}

TEST(BadPlugins, GarbageAndTruncatedFilesAreRefused) {
  const std::string folder = testing::TempDir() + "jf_bad_files";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/garbage.so") << std::string(5000, 'g');
  std::filesystem::copy_file(std::string(JF_BAD_PLUGINS_DIR) + "/plain.so", folder + "/cut.so",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(folder + "/cut.so", 3000);
  HostFixture fixture(folder);
  const Status garbage = fixture.host().add_account(account_settings("bad:one", "garbage"));
  ASSERT_FALSE(garbage);
  EXPECT_NE(garbage.error().text.find("not an ELF file"), std::string::npos);
  const Status cut = fixture.host().add_account(account_settings("bad:one", "cut"));
  ASSERT_FALSE(cut);
  EXPECT_NE(cut.error().text.find("truncated"), std::string::npos) << cut.error().text;
  EXPECT_FALSE(fixture.host().add_account(account_settings("bad:one", "../plain")));
}

TEST(BadPlugins, HostileValuesAreRefusedOrQuarantined) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  const Status added = fixture.host().add_account(account_settings("bad:one", "hostile_values"));
  ASSERT_TRUE(added) << added.error().text;
  const Outcome outcome = fixture.deliver("bad:one");
  EXPECT_EQ(outcome.kind, OutcomeKind::accepted);
  EXPECT_EQ(outcome.external_id, "");  // it claimed 2^64 bytes
  const struct {
    const char* name;
    jf_status status;
  } rows[] = {
      {"huge_length", JF_E_TOO_LARGE},
      {"null_text", JF_E_INVALID},
      {"null_parts", JF_E_INVALID},
      {"tiny_part_stride", JF_E_INVALID},
      {"huge_part_count", JF_E_TOO_LARGE},
      {"huge_count", JF_E_TOO_LARGE},
      {"zero_stride", JF_E_INVALID},
      {"null_values", JF_E_INVALID},
      {"small_value", JF_E_INVALID},
      {"no_key", JF_E_INVALID},
      {"broken_json", JF_E_INVALID},
      {"one_of_two", JF_OK},
      {"bad_utf8", JF_OK},
  };
  for (const auto& row : rows) {
    const auto status = fixture.metric(row.name);
    ASSERT_TRUE(status.has_value()) << row.name;
    EXPECT_EQ(static_cast<jf_status>(*status), row.status) << row.name;
  }
  const std::vector<Arrival> arrivals = fixture.inbound.arrivals();
  ASSERT_EQ(arrivals.size(), 2U);
  ASSERT_EQ(arrivals[0].values.size(), 2U);
  EXPECT_EQ(arrivals[0].values[0].kind, InboundKind::message);
  EXPECT_EQ(arrivals[0].values[1].kind, InboundKind::quarantine);
  EXPECT_NE(arrivals[0].values[1].detail.find("dedupe_key is empty"), std::string::npos);
  EXPECT_EQ(arrivals[1].values[0].parts[0].text,
            "a\xef\xbf\xbd\xef\xbf\xbd"
            "b");
  EXPECT_EQ(arrivals[1].values[0].display_name, "e\xcc\x81gpj.exe");
}

TEST(BadPlugins, CompletingTwiceCountsOnce) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("bad:one", "completes_twice")));
  const Outcome outcome = fixture.deliver("bad:one");  // a second answer would throw here
  EXPECT_EQ(outcome.kind, OutcomeKind::accepted);
  EXPECT_EQ(outcome.external_id, "e1");
  ASSERT_TRUE(eventually([&] { return fixture.metric("second").has_value(); }));
  EXPECT_EQ(fixture.metric("first"), JF_OK);
  EXPECT_EQ(fixture.metric("second"), JF_E_STALE);
}

TEST(BadPlugins, NeverCompletingEndsAsUnknownAndALateAnswerIsStale) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("bad:one", "never_completes")));
  std::atomic<int> answers{0};
  std::atomic<OutcomeKind> kind{OutcomeKind::accepted};
  OutboundPart part;
  part.account = {"bad:one"};
  part.message = {model::ConversationId{7}, 3};
  fixture.host().deliver(std::move(part), [&](const Outcome& outcome) {
    kind = outcome.kind;
    ++answers;
  });
  EXPECT_TRUE(eventually([&] { return fixture.host().accounts()[0].lane_backlog == 0; }));
  EXPECT_EQ(answers, 0);
  fixture.clock.advance(std::chrono::seconds{31});
  EXPECT_TRUE(eventually([&] { return answers == 1; }));
  EXPECT_EQ(kind, OutcomeKind::unknown);
  EXPECT_TRUE(eventually([&] { return fixture.metric("late") == JF_E_STALE; }));
}

TEST(BadPlugins, StoppingEndsWhatIsOpenAsUnknown) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("bad:one", "never_completes")));
  std::atomic<int> answers{0};
  OutboundPart part;
  part.account = {"bad:one"};
  part.message = {model::ConversationId{7}, 3};
  fixture.host().deliver(std::move(part), [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.kind, OutcomeKind::unknown);
    ++answers;
  });
  fixture.stop();
  EXPECT_EQ(answers, 1);
}

TEST(BadPlugins, AnInternalErrorBeforeAnythingWasSentMayBeRepeated) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("bad:one", "internal_error")));
  const Outcome outcome = fixture.deliver("bad:one");
  EXPECT_EQ(outcome.kind, OutcomeKind::not_sent);
  EXPECT_EQ(outcome.detail, "lost my place");
}

TEST(BadPlugins, AChannelWithoutAFeatureSaysSo) {
  HostFixture fixture(JF_BAD_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("bad:one", "plain")));
  const model::AccountId account{"bad:one"};
  EXPECT_FALSE(fixture.host().set_typing(account, "t:1", true));
  EXPECT_FALSE(fixture.host().mark_read(account, "t:1", "e1"));
  EXPECT_FALSE(fixture.host().end_session(account, "t:1", ""));
  EXPECT_FALSE(fixture.host().replay(account, 1, "", "raw"));
  fixture.host().fetch_media(account, 9, "{}", "image");
  EXPECT_EQ(fixture.media.log(), std::vector<std::string>{"failed 9"});
}

}  // namespace
}  // namespace jackfield::plugin_host
