// Writing: order, undoing, the journal, concurrency.
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "tests/contract/store_suite.h"

namespace jackfield::test {
namespace {

using store::Refused;
using store::Transaction;

TEST_P(StoreSuite, WritesRunInTheOrderTheyCameAndAreToldInThatOrder) {
  std::vector<int> ran;
  std::vector<int> told;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(store().write([&ran, i](Transaction&) { ran.push_back(i); },
                              [&told, i](const Status&) { told.push_back(i); }));
  }
  ASSERT_TRUE(write([](Transaction&) {}));

  EXPECT_EQ(told.size(), 300U);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST_P(StoreSuite, WritesThatWaitGoIntoOneCommit) {
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  ASSERT_TRUE(store().write([opened](Transaction&) { opened.wait(); }, nullptr));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(store().write([](Transaction& tx) { tx.append_event(event("a")); }, nullptr));
  }
  const auto commits_before = store().figures().commits;
  gate.set_value();
  ASSERT_TRUE(write([](Transaction&) {}));

  EXPECT_LE(store().figures().commits - commits_before, 3U);
  EXPECT_EQ(store().figures().writes, 102U);
}

TEST_P(StoreSuite, ARefusedWriteIsUndoneAloneAndToldWhy) {
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::vector<std::string> told;
  const auto tell = [&told](const std::string& name) {
    return [&told, name](const Status& status) {
      told.push_back(name + (status ? " done" : " " + status.error().text));
    };
  };
  ASSERT_TRUE(store().write([opened](Transaction&) { opened.wait(); }, nullptr));
  ASSERT_TRUE(store().write([](Transaction& tx) { tx.append_event(event("one")); }, tell("one")));
  ASSERT_TRUE(store().write(
      [this](Transaction& tx) {
        tx.append_event(event("two"));
        tx.kv_put(model::AccountId{"mock:undone"}, "key", "value");
        throw Refused({ErrorCode::conflict, "no"});
      },
      tell("two")));
  ASSERT_TRUE(
      store().write([](Transaction& tx) { tx.append_event(event("three")); }, tell("three")));
  ASSERT_TRUE(store().write([](Transaction&) { throw std::runtime_error("bug"); }, tell("four")));
  gate.set_value();
  ASSERT_TRUE(write([](Transaction&) {}));

  EXPECT_EQ(told, (std::vector<std::string>{"one done", "two no", "three done", "four bug"}));
  const auto kept = events();
  ASSERT_EQ(sequences(kept), "1 2");
  EXPECT_EQ(kept[1].subject, "three");
  // The account that only the undone write knew is made afresh.
  ASSERT_TRUE(
      write([](Transaction& tx) { tx.kv_put(model::AccountId{"mock:undone"}, "key", "again"); }));
  read([](store::Reader& reader) {
    const auto all = reader.kv_all(model::AccountId{"mock:undone"});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].second, "again");
  });
}

TEST_P(StoreSuite, ErrorsKeepTheirCode) {
  const Status refused =
      write([](Transaction&) { throw Refused({ErrorCode::denied, "not yours"}); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::denied);
  const Status bug = write([](Transaction&) { throw 7; });
  ASSERT_FALSE(bug);
  EXPECT_EQ(bug.error().code, ErrorCode::internal);
  EXPECT_TRUE(store().is_healthy());
  EXPECT_EQ(store().figures().failures, 2U);
}

TEST_P(StoreSuite, SequencesHaveNoGapsAfterRefusalsAndReopening) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10; ++i) {
      static_cast<void>(write([i](Transaction& tx) {
        tx.append_event(event("e"));
        tx.append_event(event("e"));
        if (i % 2 == 1) {
          throw Refused({ErrorCode::conflict, "odd"});
        }
      }));
    }
    reopen();
  }
  const auto kept = events();
  ASSERT_EQ(kept.size(), 20U);
  EXPECT_EQ(kept.front().sequence, 1);
  EXPECT_EQ(kept.back().sequence, 20);
}

TEST_P(StoreSuite, TheEpochOutlivesReopeningAndIsInEachEvent) {
  ASSERT_TRUE(write([](Transaction& tx) {
    EXPECT_EQ(tx.head(0).sequence, 0);
    tx.append_event(event("a"));
    EXPECT_EQ(tx.head(0).sequence, 1);
    EXPECT_THROW(tx.append_event([] {
      auto bad = event("a");
      bad.partition = 99;
      return bad;
    }()),
                 Refused);
  }));
  model::Position before;
  read([&](store::Reader& reader) { before = reader.head(0); });
  reopen();
  model::Position after;
  read([&](store::Reader& reader) {
    after = reader.head(0);
    EXPECT_EQ(reader.oldest(0), 1);
    EXPECT_EQ(reader.head(99), model::Position{});
  });

  EXPECT_NE(before.epoch, 0U);
  EXPECT_EQ(before, after);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].epoch, before.epoch);
}

