// P6: a conversation has at most one owner, whoever asks and however many ask at once.
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/commands/commands.h"
#include "core/media/media_files.h"
#include "tests/support/open_store.h"

namespace jackfield::commands {
namespace {

using events::Answer;
using events::Request;

/// A plugin host that knows one account and does nothing.
class OneAccount final : public plugin_host::PluginHost {
 public:
  Status add_account(const base::AccountSettings&) override { return Done{}; }
  std::vector<base::SettingsProblem> check_account(const base::AccountSettings&) override {
    return {};
  }
  void deliver(plugin_host::OutboundPart, plugin_host::OnOutcome) override {}
  void fetch_media(const model::AccountId&, std::int64_t, std::string, std::string) override {}
  Status replay(const model::AccountId&, std::int64_t, std::string, std::string) override {
    return Done{};
  }
  Status set_typing(const model::AccountId&, std::string, bool) override { return Done{}; }
  Status mark_read(const model::AccountId&, std::string, std::string) override { return Done{}; }
  Status end_session(const model::AccountId&, std::string, std::string) override { return Done{}; }
  net::HttpHandler& http() override { throw std::logic_error("no listener here"); }
  [[nodiscard]] std::vector<plugin_host::AccountState> accounts() const override {
    plugin_host::AccountState state;
    state.account.text = "loopback:a";
    return {state};
  }
  [[nodiscard]] std::optional<model::AccountId> account_of(std::string_view,
                                                           std::string_view) const override {
    return std::nullopt;
  }
  void stop(std::chrono::milliseconds) override {}
};

class OwnershipTest : public testing::Test {
 protected:
  void SetUp() override {
    media = *media::MediaFiles::open(store.folder() + "/media");
    commands = std::make_unique<Commands>(Commands::Parts{*store, store.clock, host, sender, *media,
                                                          std::chrono::hours(1),
                                                          [] { return std::string("{}"); }});
    ASSERT_TRUE(store.write([this](store::Transaction& tx) {
      bool is_new = false;
      const model::AccountId account{"loopback:a"};
      conversation =
          tx.open_or_new_conversation(account, tx.know_address(account, "x:1", "Eve", 1), 1, is_new)
              .id.text();
    }));
  }

  /// The answer's JSON; "CODE" first when it is an error.
  std::string run(const std::string& name, const std::string& args, const std::string& key = {}) {
    static std::atomic<int> count{0};
    Request request;
    request.name = name;
    request.body = std::make_shared<const json::Document>(*json::Document::parse(args));
    request.args = request.body->root();
    request.key = key.empty() ? "test/" + std::to_string(++count) : key;
    request.request_hash = name + args;
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    commands->command(request, [&promise](Answer said) { promise.set_value(std::move(said)); });
    return answer.get().json();
  }
  std::string args(const std::string& more) {
    return R"({"conversation":")" + conversation + "\"," + more + "}";
  }
  std::string reply_as(const std::string& agent) {
    return run(
        "message.send",
        args(R"("parts":[{"kind":"text","text":"hi"}],"take":true,"author":")" + agent + "\""));
  }
  std::string take_as(const std::string& agent, int version) {
    return run("conversation.take",
               args(R"("agent":")" + agent + R"(","expected_version":)" + std::to_string(version)));
  }
  model::Conversation now() {
    return store.read([this](store::Reader& reader) {
      return *reader.conversation(*model::ConversationId::parse(conversation));
    });
  }
  static bool is_conflict(const std::string& answer) {
    return answer.find("CONFLICT") != std::string::npos;
  }

  test::OpenStore store;
  OneAccount host;
  boost::asio::io_context io;
  outbound::Sender sender{io, *store, store.clock, {}, {}};
  std::unique_ptr<media::MediaFiles> media;
  std::unique_ptr<Commands> commands;
  std::string conversation;
};

TEST_F(OwnershipTest, TheFirstReplyTakesAndTheLoserIsToldWhoWon) {
  EXPECT_FALSE(is_conflict(reply_as("ada")));
  const std::string lost = reply_as("bo");
  EXPECT_TRUE(is_conflict(lost));
  EXPECT_NE(lost.find(R"("owner":"ada")"), std::string::npos);
  EXPECT_EQ(now().owner, "ada");
  EXPECT_FALSE(is_conflict(reply_as("ada"))) << "the owner goes on";
}

