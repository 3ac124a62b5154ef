#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/clock.h"
#include "tools/sim/faults.h"
#include "tools/sim/meta/payload.h"
#include "tools/sim/transcript.h"
#include "tools/sim/webhook_sender.h"

namespace jackfield::sim::meta {

/// An accepted message whose fate the contact's phone will report.
struct AcceptedMessage {
  Line line;
  std::string wamid, recipient, recipient_name, correlator, category;
  bool to_user_id = false;
};

/// One status, and how long after the acceptance it is posted.
struct StatusStep {
  std::string status;
  std::chrono::milliseconds after{0};
  std::int64_t code = 0;
  std::string details;
};

/// When the phone reports what. `delays` holds sent, delivered, read counted from the acceptance
/// (fewer: the later ones never come). `fault` bends it: fail_later, reorder_statuses, no_statuses,
/// statuses_first.
[[nodiscard]] std::vector<StatusStep> status_plan(
    const std::vector<std::chrono::milliseconds>& delays, const std::optional<Fault>& fault);

/// How a webhook is posted when `fault` strikes it.
[[nodiscard]] Posting posting_of(std::string body, const std::optional<Fault>& fault);

/// Posts the statuses of accepted messages when their time comes. I/O thread only.
class StatusReports {
 public:
  static constexpr std::size_t kPlannedMax = 50'000;

  /// References outlive it.
  StatusReports(boost::asio::io_context& io, const base::Clock& clock, FaultRules& rules,
                WebhookSender& webhooks, Transcript transcript);
  ~StatusReports();
  StatusReports(const StatusReports&) = delete;
  StatusReports& operator=(const StatusReports&) = delete;

  /// `all_answered` (may be empty) is called when each status was answered once, at once when there
  /// are none.
  void report(AcceptedMessage message, std::vector<StatusStep> steps, int copies,
              std::function<void()> all_answered);
  [[nodiscard]] std::size_t planned() const { return planned_; }

 private:
  struct Story;
  void wait_for_step(const std::shared_ptr<Story>& story, std::size_t step);
  void post_step(const std::shared_ptr<Story>& story, std::size_t step);

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  FaultRules& rules_;
  WebhookSender& webhooks_;
  Transcript transcript_;
  std::set<std::shared_ptr<boost::asio::steady_timer>> timers_;
  std::size_t planned_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace jackfield::sim::meta
