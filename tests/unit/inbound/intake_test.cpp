#include "core/inbound/intake.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "core/inbound/receipts.h"
#include "core/outbound/outbox.h"
#include "jackfield/json.h"
#include "jackfield/plugin_abi.h"
#include "tests/support/open_store.h"

namespace jackfield::inbound {
namespace {

using model::AccountId;
using model::MessageStatus;
using plugin_host::Arrival;
using plugin_host::InboundKind;
using plugin_host::InboundValue;
using plugin_host::Stored;
using Types = std::vector<std::string>;

const AccountId kAccount{"whatsapp:support"};

class TwoAccounts final : public AccountDirectory {
 public:
  [[nodiscard]] std::optional<AccountId> account_of(std::string_view,
                                                    std::string_view id) const override {
    return id == "222" ? std::optional(AccountId{"whatsapp:sales"}) : std::nullopt;
  }
  [[nodiscard]] std::string queue_of(const AccountId& account) const override {
    return account == kAccount ? "support" : "";
  }
};

InboundValue message(std::string key, std::string text, std::string address = "wa:1") {
  InboundValue value;
  value.kind = InboundKind::message;
  value.dedupe_key = std::move(key);
  value.address = std::move(address);
  value.display_name = "Ann";
  value.external_id = "wamid." + value.dedupe_key;
  model::Part part;
  part.text = std::move(text);
  value.parts.push_back(part);
  return value;
}

InboundValue receipt(std::string external_id, MessageStatus status, std::string correlator = {}) {
  InboundValue value;
  value.kind = InboundKind::receipt;
  value.dedupe_key = external_id + ":" + std::string(model::name_of(status)) + correlator;
  value.external_id = std::move(external_id);
  value.receipt = status;
  value.correlator = std::move(correlator);
  return value;
}

class IntakeTest : public testing::Test {
 protected:
  Result<std::vector<Stored>> publish(std::vector<InboundValue> values,
                                      std::int64_t replay_of = 0) {
    Arrival arrival;
    arrival.account = kAccount;
    arrival.content_type = "application/json";
    arrival.raw = R"({"raw":"body"})";
    arrival.values = std::move(values);
    arrival.replay_of = replay_of;
    std::promise<Result<std::vector<Stored>>> promise;
    auto stored = promise.get_future();
    const Status taken = intake.publish(
        std::move(arrival),
        [&](Result<std::vector<Stored>> result) { promise.set_value(std::move(result)); });
    EXPECT_TRUE(taken.has_value());
    return stored.get();
  }
  Stored publish_one(InboundValue value) {
    std::vector<InboundValue> values;
    values.push_back(std::move(value));
    auto stored = publish(std::move(values));
    EXPECT_TRUE(stored.has_value() && stored->size() == 1);
    return stored->at(0);
  }
  /// An outbound message of one part, handed to the provider and not answered yet.
  outbound::Promised promise_in(model::ConversationId id) {
    outbound::Promised promised;
    EXPECT_TRUE(store.write([&](store::Transaction& tx) {
      outbound::Draft draft;
      draft.parts.resize(1);
      draft.parts[0].text = "hello";
      promised = outbound::promise(tx, *tx.conversation(id), draft, 1);
      outbound::begin_attempt(tx, promised.rows[0], 2);
    }));
    promised.rows[0].attempt = 1;
    return promised;
  }
  void record(const store::OutboxRow& row, plugin_host::OutcomeKind kind, std::string external_id) {
    plugin_host::Outcome outcome;
    outcome.kind = kind;
    outcome.external_id = std::move(external_id);
    EXPECT_TRUE(store.write([&](store::Transaction& tx) {
      const auto verdict = outbound::judge(row, outcome, {}, 0, std::chrono::seconds(60));
      outbound::record(tx, row, outcome, verdict, 3);
    }));
  }
  MessageStatus status_of(model::MessageId id) {
    return store.read([id](store::Reader& reader) { return reader.message(id)->status; });
  }
  std::size_t outbox_size() {
    return store.read(
        [](store::Reader& reader) { return reader.outbox(std::nullopt, 0, 10).size(); });
  }

