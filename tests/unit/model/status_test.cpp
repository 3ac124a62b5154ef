#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/model/message.h"

namespace jackfield::model {
namespace {

using enum MessageStatus;
constexpr std::array kAll = {received, pending, accepted, sent,   delivered,
                             read,     failed,  expired,  unknown};

TEST(MessageStatus, OnlyBetterNewsRaisesIt) {
  struct Row {
    MessageStatus now;
    std::set<MessageStatus> raised_by;
  };
  const Row rows[] = {
      {received, {}},
      {pending, {accepted, sent, delivered, read, failed, expired, unknown}},
      {accepted, {sent, delivered, read, failed}},
      {sent, {delivered, read, failed}},
      {delivered, {read}},
      {read, {}},
      {failed, {accepted, sent, delivered, read}},
      {expired, {accepted, sent, delivered, read}},
      {unknown, {accepted, sent, delivered, read, failed}},
  };
  for (const Row& row : rows) {
    for (const MessageStatus news : kAll) {
      EXPECT_EQ(raises(row.now, news), row.raised_by.contains(news))
          << name_of(row.now) << " then " << name_of(news);
    }
  }
}

// Receipts come late, twice and in any order; where they lead must not depend on that, as long as
// the provider does not contradict itself.
TEST(MessageStatus, TheOrderOfReceiptsDoesNotMatter) {
  std::vector<MessageStatus> news = {accepted, delivered, read, sent, sent};
  do {
    MessageStatus status = unknown;
    for (const MessageStatus one : news) {
      status = raises(status, one) ? one : status;
    }
    EXPECT_EQ(status, read);
  } while (std::next_permutation(news.begin(), news.end()));
}

TEST(MessageStatus, OfAMessageIsThatOfItsWorstPart) {
  struct Row {
    std::vector<MessageStatus> parts;
    MessageStatus wanted;
  };
  const Row rows[] = {
      {{}, pending},
      {{read}, read},
      {{read, sent, delivered}, sent},
      {{read, pending}, pending},
      {{read, failed}, failed},
      {{unknown, failed, expired}, failed},
      {{expired, unknown}, unknown},
      {{expired, accepted}, expired},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(combined(row.parts), row.wanted) << name_of(row.wanted);
  }
}

TEST(MessageStatus, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const MessageStatus status : kAll) {
    names.insert(name_of(status));
  }
  EXPECT_EQ(names.size(), kAll.size());
  EXPECT_EQ(name_of(MessageStatus::unknown), "unknown");
}

}  // namespace
}  // namespace jackfield::model
