#include "tools/sim/load.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/sim/webhook_sender.h"

namespace jackfield::sim {
namespace {

constexpr std::chrono::milliseconds kTick{5};

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Result<LoadPlan> LoadPlan::from_json(const json::Value& value) {
  LoadPlan plan;
  struct Member {
    std::string_view name;
    std::int64_t* target;
    std::int64_t most;
  };
  const std::array<Member, 4> members{{{"count", &plan.count, kCountMax},
                                       {"rate", &plan.rate, kRateMax},
                                       {"connections", &plan.connections, kConnectionsMax},
                                       {"senders", &plan.senders, kCountMax}}};
  for (const Member& member : members) {
    const json::Value given = value[member.name];
    if (!given) {
      continue;
    }
    const std::int64_t number = given.integer().value_or(0);
    if (number < 1 || number > member.most) {
      return Error{ErrorCode::invalid,
                   std::string(member.name) + ": give 1 to " + std::to_string(member.most)};
    }
    *member.target = number;
  }
  return plan;
}

LoadRun::LoadRun(boost::asio::io_context& io, net::HttpClient& client, std::string url,
                 std::string secret, LoadPlan plan, Body body, std::function<void()> finished)
    : client_(client),
      url_(std::move(url)),
      secret_(std::move(secret)),
      plan_(plan),
      body_(std::move(body)),
      finished_(std::move(finished)),
      timer_(io),
      begun_(std::chrono::steady_clock::now()) {
  micros_.reserve(static_cast<std::size_t>(plan_.count));
  tick();
}

LoadRun::~LoadRun() {
  *alive_ = false;
}

void LoadRun::tick() {
  const double elapsed = seconds_between(begun_, std::chrono::steady_clock::now());
  const auto due = std::min(
      plan_.count, static_cast<std::int64_t>(elapsed * static_cast<double>(plan_.rate)) + 1);
  while (posted_ < due && in_flight_ < plan_.connections) {
    post();
  }
  if (posted_ == plan_.count) {
    return;
  }
  timer_.expires_after(kTick);
  timer_.async_wait([this, alive = alive_](boost::system::error_code failed) {
    if (*alive && !failed) {
      tick();
    }
  });
}

void LoadRun::post() {
  net::HttpCall call;
  call.url = url_;
  call.method = "POST";
  call.body = body_(static_cast<std::size_t>(posted_ % plan_.senders));
  if (auto headers = sign(call.body, secret_, "")) {
    call.headers = std::move(*headers);
  }
  call.headers.emplace_back("Content-Type", "application/json");
  call.public_addresses_only = false;
  ++posted_;
  ++in_flight_;
  const auto sent_at = std::chrono::steady_clock::now();
  client_.call(
      std::move(call), [this, sent_at, alive = alive_](const Result<net::HttpResponse>& answer) {
        if (!*alive) {
          return;
        }
        --in_flight_;
        ++answered_;
        ended_ = std::chrono::steady_clock::now();
        ++by_status_[answer ? answer->status : 0];
        micros_.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(ended_ - sent_at).count()));
        if (answered_ == plan_.count && finished_) {
          const auto finished = std::move(finished_);
          finished();
        }
      });
}

std::string LoadRun::to_json() const {
  std::vector<std::uint32_t> sorted = micros_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double part) {
    if (sorted.empty()) {
      return 0.0;
    }
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
    return static_cast<double>(sorted[index]) / 1000.0;
  };
  const auto ok = by_status_.find(200);
  const std::int64_t answered_200 = ok == by_status_.end() ? 0 : ok->second;
  json::Writer out;
  out.begin_object().flag("running", is_running()).field("posted", posted_);
  out.field("answered", answered_).field("non_200", answered_ - answered_200);
  out.key("p50_ms").number(at(0.5)).key("p99_ms").number(at(0.99)).key("max_ms").number(at(1));
  out.key("seconds").number(answered_ == 0 ? 0 : seconds_between(begun_, ended_));
  out.key("by_status").begin_object();
  for (const auto& [status, count] : by_status_) {
    out.field(std::to_string(status), count);
  }
  return out.end_object().end_object().take();
}

}  // namespace jackfield::sim