  test::OpenStore store;
  TwoAccounts accounts;
  std::atomic<int> media_wakes{0}, settled{0};
  std::vector<model::Event> passing;
  Intake intake{
      *store, store.clock, accounts,
      Intake::Listeners{[this](model::Event event) { passing.push_back(std::move(event)); },
                        [this] { ++media_wakes; }, [this] { ++settled; }}};
};

TEST_F(IntakeTest, AFirstMessageOpensAWaitingConversationInTheAccountsQueue) {
  const Stored stored = publish_one(message("1", "hi"));
  EXPECT_FALSE(stored.is_duplicate);
  EXPECT_EQ(store.event_types(), (Types{"jf.conversation.opened", "jf.message.received"}));
  const auto conversation = store.read(
      [&](store::Reader& reader) { return *reader.conversation(stored.message.conversation); });
  EXPECT_EQ(conversation.state, model::ConversationState::waiting);
  EXPECT_EQ(conversation.queue, "support");
  EXPECT_EQ(conversation.contact_name, "Ann");
  const auto data = json::Document::parse(store.events().back().data);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->root()["parts"].at(0)["text"].text(), "hi");
  EXPECT_EQ(data->root()["id"].text(), stored.message.text());
}

TEST_F(IntakeTest, TheSameArrivalAgainIsOneMessageAndNamesTheFirst) {
  const Stored first = publish_one(message("1", "hi"));
  const Stored again = publish_one(message("1", "hi"));
  EXPECT_TRUE(again.is_duplicate);
  EXPECT_EQ(again.message, first.message);
  EXPECT_EQ(store.events().size(), 2U);
}

TEST_F(IntakeTest, ARepeatWithinOneBatchIsOneMessage) {
  std::vector<InboundValue> values;
  values.push_back(message("1", "hi"));
  values.push_back(message("1", "hi"));
  values.push_back(message("2", "there"));
  const auto stored = publish(std::move(values));
  ASSERT_TRUE(stored);
  EXPECT_FALSE(stored->at(0).is_duplicate);
  EXPECT_TRUE(stored->at(1).is_duplicate);
  EXPECT_EQ(stored->at(2).message.number, 2);
}

TEST_F(IntakeTest, TwentyThreadsWithOneBodyMakeOneMessage) {
  std::vector<std::thread> threads;
  std::atomic<int> fresh{0};
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] { fresh += publish_one(message("1", "hi")).is_duplicate ? 0 : 1; });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(store.events().size(), 2U);
}

TEST_F(IntakeTest, ABrokenElementIsQuarantinedAndItsNeighboursArrive) {
  std::vector<InboundValue> values;
  values.push_back(message("1", "hi"));
  InboundValue broken;
  broken.kind = InboundKind::quarantine;
  broken.raw = "{\"type\":7}";
  broken.detail = "type is not a string";
  values.push_back(broken);
  values.push_back(message("2", "there"));
  ASSERT_TRUE(publish(std::move(values)));
  const auto rows = store.read(
      [](store::Reader& reader) { return reader.quarantine(store::QuarantineState::held, 0, 10); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].raw, "{\"type\":7}");
  EXPECT_EQ(rows[0].reason, "type is not a string");
  EXPECT_EQ(store.event_types(), (Types{"jf.conversation.opened", "jf.message.received",
                                        "jf.quarantine.added", "jf.message.received"}));

  ASSERT_TRUE(publish({}, rows[0].id));
  EXPECT_EQ(store.event_types().back(), "jf.quarantine.replayed");
}

TEST_F(IntakeTest, AReplayThatStillFailsStaysHeld) {
  InboundValue broken;
  broken.kind = InboundKind::quarantine;
  broken.detail = "no";
  ASSERT_TRUE(publish({broken}));
  const auto held =
      store.read([](store::Reader& reader) { return reader.quarantine(std::nullopt, 0, 10); });
  ASSERT_TRUE(publish({broken}, held.at(0).id));
  const auto rows =
      store.read([](store::Reader& reader) { return reader.quarantine(std::nullopt, 0, 10); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, store::QuarantineState::held);
  EXPECT_EQ(rows[0].attempts, 1);
}

TEST_F(IntakeTest, ValuesOfAnotherNumberGoToItsAccountAndUnknownOnesToQuarantine) {
  std::vector<InboundValue> values;
  values.push_back(message("1", "for sales"));
  values.back().provider_account = "222";
  values.push_back(message("2", "for nobody"));
  values.back().provider_account = "999";
  const auto stored = publish(std::move(values));
  ASSERT_TRUE(stored);
  const auto conversation = store.read([&](store::Reader& reader) {
    return *reader.conversation(stored->at(0).message.conversation);
  });
  EXPECT_EQ(conversation.account.text, "whatsapp:sales");
  EXPECT_EQ(store.event_types().back(), "jf.quarantine.added");
}

TEST_F(IntakeTest, MediaIsPendingAtOnceAndAJobOfItsOwn) {
  InboundValue value = message("1", "look");
  value.parts[0].kind = model::PartKind::media;
  value.parts[0].media_ref = R"({"id":"m1"})";
  value.parts[0].media_kind = "image";
  const Stored stored = publish_one(value);
  const auto saved =
      store.read([&](store::Reader& reader) { return *reader.message(stored.message); });
  EXPECT_EQ(saved.parts[0].attachment, model::AttachmentState::pending);
  const auto jobs = store.read([](store::Reader& reader) { return reader.media_jobs(0, 10); });
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].media_ref, R"({"id":"m1"})");
  EXPECT_EQ(store.events().back().data.find("m1"), std::string::npos)
      << "provider references stay inside";
}

TEST_F(IntakeTest, ReceiptsRaiseAndNeverLower) {
  const Stored stored = publish_one(message("1", "hi"));
  const auto promised = promise_in(stored.message.conversation);
  record(promised.rows[0], plugin_host::OutcomeKind::accepted, "wamid.OUT");
  EXPECT_EQ(status_of(promised.message), MessageStatus::accepted);
  publish_one(receipt("wamid.OUT", MessageStatus::read));
  EXPECT_EQ(status_of(promised.message), MessageStatus::read);
  publish_one(receipt("wamid.OUT", MessageStatus::delivered));
  publish_one(receipt("wamid.OUT", MessageStatus::failed));
  EXPECT_EQ(status_of(promised.message), MessageStatus::read);
}

