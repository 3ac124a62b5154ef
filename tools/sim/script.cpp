#include "tools/sim/script.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/base/log.h"
#include "jackfield/json.h"

namespace jackfield::sim {
namespace {

constexpr std::array<std::string_view, 5> kActions{"faults", "inbound", "webhook", "handshake",
                                                   "load"};

}  // namespace

Status Script::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  json::Limits limits;
  limits.bytes_max = kFileBytesMax;
  limits.allow_comments = true;
  const auto parsed = json::Document::parse(text, limits);
  const auto wrong = [&](const std::string& why) {
    return Error{ErrorCode::invalid, "script " + path + ": " + why};
  };
  if (!file || !parsed) {
    return wrong(!parsed ? parsed.error().text : "cannot be read");
  }
  const json::Value root = parsed->root();
  if (!root.is_array() || root.size() > kStepsMax) {
    return wrong("must be an array of at most " + std::to_string(kStepsMax) + " steps");
  }
  for (const json::Value value : root) {
    Step step;
    step.after = std::chrono::milliseconds(value["after_ms"].integer().value_or(0));
    for (const std::string_view action : kActions) {
      if (value[action]) {
        step.action = action;
        step.body = value[action].dump();
      }
    }
    if (step.action.empty() || step.after.count() < 0) {
      return wrong("step " + std::to_string(steps_.size() + 1) +
                   ": give one of faults, inbound, webhook, handshake, load");
    }
    steps_.push_back(std::move(step));
  }
  return Done{};
}

void Script::start() {
  if (next_ == steps_.size()) {
    return;
  }
  timer_.expires_after(steps_[next_].after);
  timer_.async_wait([this, alive = alive_](boost::system::error_code failed) {
    if (*alive && !failed) {
      run_next();
    }
  });
}

void Script::run_next() {
  const Step& step = steps_[next_++];
  control_.run("POST", step.action, step.body,
               [this, number = next_, alive = alive_](const net::HttpResponse& answer) {
                 if (!*alive) {
                   return;
                 }
                 if (answer.status != 200) {
                   base::log::warn("sim.script.step_refused",
                                   {{"step", number}, {"answer", answer.body}});
                 }
                 start();
               });
}

}  // namespace jackfield::sim
