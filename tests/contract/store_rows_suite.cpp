// Outbox, receipts, quarantine, media, consumers, plugins' state, retention.
#include <algorithm>

#include "tests/contract/store_suite.h"

namespace jackfield::test {
namespace {

using model::MessageId;
using model::MessageStatus;
using store::OutboxRow;
using store::OutboxState;
using store::QuarantineState;
using store::Transaction;

TEST_P(StoreSuite, TheOutboxKeepsTheOrderOfPromise) {
  const auto conversation = conversation_with("tel:1");
  std::vector<std::int64_t> ids;
  ASSERT_TRUE(write([&](Transaction& tx) {
    for (int i = 0; i < 4; ++i) {
      OutboxRow row;
      row.message = {conversation.id, i / 2 + 1};
      row.part_index = static_cast<std::uint32_t>(i % 2);
      row.part_total = 2;
      row.account = i == 3 ? other_account_ : account_;
      row.expires_ms = kNow + i;
      row.priority = 1;
      ids.push_back(tx.add_outbox(row));
    }
  }));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  reopen();
  ASSERT_TRUE(write([&](Transaction& tx) {
    auto row = tx.outbox({}, ids[0], 1).at(0);
    EXPECT_EQ(row.id, ids[1]);
    EXPECT_EQ(row.part_index, 1U);
    EXPECT_EQ(row.part_total, 2U);
    EXPECT_EQ(row.account, account_);
    EXPECT_EQ(row.expires_ms, kNow + 1);
    EXPECT_EQ(row.priority, 1);
    row.state = OutboxState::sending;
    row.attempt = 3;
    row.not_before_ms = 4;
    row.attempt_ms = 5;
    tx.update_outbox(row);
    tx.remove_outbox(ids[0]);
    tx.remove_outbox(ids[0]);  // Twice is once.
  }));
  read([&](store::Reader& reader) {
    const auto left = reader.outbox({}, 0, 10);
    ASSERT_EQ(left.size(), 3U);
    EXPECT_EQ(left[0].state, OutboxState::sending);
    EXPECT_EQ(left[0].attempt, 3);
    EXPECT_EQ(left[0].not_before_ms, 4);
    EXPECT_EQ(left[0].attempt_ms, 5);
    EXPECT_EQ(reader.outbox(account_, 0, 10).size(), 2U);
    EXPECT_EQ(reader.outbox(account_, ids[1], 10).size(), 1U);
    EXPECT_EQ(reader.outbox(other_account_, 0, 10).at(0).id, ids[3]);
    EXPECT_EQ(reader.outbox_of({conversation.id, 2}).size(), 2U);
    EXPECT_EQ(reader.outbox_of({conversation.id, 3}).size(), 0U);
  });
}

TEST_P(StoreSuite, SentPartsAreFoundByTheProvidersId) {
  const auto conversation = conversation_with("tel:1");
  ASSERT_TRUE(
      write([&](Transaction& tx) { tx.add_sent(account_, "wamid.1", {{conversation.id, 3}, 2}); }));
  reopen();
  ASSERT_TRUE(write([&](Transaction& tx) {
    const auto found = tx.find_sent(account_, "wamid.1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->message, (MessageId{conversation.id, 3}));
    EXPECT_EQ(found->part_index, 2U);
    EXPECT_FALSE(tx.find_sent(other_account_, "wamid.1"));
    EXPECT_FALSE(tx.find_sent(account_, "wamid.2"));
  }));
}

TEST_P(StoreSuite, EarlyReceiptsWaitOnceAndSevenDays) {
  store::Receipt receipt;
  receipt.external_id = "wamid.1";
  receipt.correlator = "c";
  receipt.provider_ms = 5;
  receipt.provider_code = 6;
  receipt.detail = "d";
  ASSERT_TRUE(write([&](Transaction& tx) {
    for (const auto status : {MessageStatus::delivered, MessageStatus::sent}) {
      receipt.status = status;
      tx.add_early_receipt(account_, receipt, kNow);
    }
    receipt.external_id = "wamid.2";
    tx.add_early_receipt(account_, receipt, kNow);
    EXPECT_FALSE(tx.prune(kNow + 7 * kDay, 10));
  }));
  reopen();
  ASSERT_TRUE(write([&](Transaction& tx) {
    EXPECT_TRUE(tx.take_early_receipts(other_account_, "wamid.1").empty());
    const auto taken = tx.take_early_receipts(account_, "wamid.1");
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].status, MessageStatus::delivered);
    EXPECT_EQ(taken[1].status, MessageStatus::sent);
    EXPECT_EQ(taken[0].external_id, "wamid.1");
    EXPECT_EQ(taken[0].correlator, "c");
    EXPECT_EQ(taken[0].provider_ms, 5);
    EXPECT_EQ(taken[0].provider_code, 6);
    EXPECT_EQ(taken[0].detail, "d");
    EXPECT_TRUE(tx.take_early_receipts(account_, "wamid.1").empty());
    tx.prune(kNow + 7 * kDay + 1, 10);
    EXPECT_TRUE(tx.take_early_receipts(account_, "wamid.2").empty());
  }));
}

TEST_P(StoreSuite, OutboundBelowIsTheOpenConversationsUnreadPart) {
  const auto conversation = conversation_with("tel:1");
  append(conversation.id, outbound("1", MessageStatus::read, kNow + 1));
  append(conversation.id, inbound("2", kNow + 2));
  append(conversation.id, outbound("3", MessageStatus::sent, kNow + 3));
  append(conversation.id, outbound("4", MessageStatus::failed, kNow + 4));
  append(conversation.id, outbound("5", MessageStatus::delivered, kNow + 5));
  const auto numbers = [](const std::vector<MessageId>& ids) {
    std::string line;
    for (const MessageId& id : ids) {
      line += std::to_string(id.number);
    }
    return line;
  };
  ASSERT_TRUE(write([&](Transaction& tx) {
    const auto below = [&](MessageId up_to, std::int64_t time, MessageStatus status) {
      return numbers(tx.outbound_below(account_, "tel:1", up_to, time, status));
    };
    EXPECT_EQ(below({conversation.id, 5}, 0, MessageStatus::read), "53");
    EXPECT_EQ(below({conversation.id, 4}, 0, MessageStatus::read), "3");
    EXPECT_EQ(below({}, kNow + 9, MessageStatus::delivered), "3");
    EXPECT_EQ(below({}, kNow + 3, MessageStatus::read), "3");
    EXPECT_EQ(below({}, kNow + 2, MessageStatus::read), "");
    EXPECT_TRUE(tx.outbound_below(account_, "tel:2", {}, kNow + 9, MessageStatus::read).empty());
  }));
}

TEST_P(StoreSuite, QuarantineKeepsTheBytesAndTheState) {
  store::QuarantineRow row;
  row.account = account_;
  row.created_ms = kNow;
  row.content_type = "application/json";
  row.raw = std::string("\x00\xff{", 3);
  row.reason = "not JSON";
  std::int64_t first = 0;
  std::int64_t second = 0;
  ASSERT_TRUE(write([&](Transaction& tx) {
    first = tx.add_quarantine(row);
    second = tx.add_quarantine(row);
    EXPECT_EQ(tx.counts().at(3).second, 2);
  }));
  ASSERT_TRUE(write([&](Transaction& tx) {
    auto changed = *tx.quarantine_row(first);
    changed.state = QuarantineState::replayed;
    changed.attempts = 1;
    tx.update_quarantine(changed);
  }));
  reopen();
  read([&](store::Reader& reader) {
    const auto stored = reader.quarantine_row(first);
    EXPECT_EQ(stored->raw, row.raw);
    EXPECT_EQ(stored->reason, row.reason);
    EXPECT_EQ(stored->account, account_);
    EXPECT_EQ(stored->content_type, row.content_type);
    EXPECT_EQ(stored->created_ms, kNow);
    EXPECT_EQ(stored->attempts, 1);
    EXPECT_EQ(stored->state, QuarantineState::replayed);
    EXPECT_EQ(reader.quarantine({}, 0, 10).size(), 2U);
    EXPECT_EQ(reader.quarantine(QuarantineState::held, 0, 10).at(0).id, second);
    EXPECT_TRUE(reader.quarantine(QuarantineState::held, second, 10).empty());
    EXPECT_FALSE(reader.quarantine_row(7));
    EXPECT_EQ(reader.counts().at(3).second, 1);
  });
}

TEST_P(StoreSuite, ArrivalsAreNumbered) {
  ASSERT_TRUE(write([&](Transaction& tx) {
    const auto first = tx.add_arrival(account_, "text/plain", "a", kNow);
    EXPECT_GT(first, 0);
    EXPECT_GT(tx.add_arrival(account_, "text/plain", std::string(100'000, 'b'), kNow), first);
  }));
}

TEST_P(StoreSuite, MediaJobsAndFiles) {
  store::MediaJob job;
  job.account = account_;
  job.message = {{77}, 3};
  job.part_index = 1;
  job.media_ref = R"({"id":"9"})";
  job.media_kind = "image";
  std::int64_t id = 0;
  ASSERT_TRUE(write([&](Transaction& tx) {
    id = tx.add_media_job(job);
    tx.add_media_file({"abc", "image/png", 12, kNow});
    tx.add_media_file({"abc", "image/png", 12, kNow + 1});
  }));
  ASSERT_TRUE(write([&](Transaction& tx) {
    auto stored = tx.media_jobs(0, 10).at(0);
    EXPECT_EQ(stored.id, id);
    EXPECT_EQ(stored.account, account_);
    EXPECT_EQ(stored.message, job.message);
    EXPECT_EQ(stored.part_index, 1U);
    EXPECT_EQ(stored.media_ref, job.media_ref);
    EXPECT_EQ(stored.media_kind, "image");
    stored.attempts = 2;
    stored.not_before_ms = kNow;
    tx.update_media_job(stored);
  }));
  ASSERT_TRUE(write([&](Transaction& tx) {
    EXPECT_EQ(tx.media_jobs(0, 10).at(0).attempts, 2);
    EXPECT_EQ(tx.media_jobs(0, 10).at(0).not_before_ms, kNow);
    tx.remove_media_job(id);
    EXPECT_TRUE(tx.media_jobs(0, 10).empty());
    EXPECT_EQ(tx.media_file("abc")->mime, "image/png");
    EXPECT_EQ(tx.media_file("abc")->size_bytes, 12U);
    EXPECT_FALSE(tx.media_file("abd"));
  }));
}

TEST_P(StoreSuite, CursorsMoveForwardAndTheNewestClaimWins) {
  ASSERT_TRUE(write([&](Transaction& tx) {
    const auto epoch = tx.head(0).epoch;
    const auto older = tx.claim_cursor("desk");
    EXPECT_TRUE(tx.ack_cursor({"desk", 0, {epoch, 5}, older}));
    EXPECT_TRUE(tx.ack_cursor({"desk", 0, {epoch, 3}, older}));
    EXPECT_EQ(tx.cursor("desk", 0)->acked, (model::Position{epoch, 5}));
    const auto newer = tx.claim_cursor("desk");
    EXPECT_GT(newer, older);
    EXPECT_FALSE(tx.ack_cursor({"desk", 0, {epoch, 9}, older}));
    EXPECT_TRUE(tx.ack_cursor({"desk", 0, {epoch, 7}, newer}));
    EXPECT_TRUE(tx.ack_cursor({"desk", 1, {epoch, 1}, newer}));
    // After a restore the numbers may be smaller.
    EXPECT_TRUE(tx.ack_cursor({"desk", 1, {epoch + 1, 0}, newer}));
    EXPECT_EQ(tx.cursor("desk", 1)->acked, (model::Position{epoch + 1, 0}));
    EXPECT_FALSE(tx.ack_cursor({"unclaimed", 0, {epoch, 1}, 3}));
  }));
  reopen();
  read([&](store::Reader& reader) {
    const auto cursor = reader.cursor("desk", 0);
    ASSERT_TRUE(cursor);
    EXPECT_EQ(cursor->acked.sequence, 7);
    EXPECT_EQ(cursor->fence, 2);
    EXPECT_FALSE(reader.cursor("nobody", 0));
  });
}

TEST_P(StoreSuite, CommandResultsAreKeptForADay) {
  ASSERT_TRUE(write([&](Transaction& tx) {
    tx.add_command_result("k1", {"hash", R"({"ok":true})", true}, kNow);
    tx.prune(kNow + kDay, 10);
  }));
  reopen();
  read([&](store::Reader& reader) {
    const auto found = reader.command_result("k1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->request_hash, "hash");
    EXPECT_EQ(found->reply, R"({"ok":true})");
    EXPECT_TRUE(found->is_error);
    EXPECT_FALSE(reader.command_result("k2"));
  });
  ASSERT_TRUE(write([&](Transaction& tx) {
    tx.prune(kNow + kDay + 1, 10);
    EXPECT_FALSE(tx.command_result("k1"));
  }));
}

TEST_P(StoreSuite, PluginStateIsPerAccount) {
  ASSERT_TRUE(write([&](Transaction& tx) {
    tx.kv_put(account_, "b", "2");
    tx.kv_put(account_, "a", "1");
    tx.kv_put(account_, "b", "3");
  }));
  read([&](store::Reader& reader) {
    using All = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(reader.kv_all(account_), (All{{"a", "1"}, {"b", "3"}}));
    EXPECT_TRUE(reader.kv_all(other_account_).empty());
  });
}

TEST_P(StoreSuite, PruningTheJournalGoesInSlicesAndKeepsTheHead) {
  ASSERT_TRUE(write([](Transaction& tx) {
    for (int i = 0; i < 1'800; ++i) {
      tx.append_event(event("x"));
    }
  }));
  int rounds = 0;
  bool is_more = true;
  while (is_more && rounds < 100) {
    ASSERT_TRUE(write([&](Transaction& tx) { is_more = tx.prune(kNow, 200); }));
    ++rounds;
  }
  EXPECT_GT(rounds, 1);
  read([](store::Reader& reader) {
    EXPECT_EQ(reader.oldest(0), 1'601);
    EXPECT_EQ(reader.head(0).sequence, 1'800);
  });
  ASSERT_TRUE(write([](Transaction& tx) { tx.prune(kNow, 0); }));
  reopen();
  ASSERT_TRUE(write([](Transaction& tx) {
    EXPECT_EQ(tx.oldest(0), 1'800);
    tx.append_event(event("next"));
    EXPECT_EQ(tx.head(0).sequence, 1'801);
  }));
}

TEST_P(StoreSuite, PruningDuplicatesGoesInSlices) {
  ASSERT_TRUE(write([this](Transaction& tx) {
    for (int i = 0; i < 1'800; ++i) {
      tx.remember(store().fingerprint(account_, 1, std::to_string(i)), kNow, nullptr);
    }
  }));
  const std::int64_t later = kNow + 13 * kDay;
  int rounds = 0;
  bool is_more = true;
  while (is_more && rounds < 100) {
    ASSERT_TRUE(write([&](Transaction& tx) { is_more = tx.prune(later, 10); }));
    ++rounds;
  }
  EXPECT_GT(rounds, 2);
  ASSERT_TRUE(write([&](Transaction& tx) {
    EXPECT_TRUE(tx.remember(store().fingerprint(account_, 1, "7"), later, nullptr));
  }));
}

TEST_P(StoreSuite, CountsFollowWhatHappensAndOutliveReopening) {
  const auto first = conversation_with("tel:1");
  conversation_with("tel:2");
  append(first.id, inbound("a"));
  OutboxRow row;
  row.account = account_;
  row.message = append(first.id, outbound("b", MessageStatus::pending));
  ASSERT_TRUE(write([&](Transaction& tx) {
    tx.add_outbox(row);
    auto archived = first;
    archived.state = model::ConversationState::archived;
    tx.update_conversation(archived, 1);
  }));
  EXPECT_FALSE(write([&](Transaction& tx) {
    tx.add_outbox(row);
    throw store::Refused({ErrorCode::conflict, "undone"});
  }));
  using Counts = std::vector<std::pair<std::string, std::int64_t>>;
  const Counts expected = {
      {"messages", 2}, {"conversations_open", 1}, {"outbox", 1}, {"quarantine", 0}};
  read([&](store::Reader& reader) { EXPECT_EQ(reader.counts(), expected); });
  reopen();
  read([&](store::Reader& reader) { EXPECT_EQ(reader.counts(), expected); });
  ASSERT_TRUE(write([&](Transaction& tx) { EXPECT_EQ(tx.counts(), expected); }));
}

}  // namespace
}  // namespace jackfield::test
