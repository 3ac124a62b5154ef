#include "core/events/resume.h"

#include <future>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/events/fake_store.h"

namespace jackfield::events {
namespace {

using tests::FakeStore;

template <class Ask>
auto ask(FakeStore& store, Ask ask) {
  std::promise<decltype(ask(std::declval<store::Reader&>()))> promise;
  EXPECT_TRUE(store.read([&](store::Reader& reader) { promise.set_value(ask(reader)); }));
  return promise.get_future().get();
}

TEST(FindStart, GivesOnlyWhatWasAskedForOrSaysWhy) {
  FakeStore store;
  store.oldest_kept = 11;
  store.append(100);
  struct Case {
    const char* from;
    std::int64_t sequence;
    const char* error;
  };
  const Case cases[] = {
      {R"("oldest")", 10, ""},
      {R"("now")", 100, ""},
      {R"({"epoch":"abc","sequence":50})", 50, ""},
      {R"({"epoch":"abc","sequence":10})", 10, ""},
      {R"({"epoch":"abc","sequence":100})", 100, ""},
      {R"({"epoch":"abc","sequence":9})", 9, "GONE"},
      {R"({"epoch":"abc","sequence":0})", 0, "GONE"},
      {R"({"epoch":"abc","sequence":101})", 101, "BAD"},
      {R"({"epoch":"abd","sequence":50})", 50, "EPOCH"},
  };
  for (const auto& row : cases) {
    const auto request = parse_resume(std::string(R"({"from":)") + row.from + "}");
    ASSERT_TRUE(request) << row.from;
    const auto point = ask(store, [&](store::Reader& r) { return find_start(r, *request, ""); });
    EXPECT_EQ(point.sequence, row.sequence) << row.from;
    EXPECT_EQ(point.error.empty(), *row.error == '\0') << point.error;
    EXPECT_NE(point.error.find(row.error), std::string::npos) << point.error;
  }
}

TEST(FindStart, BeginsANewCursorWhereItIsTold) {
  FakeStore store;
  store.append(5);
  const auto oldest = parse_resume(R"({"cursor":"a"})");
  const auto now = parse_resume(R"({"cursor":"a","new":"now"})");
  ASSERT_TRUE(oldest && now);
  EXPECT_EQ(ask(store, [&](store::Reader& r) { return find_start(r, *oldest, "x/a"); }).sequence,
            0);
  EXPECT_EQ(ask(store, [&](store::Reader& r) { return find_start(r, *now, "x/a"); }).sequence, 5);
}

TEST(ReadPage, NeverHidesAHole) {
  FakeStore store;
  store.append(20);
  auto page = ask(store, [](store::Reader& r) { return read_page(r, "n", 0, 5, 10); });
  ASSERT_EQ(page.events.size(), 10U);
  EXPECT_EQ(page.events.front().sequence, 6);
  EXPECT_EQ(page.head, 20);
  store.oldest_kept = 8;
  page = ask(store, [](store::Reader& r) { return read_page(r, "n", 0, 5, 10); });
  EXPECT_EQ(page.gone_oldest, 8);
  EXPECT_TRUE(page.events.empty());
}

TEST(PageKeys, AreTimeAndId) {
  const auto key = parse_page_key("1700000000000-42");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->time_ms, 1'700'000'000'000);
  EXPECT_EQ(key->id, 42);
  for (const char* text : {"", "1", "1-", "a-b", "1-2-3", "-1-2"}) {
    EXPECT_FALSE(parse_page_key(text)) << text;
  }
}

}  // namespace
}  // namespace jackfield::events
