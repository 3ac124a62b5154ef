#include "jackfield/result.h"

#include <memory>
#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace jackfield {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error{ErrorCode::invalid, std::to_string(number) + " is odd"};
  }
  return number / 2;
}

Result<int> quarter(int number) {
  JACKFIELD_TRY(const int once, half(number));
  JACKFIELD_TRY(const int twice, half(once));
  return twice;
}

Result<std::unique_ptr<int>> boxed(int number) {
  JACKFIELD_TRY(auto value, half(number));
  return std::make_unique<int>(value);
}

TEST(Result, HoldsAValueOrAnError) {
  const auto good = half(8);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 4);
  const auto bad = half(7);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::invalid);
  EXPECT_EQ(bad.error().text, "7 is odd");
}

TEST(Result, TryPassesTheFirstErrorOn) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(7).error().text, "7 is odd");
  EXPECT_EQ(quarter(6).error().text, "3 is odd");
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  auto box = boxed(10);
  ASSERT_TRUE(box);
  const std::unique_ptr<int> taken = *std::move(box);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, WrongAccessThrowsAlsoInReleaseBuilds) {
  EXPECT_THROW(static_cast<void>(*half(7)), std::bad_variant_access);
  EXPECT_THROW(static_cast<void>(half(8).error()), std::bad_variant_access);
}

TEST(Result, OnlyWhatSentNothingIsSafeToRetry) {
  for (const auto code : {ErrorCode::throttled, ErrorCode::unreachable}) {
    EXPECT_TRUE(is_safe_to_retry(code));
  }
  for (const auto code :
       {ErrorCode::invalid, ErrorCode::rejected, ErrorCode::denied, ErrorCode::not_found,
        ErrorCode::conflict, ErrorCode::fate_unknown, ErrorCode::internal}) {
    EXPECT_FALSE(is_safe_to_retry(code));
  }
}

}  // namespace
}  // namespace jackfield