TEST_P(StoreSuite, EventsComeBackAsWrittenAndInPages) {
  ASSERT_TRUE(write([](Transaction& tx) {
    for (int i = 1; i <= 5; ++i) {
      auto made = event("message/" + std::to_string(i));
      made.route = "mock.main.x";
      made.data = R"({"n":)" + std::to_string(i) + "}";
      tx.append_event(std::move(made));
    }
  }));
  EXPECT_EQ(sequences(events(2, 2)), "3 4");
  EXPECT_EQ(sequences(events(5, 2)), "");
  const auto third = events(2, 1).at(0);
  EXPECT_EQ(third.type, "jf.test");
  EXPECT_EQ(third.topic(), "jf.test.mock.main.x");
  EXPECT_EQ(third.subject, "message/3");
  EXPECT_EQ(third.data, R"({"n":3})");
  EXPECT_EQ(third.time_ms, kNow);
}

TEST_P(StoreSuite, TheListenerHearsEachCommitAfterTheDonesInOrder) {
  reopen();
  std::vector<std::string> lines;
  std::promise<void> heard;
  store().set_commit_listener([&](std::vector<model::Event> events) {
    for (const auto& one : events) {
      lines.push_back("heard " + std::to_string(one.sequence) + " " + one.subject);
    }
    if (lines.size() == 5) {
      heard.set_value();
    }
  });
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  ASSERT_TRUE(store().write([opened](Transaction&) { opened.wait(); }, nullptr));
  for (const std::string name : {"a", "b", "c"}) {
    ASSERT_TRUE(store().write(
        [name](Transaction& tx) {
          tx.append_event(event(name));
          if (name == "b") {
            throw Refused({ErrorCode::conflict, "no"});
          }
        },
        [&lines, name](const Status& status) {
          lines.push_back((status ? "done " : "refused ") + name);
        }));
  }
  gate.set_value();
  heard.get_future().wait();

  EXPECT_EQ(lines,
            (std::vector<std::string>{"done a", "refused b", "done c", "heard 1 a", "heard 2 c"}));
}

TEST_P(StoreSuite, ManySubmittersLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kWrites = 250;
  std::atomic<int> done{0};
  std::mutex mutex;
  std::multiset<std::int64_t> numbers;
  const auto conversation = conversation_with("tel:1");
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kWrites; ++i) {
        auto number = std::make_shared<std::int64_t>();
        const Status accepted = store().write(
            [&, number](Transaction& tx) {
              auto message = inbound("x");
              message.id.conversation = conversation.id;
              *number = tx.append_message(message).number;
              tx.append_event(event("m"));
            },
            [&, number](const Status& status) {
              const std::lock_guard lock(mutex);
              numbers.insert(status ? *number : -1);
              ++done;
            });
        ASSERT_TRUE(accepted);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  ASSERT_TRUE(write([](Transaction&) {}));

  EXPECT_EQ(done, kThreads * kWrites);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), numbers.size());
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), kThreads * kWrites);
  EXPECT_EQ(events(kThreads * kWrites - 1).size(), 1U);
}

TEST_P(StoreSuite, TooManyWaitingWritesAreThrottledAndNothingIsDropped) {
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::promise<void> started;
  ASSERT_TRUE(store().write(
      [&started, opened](Transaction&) {
        started.set_value();
        opened.wait();
      },
      nullptr));
  started.get_future().wait();
  std::size_t accepted = 0;
  std::size_t told = 0;
  Status last = Done{};
  while (last && accepted <= store::Store::kWritesWaitingMax) {
    last = store().write([](Transaction&) {}, [&told](const Status&) { ++told; });
    accepted += last ? 1U : 0U;
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::throttled);
  EXPECT_EQ(accepted, store::Store::kWritesWaitingMax);
  gate.set_value();
  store().close();

  EXPECT_EQ(told, accepted);
}

TEST_P(StoreSuite, CloseFinishesWhatWaitsAndRefusesTheRest) {
  int told = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(store().write([](Transaction& tx) { tx.append_event(event("x")); },
                              [&told](const Status& status) { told += status ? 1 : 0; }));
  }
  store().close();
  store().close();
  EXPECT_EQ(told, 50);
  const Status late = store().write([](Transaction&) {}, nullptr);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::internal);
  EXPECT_FALSE(store().read([](store::Reader&) {}));
  reopen();
  EXPECT_EQ(events().size(), 50U);
}

TEST_P(StoreSuite, AReaderSeesOneCommittedState) {
  ASSERT_TRUE(write([](Transaction& tx) { tx.append_event(event("first")); }));
  read([this](store::Reader& reader) {
    EXPECT_EQ(reader.head(0).sequence, 1);
    EXPECT_TRUE(write([](Transaction& tx) { tx.append_event(event("second")); }));
    EXPECT_EQ(reader.head(0).sequence, 1);
  });
  EXPECT_EQ(events().size(), 2U);
}

}  // namespace
}  // namespace jackfield::test
