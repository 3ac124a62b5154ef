#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/net/http_client.h"
#include "jackfield/json.h"
#include "jackfield/result.h"

namespace jackfield::sim {

/// How a webhook is posted.
struct Posting {
  std::string body;
  std::string signing;  ///< "" is right; otherwise a name of sign()'s list.
  int copies = 1;
  bool parallel = false;  ///< Copies at once instead of one after the other.
  bool retries = true;
};

/// The first answer to one copy: the HTTP status, or 0 when there was none.
struct Posted {
  int status = 0;
  std::chrono::milliseconds took{0};
};
using PostingDone = std::function<void(const std::vector<Posted>&)>;

/// The signature headers of `body`. `signing`: "" good, wrong, missing, short, long, uppercase,
/// doubled, other_secret, empty, plain_utf8 (over the text with its \u escapes undone). Error:
/// invalid for another name.
Result<std::vector<net::Header>> sign(std::string_view body, std::string_view secret,
                                      std::string_view signing);

/// Posts webhooks to the callback and repeats those not answered with 200, ever more seldom, until
/// an attempt limit. I/O thread only.
class WebhookSender {
 public:
  static constexpr std::size_t kInFlightMax = 64;
  static constexpr std::size_t kPendingMax = 20'000;
  struct Plan {
    std::string url;  ///< Empty: nothing is posted.
    std::string secret;
    std::chrono::milliseconds first_retry{1'000};  ///< Doubles with each attempt, up to an hour.
    int attempts_max = 12;
    std::chrono::milliseconds timeout{20'000};
  };
  struct Counters {
    std::int64_t posted = 0, answered_200 = 0, answered_other = 0, unanswered = 0, repeated = 0,
                 given_up = 0, dropped = 0;
  };

  /// `io` and `client` outlive it.
  WebhookSender(boost::asio::io_context& io, net::HttpClient& client, Plan plan);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  /// `done` gets one answer per copy, or none when the posting was dropped (no callback, too many
  /// wait, bad signing).
  void post(Posting posting, PostingDone done = {});
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Postings that still wait for an answer or a repetition.
  [[nodiscard]] std::size_t pending() const { return pending_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }

 private:
  struct Copy;
  struct Group;
  void start(std::shared_ptr<Copy> copy);
  void launch();
  void answered(const std::shared_ptr<Copy>& copy, int status);
  void settle_first(const std::shared_ptr<Copy>& copy, Posted posted);
  void repeat_later(const std::shared_ptr<Copy>& copy);

  boost::asio::io_context& io_;
  net::HttpClient& client_;
  Plan plan_;
  Counters counters_;
  std::deque<std::shared_ptr<Copy>> waiting_;
  std::set<std::shared_ptr<boost::asio::steady_timer>> timers_;
  std::size_t in_flight_ = 0, pending_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace jackfield::sim
