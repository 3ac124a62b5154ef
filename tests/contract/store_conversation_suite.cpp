// Contacts, conversations, messages, duplicates.
#include "tests/contract/store_suite.h"

namespace jackfield::test {
namespace {

using model::ConversationState;
using model::MessageId;
using model::MessageStatus;
using store::Refused;
using store::Transaction;

std::string texts(const std::vector<model::Message>& messages) {
  std::string line;
  for (const auto& message : messages) {
    line += (line.empty() ? "" : " ") + message.parts.at(0).text;
  }
  return line;
}

TEST_P(StoreSuite, AnAddressIsOneContactWithinItsAccount) {
  ASSERT_TRUE(write([this](Transaction& tx) {
    const auto first = tx.know_address(account_, "tel:1", "", kNow);
    EXPECT_TRUE(first.is_new);
    const auto again = tx.know_address(account_, "tel:1", "Ada", kNow);
    EXPECT_FALSE(again.is_new);
    EXPECT_EQ(again.address, first.address);
    EXPECT_EQ(again.contact, first.contact);
    EXPECT_NE(tx.know_address(other_account_, "tel:1", "", kNow).address, first.address);
    EXPECT_NE(tx.know_address(account_, "tel:2", "", kNow).contact, first.contact);
  }));
}

TEST_P(StoreSuite, ANameReplacesTheOlderOneAndNoNameReplacesNothing) {
  EXPECT_EQ(conversation_with("tel:1", "").contact_name, "");
  EXPECT_EQ(conversation_with("tel:1", "Ada").contact_name, "Ada");
  EXPECT_EQ(conversation_with("tel:1", "").contact_name, "Ada");
  EXPECT_EQ(conversation_with("tel:1", "Ada L").contact_name, "Ada L");
  read([this](store::Reader& reader) {
    EXPECT_EQ(reader.open_conversation(account_, "tel:1")->contact_name, "Ada L");
  });
}

TEST_P(StoreSuite, OneConversationIsOpenPerAddress) {
  const auto first = conversation_with("tel:1");
  EXPECT_EQ(first.state, ConversationState::waiting);
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(first.address_text, "tel:1");
  EXPECT_EQ(first.account, account_);
  EXPECT_EQ(conversation_with("tel:1").id, first.id);

  auto archived = first;
  archived.state = ConversationState::archived;
  ASSERT_TRUE(write([&](Transaction& tx) { EXPECT_TRUE(tx.update_conversation(archived, 1)); }));
  const auto second = conversation_with("tel:1");
  EXPECT_GT(second.id, first.id);

  // The first may not be opened again beside the second.
  archived.state = ConversationState::waiting;
  const Status refused = write([&](Transaction& tx) { tx.update_conversation(archived, 2); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TEST_P(StoreSuite, ConversationsChangeByCompareAndSet) {
  auto mine = conversation_with("tel:1");
  mine.state = ConversationState::owned;
  mine.owner = "ada";
  mine.queue = "sales";
  auto hers = mine;
  hers.owner = "eve";
  bool first = false;
  bool second = true;
  ASSERT_TRUE(write([&](Transaction& tx) { first = tx.update_conversation(mine, 1); }));
  ASSERT_TRUE(write([&](Transaction& tx) { second = tx.update_conversation(hers, 1); }));

  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  read([&](store::Reader& reader) {
    const auto stored = reader.conversation(mine.id);
    EXPECT_EQ(stored->owner, "ada");
    EXPECT_EQ(stored->queue, "sales");
    EXPECT_EQ(stored->version, 2);
    EXPECT_EQ(stored->state, ConversationState::owned);
    EXPECT_FALSE(reader.conversation(model::ConversationId{12345}));
  });
}

TEST_P(StoreSuite, ConversationsAreListedNewestActivityFirstInPages) {
  std::vector<model::ConversationId> ids;
  for (int i = 0; i < 5; ++i) {
    const auto one = conversation_with("tel:" + std::to_string(i));
    append(one.id, inbound("hello", kNow + (i == 1 ? 100 : i)));
    ids.push_back(one.id);
  }
  const auto change = [&](int which, ConversationState state) {
    ASSERT_TRUE(write([&](Transaction& tx) {
      auto one = *tx.conversation(ids[static_cast<std::size_t>(which)]);
      one.state = state;
      EXPECT_TRUE(tx.update_conversation(one, one.version));
    }));
  };
  change(2, ConversationState::owned);
  change(4, ConversationState::archived);
  read([&](store::Reader& reader) {
    const auto line = [](const std::vector<model::Conversation>& list) {
      std::string text;
      for (const auto& one : list) {
        text += one.address_text.substr(4);
      }
      return text;
    };
    const auto open = reader.conversations({}, {}, 2);
    EXPECT_EQ(line(open), "13");
    EXPECT_EQ(line(reader.conversations({}, {open[1].last_message_ms, open[1].id.value}, 10)),
              "20");
    EXPECT_EQ(line(reader.conversations(ConversationState::owned, {}, 10)), "2");
    EXPECT_EQ(line(reader.conversations(ConversationState::waiting, {}, 10)), "130");
    EXPECT_EQ(line(reader.conversations(ConversationState::archived, {}, 10)), "4");
    EXPECT_EQ(reader.conversations({}, {}, 0).size(), 1U);
  });
}

TEST_P(StoreSuite, AMessageComesBackAsWritten) {
  const auto conversation = conversation_with("tel:1");
  auto written = outbound("text with \"quotes\" and \xF0\x9F\x98\x80", MessageStatus::pending);
  written.provider_ms = 5;
  written.external_id = "ext-1";
  written.reply_to = "ext-0";
  written.author = "agent:ada";
  written.dedupe_key = "key";
  written.parts.emplace_back().kind = model::PartKind::media;
  written.parts.back().media_ref = R"({"url":"https://example.com/x"})";
  written.part_status = {MessageStatus::pending, MessageStatus::unknown};
  written.ext_json = R"({"a":1})";
  written.detail = "detail";
  written.arrival = 7;
  written.possible_duplicate = true;
  written.id.number = 99;  // Ignored.
  const MessageId id = append(conversation.id, written);
  EXPECT_EQ(id.number, 1);
  const auto check = [&](const model::Message& read) {
    EXPECT_EQ(read.id, id);
    EXPECT_EQ(read.direction, model::Direction::outbound);
    EXPECT_EQ(read.status, written.status);
    EXPECT_EQ(read.parts, written.parts);
    EXPECT_EQ(read.part_status, written.part_status);
    EXPECT_EQ(read.external_id, written.external_id);
    EXPECT_EQ(read.ext_json, written.ext_json);
    EXPECT_EQ(read.detail, written.detail);
    EXPECT_EQ(read.possible_duplicate, written.possible_duplicate);
    EXPECT_EQ(read.reply_to, "ext-0");
    EXPECT_EQ(read.author, "agent:ada");
    EXPECT_EQ(read.dedupe_key, "key");
    EXPECT_EQ(read.arrival, 7);
    EXPECT_EQ(read.provider_ms, 5);
    EXPECT_EQ(read.created_ms, kNow);
  };
  read([&](store::Reader& reader) { check(*reader.message(id)); });

  written.id = id;
  written.status = MessageStatus::failed;
  written.part_status = {MessageStatus::failed, MessageStatus::failed};
  written.detail = "refused";
  written.external_id = "ext-2";
  written.possible_duplicate = false;
  written.parts[1].media_id = "abc";
  ASSERT_TRUE(write([&](Transaction& tx) { tx.update_message(written); }));
  reopen();
  read([&](store::Reader& reader) { check(*reader.message(id)); });
  written.id.number = 50;
  EXPECT_FALSE(write([&](Transaction& tx) { tx.update_message(written); }));
}

TEST_P(StoreSuite, AppendingCountsAndMovesTheConversation) {
  const auto conversation = conversation_with("tel:1");
  EXPECT_EQ(append(conversation.id, inbound("a", kNow + 10)).number, 1);
  EXPECT_EQ(append(conversation.id, outbound("b", MessageStatus::pending, kNow + 20)).number, 2);
  ASSERT_TRUE(write([&](Transaction& tx) {
    for (int i = 3; i <= 5; ++i) {
      auto message = inbound("c", kNow);  // A clock that went back.
      message.id.conversation = conversation.id;
      EXPECT_EQ(tx.append_message(message).number, i);
    }
  }));
  read([&](store::Reader& reader) {
    const auto stored = *reader.conversation(conversation.id);
    EXPECT_EQ(stored.last_number, 5);
    EXPECT_EQ(stored.last_message_ms, kNow + 20);
    EXPECT_EQ(stored.last_inbound_ms, kNow + 10);
    EXPECT_EQ(stored.version, 1);
  });
  model::Message nowhere = inbound("x");
  nowhere.id.conversation.value = 4711;
  const Status refused = write([&](Transaction& tx) { tx.append_message(nowhere); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
}

TEST_P(StoreSuite, MessagesArePagedBackwards) {
  const auto conversation = conversation_with("tel:1");
  for (const char* text : {"a", "b", "c", "d"}) {
    append(conversation.id, inbound(text));
  }
  read([&](store::Reader& reader) {
    EXPECT_EQ(texts(reader.messages(conversation.id, 0, 3)), "d c b");
    EXPECT_EQ(texts(reader.messages(conversation.id, 2, 3)), "a");
    EXPECT_EQ(texts(reader.messages(conversation.id, 1, 3)), "");
  });
}

TEST_P(StoreSuite, HistoryRunsOverAllConversationsOfTheAddress) {
  MessageId second;
  for (const std::string text : {"a", "b", "c"}) {
    auto conversation = conversation_with("tel:1");
    append(conversation.id, inbound(text + "1"));
    const MessageId id = append(conversation.id, inbound(text + "2"));
    second = text == "a" ? id : second;
    conversation.state = ConversationState::archived;
    ASSERT_TRUE(write([&](Transaction& tx) { tx.update_conversation(conversation, 1); }));
    append(conversation_with("tel:2").id, inbound("other"));
  }
  read([&](store::Reader& reader) {
    EXPECT_EQ(texts(reader.history(account_, "tel:1", {}, 3)), "b2 c1 c2");
    EXPECT_EQ(texts(reader.history(account_, "tel:1", {}, 100)), "a1 a2 b1 b2 c1 c2");
    EXPECT_EQ(texts(reader.history(account_, "tel:1", second, 3)), "b1 b2 c1");
    EXPECT_EQ(texts(reader.history(other_account_, "tel:1", {}, 3)), "");
  });
}

TEST_P(StoreSuite, TheSameArrivalTwiceIsKnown) {
  const auto print = store().fingerprint(account_, 1, "wamid.1");
  const auto conversation = conversation_with("tel:1");
  ASSERT_TRUE(write([&](Transaction& tx) {
    MessageId first{{1}, 1};
    EXPECT_TRUE(tx.remember(print, kNow, &first));
    EXPECT_FALSE(tx.remember(print, kNow, nullptr));
    tx.remember_message(print, kNow, {conversation.id, 1});
  }));
  reopen();
  // The key is the store's, not the process's.
  EXPECT_EQ(store().fingerprint(account_, 1, "wamid.1"), print);
  ASSERT_TRUE(write([&](Transaction& tx) {
    MessageId first;
    EXPECT_FALSE(tx.remember(print, kNow, &first));
    EXPECT_EQ(first, (MessageId{conversation.id, 1}));
  }));
}

TEST_P(StoreSuite, FingerprintsTellAccountKindAndKeyApart) {
  const auto print = store().fingerprint(account_, 1, "x");
  EXPECT_NE(print, store().fingerprint(account_, 2, "x"));
  EXPECT_NE(print, store().fingerprint(other_account_, 1, "x"));
  EXPECT_NE(print, store().fingerprint(account_, 1, "y"));
  EXPECT_NE(store().fingerprint({"mock:a"}, 1, "bc"), store().fingerprint({"mock:ab"}, 1, "c"));
}

TEST_P(StoreSuite, AnUndoneWriteRemembersNothing) {
  const auto print = store().fingerprint(account_, 1, "x");
  EXPECT_FALSE(write([&](Transaction& tx) {
    EXPECT_TRUE(tx.remember(print, kNow, nullptr));
    throw Refused({ErrorCode::invalid, "odd body"});
  }));
  ASSERT_TRUE(write([&](Transaction& tx) { EXPECT_TRUE(tx.remember(print, kNow, nullptr)); }));
}

TEST_P(StoreSuite, DuplicatesAreKnownForEightDaysWhateverTheBucket) {
  for (int start = 0; start < 12; ++start) {
    const std::int64_t begin = kNow + start * kDay;
    const auto print = store().fingerprint(account_, 1, "key" + std::to_string(start));
    for (const std::int64_t age : {0L, 1L, 4L, 7L, 8L}) {
      ASSERT_TRUE(write([&](Transaction& tx) {
        while (tx.prune(begin + age * kDay, 1'000)) {
        }
        EXPECT_EQ(tx.remember(print, begin + age * kDay, nullptr), age == 0)
            << "start " << start << " age " << age;
      }));
    }
  }
}

TEST_P(StoreSuite, DuplicatesAreKnownWhenTheClockStepsBack) {
  const auto print = store().fingerprint(account_, 1, "x");
  ASSERT_TRUE(write([&](Transaction& tx) {
    EXPECT_TRUE(tx.remember(print, kNow + 30 * kDay, nullptr));
    EXPECT_FALSE(tx.remember(print, kNow, nullptr));
  }));
  reopen();
  ASSERT_TRUE(write([&](Transaction& tx) { EXPECT_FALSE(tx.remember(print, kNow, nullptr)); }));
}

}  // namespace
}  // namespace jackfield::test
