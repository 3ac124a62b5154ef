#include "core/base/failpoint.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "core/base/log.h"

namespace jackfield::base {
namespace {

constexpr int kPauseMsMax = 60'000;
constexpr int kPassMax = 1'000'000'000;

std::optional<int> whole_number(std::string_view text, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && value > 0 && value <= max ? std::optional(value) : std::nullopt;
}

std::optional<FailpointRule> parse_rule(std::string_view entry) {
  const auto equals = entry.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return std::nullopt;
  }
  FailpointRule rule;
  rule.name = entry.substr(0, equals);
  std::string_view action = entry.substr(equals + 1);
  if (const auto at = action.find('@'); at != std::string_view::npos) {
    const auto pass = action.substr(at + 1);
    const auto number = pass == "*" ? std::optional(0) : whole_number(pass, kPassMax);
    if (!number) {
      return std::nullopt;
    }
    rule.pass = *number;
    action = action.substr(0, at);
  }
  constexpr std::string_view kSleep = "sleep:";
  if (action == "kill") {
    rule.action = FailpointAction::kill;
  } else if (action == "abort") {
    rule.action = FailpointAction::abort;
  } else if (action == "throw") {
    rule.action = FailpointAction::raise;
  } else if (action.substr(0, kSleep.size()) == kSleep) {
    const auto pause = whole_number(action.substr(kSleep.size()), kPauseMsMax);
    if (!pause) {
      return std::nullopt;
    }
    rule.action = FailpointAction::sleep;
    rule.pause = std::chrono::milliseconds(*pause);
  } else {
    return std::nullopt;
  }
  return rule;
}

/// The rules of this process and how often each was passed. Rules never change after the start.
class Plan {
 public:
  explicit Plan(const char* text) {
    auto rules = parse_failpoints(text == nullptr ? "" : text);
    if (!rules) {
      log::error("failpoint.unreadable", {{"why", rules.error().text}});
      std::abort();
    }
    rules_ = *std::move(rules);
    passes_ = std::make_unique<std::atomic<int>[]>(rules_.size());
  }

  void reach(std::string_view name) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const auto& rule = rules_[i];
      if (rule.name != name) {
        continue;
      }
      const int pass = passes_[i].fetch_add(1) + 1;
      if (rule.pass == 0 || rule.pass == pass) {
        act(rule);
      }
    }
  }

 private:
  static void act(const FailpointRule& rule) {
    switch (rule.action) {
      case FailpointAction::kill:
        static_cast<void>(std::raise(SIGKILL));
        return;
      case FailpointAction::abort:
        std::abort();
      case FailpointAction::raise:
        throw std::runtime_error("failpoint " + rule.name);
      case FailpointAction::sleep:
        std::this_thread::sleep_for(rule.pause);
        return;
    }
  }

  std::vector<FailpointRule> rules_;
  std::unique_ptr<std::atomic<int>[]> passes_;
};

}  // namespace

Result<std::vector<FailpointRule>> parse_failpoints(std::string_view text) {
  std::vector<FailpointRule> rules;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view entry = text.substr(0, comma);
    auto rule = parse_rule(entry);
    if (!rule) {
      return Error{ErrorCode::invalid,
                   "JACKFIELD_FAILPOINT: \"" + std::string(entry) +
                       "\" is not name=kill|abort|throw|sleep:<ms>, perhaps with @<pass> or @*"};
    }
    rules.push_back(*std::move(rule));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return rules;
}

void reach_failpoint(std::string_view name) {
  static Plan plan(std::getenv("JACKFIELD_FAILPOINT"));
  plan.reach(name);
}

}  // namespace jackfield::base
