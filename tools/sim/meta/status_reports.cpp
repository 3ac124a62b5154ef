#include "tools/sim/meta/status_reports.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/log.h"

namespace jackfield::sim::meta {

std::vector<StatusStep> status_plan(const std::vector<std::chrono::milliseconds>& delays,
                                    const std::optional<Fault>& fault) {
  const FaultKind kind = fault ? fault->kind : FaultKind::delay;
  std::array<std::string_view, 3> order{"sent", "delivered", "read"};
  if (kind == FaultKind::reorder_statuses) {
    std::reverse(order.begin(), order.end());
  }
  std::vector<StatusStep> steps;
  if (kind == FaultKind::no_statuses) {
    return steps;
  }
  for (std::size_t i = 0; i < std::min(delays.size(), order.size()); ++i) {
    StatusStep step;
    step.status = order.at(i);
    step.after = kind == FaultKind::statuses_first ? std::chrono::milliseconds(0) : delays[i];
    steps.push_back(std::move(step));
  }
  if (kind == FaultKind::fail_later) {
    steps.resize(std::min<std::size_t>(steps.size(), 1));
    StatusStep failed;
    failed.status = "failed";
    failed.after = delays.size() > 1 ? delays[1] : std::chrono::milliseconds(0);
    failed.code = fault->code != 0 ? fault->code : 131026;
    failed.details = fault->details;
    steps.push_back(std::move(failed));
  }
  return steps;
}

Posting posting_of(std::string body, const std::optional<Fault>& fault) {
  Posting posting;
  posting.body = std::move(body);
  if (fault && fault->kind == FaultKind::duplicate) {
    posting.copies = fault->copies;
    posting.parallel = fault->parallel;
  }
  if (fault && fault->kind == FaultKind::signature) {
    posting.signing = fault->signing.empty() ? "wrong" : fault->signing;
  }
  return posting;
}

struct StatusReports::Story {
  AcceptedMessage message;
  std::vector<StatusStep> steps;
  int copies = 1;
  std::string conversation;
  std::chrono::steady_clock::time_point begun;
  std::size_t answered = 0;
  std::function<void()> all_answered;
};

StatusReports::StatusReports(boost::asio::io_context& io, const base::Clock& clock,
                             FaultRules& rules, WebhookSender& webhooks, Transcript transcript)
    : io_(io),
      clock_(clock),
      rules_(rules),
      webhooks_(webhooks),
      transcript_(std::move(transcript)) {}

StatusReports::~StatusReports() {
  *alive_ = false;
  for (const auto& timer : timers_) {
    timer->cancel();
  }
}

void StatusReports::report(AcceptedMessage message, std::vector<StatusStep> steps, int copies,
                           std::function<void()> all_answered) {
  if (steps.empty() || planned_ >= kPlannedMax) {
    if (!steps.empty()) {
      base::log::warn("sim.statuses.dropped", {{"planned", planned_}});
    }
    if (all_answered) {
      all_answered();
    }
    return;
  }
  auto story = std::make_shared<Story>();
  story->message = std::move(message);
  story->steps = std::move(steps);
  story->copies = copies;
  story->conversation = story->message.wamid.substr(story->message.wamid.size() / 2);
  story->begun = std::chrono::steady_clock::now();
  story->all_answered = std::move(all_answered);
  ++planned_;
  wait_for_step(story, 0);
}

void StatusReports::wait_for_step(const std::shared_ptr<Story>& story, std::size_t step) {
  if (step == story->steps.size()) {
    --planned_;
    return;
  }
  const auto due = story->begun + story->steps[step].after;
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, due);
  timers_.insert(timer);
  timer->async_wait([this, story, step, timer, alive = alive_](boost::system::error_code failed) {
    if (!*alive) {
      return;
    }
    timers_.erase(timer);
    if (!failed) {
      post_step(story, step);
      wait_for_step(story, step + 1);
    }
  });
}

void StatusReports::post_step(const std::shared_ptr<Story>& story, std::size_t step) {
  const StatusStep& what = story->steps[step];
  const AcceptedMessage& message = story->message;
  StatusFacts facts;
  facts.wamid = message.wamid;
  facts.status = what.status;
  facts.recipient = message.recipient;
  facts.recipient_is_user_id = message.to_user_id;
  facts.correlator = message.correlator;
  facts.conversation = story->conversation;
  facts.category = message.category;
  facts.has_pricing = step < 2;  // On "sent" and on one of delivered and read.
  facts.unix_seconds = clock_.unix_ms() / 1000;
  facts.code = what.code;
  facts.details = what.details;
  Occasion occasion;
  occasion.op = Op::status;
  occasion.to = message.recipient;
  occasion.correlator = message.correlator;
  occasion.type = what.status;
  const auto fault = rules_.take(occasion);
  Change change;
  change.line = message.line;
  change.statuses.push_back(status_json(facts));
  if (fault && fault->kind == FaultKind::broken_element) {
    change.statuses.insert(change.statuses.begin(), R"({"id":["x"],"status":7})");
  }
  Posting posting = posting_of(webhook_body({change}), fault);
  posting.copies = std::max(posting.copies, story->copies);
  if (transcript_) {
    transcript_(message.recipient_name + "'s phone reports: " + what.status);
  }
  webhooks_.post(std::move(posting), [story](const std::vector<Posted>&) {
    if (++story->answered == story->steps.size() && story->all_answered) {
      story->all_answered();
    }
  });
}

}  // namespace jackfield::sim::meta