TEST_F(IntakeTest, AReceiptThatComesBeforeTheAnswerWaitsForItsMessage) {
  const Stored stored = publish_one(message("1", "hi"));
  const auto promised = promise_in(stored.message.conversation);
  publish_one(receipt("wamid.OUT", MessageStatus::delivered));
  EXPECT_EQ(status_of(promised.message), MessageStatus::pending);
  record(promised.rows[0], plugin_host::OutcomeKind::accepted, "wamid.OUT");
  EXPECT_EQ(status_of(promised.message), MessageStatus::delivered);
  EXPECT_EQ(outbox_size(), 0U);
}

TEST_F(IntakeTest, AReceiptSettlesAnUnknownFateByItsCorrelator) {
  const Stored stored = publish_one(message("1", "hi"));
  const auto promised = promise_in(stored.message.conversation);
  record(promised.rows[0], plugin_host::OutcomeKind::unknown, "");
  EXPECT_EQ(status_of(promised.message), MessageStatus::unknown);
  EXPECT_EQ(outbox_size(), 1U);
  publish_one(receipt("wamid.OUT", MessageStatus::sent, promised.message.text()));
  EXPECT_EQ(status_of(promised.message), MessageStatus::sent);
  EXPECT_EQ(outbox_size(), 0U);
  // The answer comes first, the listener right after it.
  EXPECT_TRUE(store.write([](store::Transaction&) {}));
  EXPECT_EQ(settled, 1);
  publish_one(receipt("wamid.OUT", MessageStatus::read));
  EXPECT_EQ(status_of(promised.message), MessageStatus::read)
      << "its id is known from the first receipt";
}

TEST_F(IntakeTest, ACorrelatorOfAnotherAccountsMessageChangesNothing) {
  InboundValue other = message("1", "hi");
  other.provider_account = "222";
  const Stored stored = publish_one(other);
  const auto promised = promise_in(stored.message.conversation);
  publish_one(receipt("wamid.X", MessageStatus::read, promised.message.text()));
  EXPECT_EQ(status_of(promised.message), MessageStatus::pending);
}

TEST_F(IntakeTest, AWatermarkRaisesWhatWasSentBeforeIt) {
  const Stored stored = publish_one(message("1", "hi"));
  std::vector<outbound::Promised> sent;
  for (const char* id : {"a", "b", "c"}) {
    sent.push_back(promise_in(stored.message.conversation));
    record(sent.back().rows[0], plugin_host::OutcomeKind::accepted, id);
  }
  InboundValue read;
  read.kind = InboundKind::receipt;
  read.flags = JF_INBOUND_UP_TO;
  read.receipt = MessageStatus::read;
  read.address = "wa:1";
  read.dedupe_key = "w1";
  read.correlator = sent[1].message.text();
  publish_one(read);
  EXPECT_EQ(status_of(sent[0].message), MessageStatus::read);
  EXPECT_EQ(status_of(sent[1].message), MessageStatus::read);
  EXPECT_EQ(status_of(sent[2].message), MessageStatus::accepted);
}

TEST_F(IntakeTest, ANewMessageAfterArchivingOpensANewConversation) {
  const Stored first = publish_one(message("1", "hi"));
  ASSERT_TRUE(store.write([&](store::Transaction& tx) {
    auto conversation = *tx.conversation(first.message.conversation);
    conversation.state = model::ConversationState::archived;
    ASSERT_TRUE(tx.update_conversation(conversation, conversation.version));
  }));
  const Stored second = publish_one(message("2", "me again"));
  EXPECT_NE(second.message.conversation, first.message.conversation);
  EXPECT_EQ(second.message.number, 1);
}

TEST_F(IntakeTest, AnInterruptedAttemptIsUnknownAndAskedForAgainByAPersonOnly) {
  const Stored stored = publish_one(message("1", "hi"));
  const auto promised = promise_in(stored.message.conversation);
  ASSERT_TRUE(store.write([&](store::Transaction& tx) {
    outbound::record_interrupted(tx, tx.outbox_of(promised.message).at(0), 5, 1'000);
  }));
  EXPECT_EQ(status_of(promised.message), MessageStatus::unknown);
  ASSERT_TRUE(store.write([&](store::Transaction& tx) {
    outbound::give_up_waiting(tx, tx.outbox_of(promised.message).at(0));
    const auto again = outbound::promise_again(tx, promised.message, 0, 2'000);
    EXPECT_EQ(again.rows.size(), 1U);
    const auto part = outbound::begin_attempt(tx, again.rows[0], 2'001);
    ASSERT_TRUE(part);
    EXPECT_EQ(part->attempt, 2) << "the plugin is told that the provider may have it";
    EXPECT_TRUE(tx.message(promised.message)->possible_duplicate);
  }));
}

}  // namespace
}  // namespace jackfield::inbound
