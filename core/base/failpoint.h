#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/result.h"

namespace jackfield::base {

/// A named place where a test can make the process die or stumble. Compiled in when
/// JACKFIELD_FAILPOINTS is defined; set by the environment:
/// JACKFIELD_FAILPOINT="intake.before_commit=kill@3,sender.claimed=sleep:200". Actions: kill
/// (SIGKILL to self), abort, throw (std::runtime_error), sleep:<ms>. "@n": at the n-th pass only
/// (default 1); "@*": at every pass. Any thread.
/// A list that can't be read ends the process at the first failpoint: a test with a typo must not
/// pass.
void reach_failpoint(std::string_view name);

enum class FailpointAction : std::uint8_t { kill, abort, raise, sleep };

/// One entry of JACKFIELD_FAILPOINT.
struct FailpointRule {
  std::string name;
  FailpointAction action = FailpointAction::kill;
  std::chrono::milliseconds pause{0};  ///< Of sleep; at most a minute.
  int pass = 1;                        ///< The pass at which it acts, counted from 1; 0: every one.
};

/// Reads the environment variable's text; "" is no rules. Error: invalid, naming the entry.
Result<std::vector<FailpointRule>> parse_failpoints(std::string_view text);

}  // namespace jackfield::base

#ifdef JACKFIELD_FAILPOINTS
#define JACKFIELD_FAILPOINT(name) ::jackfield::base::reach_failpoint(name)
#else
#define JACKFIELD_FAILPOINT(name) static_cast<void>(0)
#endif