TEST_F(OwnershipTest, OfFiftyWhoTakeAtOnceOneWins) {
  std::atomic<int> won{0};
  std::vector<std::thread> agents;
  for (int i = 0; i < 50; ++i) {
    agents.emplace_back(
        [this, i, &won] { won += is_conflict(take_as("a" + std::to_string(i), 1)) ? 0 : 1; });
  }
  for (auto& agent : agents) {
    agent.join();
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(now().version, 2);
}

TEST_F(OwnershipTest, OfFiftyWhoReplyAtOnceOneIsHeard) {
  std::vector<std::thread> agents;
  for (int i = 0; i < 50; ++i) {
    agents.emplace_back([this, i] { reply_as("a" + std::to_string(i)); });
  }
  for (auto& agent : agents) {
    agent.join();
  }
  EXPECT_EQ(now().last_number, 1) << "nobody else's reply is accepted";
}

TEST_F(OwnershipTest, AnOldVersionLoses) {
  EXPECT_FALSE(is_conflict(take_as("ada", 1)));
  EXPECT_FALSE(is_conflict(run("conversation.release", args(R"("expected_version":2)"))));
  EXPECT_TRUE(is_conflict(take_as("bo", 1)));
  EXPECT_EQ(now().state, model::ConversationState::waiting);
}

TEST_F(OwnershipTest, AnArchivedConversationTakesNoReplyUntilItIsUnarchived) {
  EXPECT_FALSE(is_conflict(run("conversation.archive", args(R"("expected_version":1)"))));
  EXPECT_TRUE(is_conflict(reply_as("ada")));
  EXPECT_TRUE(is_conflict(take_as("ada", 2)));
  EXPECT_FALSE(is_conflict(run("conversation.unarchive", args(R"("expected_version":2)"))));
  EXPECT_FALSE(is_conflict(reply_as("ada")));
}

TEST_F(OwnershipTest, ARefusalIsStoredUnderItsKeyLikeASuccess) {
  EXPECT_FALSE(is_conflict(reply_as("ada")));
  const std::string lost =
      run("conversation.take", args(R"("agent":"bo","expected_version":1)"), "test/the-key");
  EXPECT_TRUE(is_conflict(lost));
  const auto stored =
      store.read([](store::Reader& reader) { return *reader.command_result("test/the-key"); });
  EXPECT_TRUE(stored.is_error);
  EXPECT_EQ(stored.reply, lost);
}

TEST_F(OwnershipTest, AMessageWithAFileThatIsNotThereIsNotPromised) {
  const std::string answer =
      run("message.send",
          args(R"("parts":[{"kind":"media","media_id":"00"}],"author":"ada","take":true)"));
  EXPECT_NE(answer.find("NOT_FOUND"), std::string::npos);
  EXPECT_EQ(now().owner, "") << "nothing of a refused command remains";
}

TEST_F(OwnershipTest, AFileComesInChunksAndARepeatedChunkChangesNothing) {
  const auto put = [this](const std::string& more, std::string bytes) {
    Request request;
    request.name = "media.put";
    const std::string text = R"({"filename":"a.txt","total":11)" + more + "}";
    request.body = std::make_shared<const json::Document>(*json::Document::parse(text));
    request.args = request.body->root();
    request.key = "test/put" + more;
    request.binary = std::move(bytes);
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    commands->command(request, [&promise](Answer said) { promise.set_value(std::move(said)); });
    return answer.get().json();
  };
  const std::string first = put("", "hello ");
  EXPECT_NE(first.find(R"("received":6)"), std::string::npos) << first;
  EXPECT_NE(put(R"(,"upload":"u1","offset":0)", "hello ").find(R"("received":6)"),
            std::string::npos);
  EXPECT_NE(put(R"(,"upload":"u1","offset":9)", "ld").find("BAD"), std::string::npos) << "a gap";
  const std::string last = put(R"(,"upload":"u1","offset":6)", "world");
  EXPECT_NE(last.find("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"),
            std::string::npos)
      << last;
}

}  // namespace
}  // namespace jackfield::commands
