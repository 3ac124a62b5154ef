#include "core/base/failpoint.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace jackfield::base {
namespace {

std::string described(const FailpointRule& rule) {
  return rule.name + "/" + std::to_string(static_cast<int>(rule.action)) + "/" +
         std::to_string(rule.pause.count()) + "/" + std::to_string(rule.pass);
}

TEST(Failpoint, ListsAreParsed) {
  const auto rules =
      parse_failpoints("intake.before_commit=kill@3,sender.claimed=sleep:200,a=abort@*,b=throw");
  ASSERT_TRUE(rules);
  std::string all;
  for (const FailpointRule& rule : *rules) {
    all += described(rule) + " ";
  }
  EXPECT_EQ(all, "intake.before_commit/0/0/3 sender.claimed/3/200/1 a/1/0/0 b/2/0/1 ");
  EXPECT_TRUE(parse_failpoints("")->empty());
}

TEST(Failpoint, WhatCannotBeReadIsRefusedByName) {
  for (const char* entry :
       {"a", "=kill", "a=", "a=kil", "a=kill@", "a=kill@0", "a=kill@-1", "a=kill@x", "a=sleep",
        "a=sleep:", "a=sleep:1s", "a=sleep:60001", "a=throw@1@2"}) {
    const auto rules = parse_failpoints(std::string("ok=kill,") + entry);
    ASSERT_FALSE(rules) << entry;
    EXPECT_EQ(rules.error().code, ErrorCode::invalid);
    EXPECT_NE(rules.error().text.find("\"" + std::string(entry) + "\""), std::string::npos)
        << rules.error().text;
  }
  EXPECT_FALSE(parse_failpoints("a=kill,,b=kill"));
}

/// In a process of its own, because rules are read once: exits with 10 + the pass that threw.
int pass_that_threw(const char* name) {
  for (int pass = 1; pass <= 5; ++pass) {
    try {
      reach_failpoint(name);
    } catch (const std::runtime_error&) {
      return 10 + pass;
    }
  }
  return 10;
}

class FailpointDeath : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { ::unsetenv("JACKFIELD_FAILPOINT"); }
  static void set(const char* text) { ::setenv("JACKFIELD_FAILPOINT", text, 1); }
};

TEST_F(FailpointDeath, ActsAtTheNthPassOfItsNameOnly) {
  set("here=throw@3,elsewhere=kill");
  EXPECT_EXIT(std::exit(pass_that_threw("here")), testing::ExitedWithCode(13), "");
  EXPECT_EXIT(std::exit(pass_that_threw("nowhere")), testing::ExitedWithCode(10), "");
}

TEST_F(FailpointDeath, KillLeavesNoTimeForDestructors) {
  set("here=kill");
  EXPECT_EXIT(reach_failpoint("here"), testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeath, ATypoEndsTheProcess) {
  set("here=explode");
  EXPECT_EXIT(reach_failpoint("other"), testing::KilledBySignal(SIGABRT), "failpoint.unreadable");
}

}  // namespace
}  // namespace jackfield::base
