#include "tools/sim/webhook_sender.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/base/log.h"
#include "tools/sim/digest.h"

namespace jackfield::sim {
namespace {

constexpr std::chrono::milliseconds kRetryPauseMax{3'600'000};

/// The same JSON as a careless re-serialiser would write it: escapes undone, literal UTF-8.
std::string reserialised(std::string_view body) {
  const auto parsed = json::Document::parse(body);
  return parsed ? parsed->root().dump() : std::string(body) + ' ';
}

}  // namespace

Result<std::vector<net::Header>> sign(std::string_view body, std::string_view secret,
                                      std::string_view signing) {
  constexpr std::string_view kName = "X-Hub-Signature-256";
  const std::string digits = hmac_sha256_hex(secret, body);
  const auto one = [&](const std::string& value) {
    return std::vector<net::Header>{{std::string(kName), value}};
  };
  const std::string good = "sha256=" + digits;
  if (signing.empty() || signing == "good") {
    return one(good);
  }
  if (signing == "missing") {
    return std::vector<net::Header>{};
  }
  if (signing == "wrong") {
    std::string wrong = good;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    return one(wrong);
  }
  if (signing == "short") {
    return one(good.substr(0, good.size() - 1));
  }
  if (signing == "long") {
    return one(good + '0');
  }
  if (signing == "empty") {
    return one("sha256=");
  }
  if (signing == "uppercase") {
    std::string upper = digits;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return one("sha256=" + upper);
  }
  if (signing == "doubled") {
    auto headers = one(good);
    headers.push_back(headers.front());
    return headers;
  }
  if (signing == "other_secret") {
    return one("sha256=" + hmac_sha256_hex(std::string(secret) + "-other", body));
  }
  if (signing == "plain_utf8") {
    return one("sha256=" + hmac_sha256_hex(secret, reserialised(body)));
  }
  return Error{ErrorCode::invalid,
               "signing: unknown; known are good, wrong, missing, short, long, empty, uppercase, "
               "doubled, other_secret, plain_utf8"};
}

/// All copies of one posting.
struct WebhookSender::Group {
  Posting posting;
  PostingDone done;
  std::vector<net::Header> headers;
  std::vector<Posted> first_answers;
  int started = 0;
};

/// One copy on its way: it lives until it got its 200 or was given up.
struct WebhookSender::Copy {
  std::shared_ptr<Group> group;
  int attempt = 0;
  std::chrono::steady_clock::time_point sent_at;
};

WebhookSender::WebhookSender(boost::asio::io_context& io, net::HttpClient& client, Plan plan)
    : io_(io), client_(client), plan_(std::move(plan)) {}

WebhookSender::~WebhookSender() {
  *alive_ = false;
  for (const auto& timer : timers_) {
    timer->cancel();
  }
}

void WebhookSender::post(Posting posting, PostingDone done) {
  auto headers = sign(posting.body, plan_.secret, posting.signing);
  const auto copies = static_cast<std::size_t>(std::max(posting.copies, 1));
  if (plan_.url.empty() || !headers || pending_ + copies > kPendingMax) {
    ++counters_.dropped;
    if (done) {
      done({});
    }
    return;
  }
  auto group = std::make_shared<Group>();
  group->posting = std::move(posting);
  group->done = std::move(done);
  group->headers = std::move(*headers);
  group->headers.emplace_back("Content-Type", "application/json");
  group->headers.emplace_back("User-Agent", "facebookexternalua");
  pending_ += copies;
  const std::size_t at_once = group->posting.parallel ? copies : 1;
  for (std::size_t i = 0; i < at_once; ++i) {
    auto copy = std::make_shared<Copy>();
    copy->group = group;
    start(std::move(copy));
  }
}

void WebhookSender::start(std::shared_ptr<Copy> copy) {
  if (copy->attempt == 0) {
    ++copy->group->started;
  }
  waiting_.push_back(std::move(copy));
  launch();
}

void WebhookSender::launch() {
  while (in_flight_ < kInFlightMax && !waiting_.empty()) {
    const auto copy = waiting_.front();
    waiting_.pop_front();
    ++in_flight_;
    ++copy->attempt;
    ++counters_.posted;
    copy->sent_at = std::chrono::steady_clock::now();
    net::HttpCall call;
    call.url = plan_.url;
    call.method = "POST";
    call.headers = copy->group->headers;
    call.body = copy->group->posting.body;
    call.timeout = plan_.timeout;
    call.public_addresses_only = false;
    client_.call(std::move(call),
                 [this, copy, alive = alive_](const Result<net::HttpResponse>& answer) {
                   if (*alive) {
                     answered(copy, answer ? answer->status : 0);
                   }
                 });
  }
}

void WebhookSender::answered(const std::shared_ptr<Copy>& copy, int status) {
  --in_flight_;
  ++(status == 200 ? counters_.answered_200
     : status == 0 ? counters_.unanswered
                   : counters_.answered_other);
  const bool is_first = copy->attempt == 1;
  const bool is_settled = status == 200 || !copy->group->posting.retries;
  if (is_settled || copy->attempt >= plan_.attempts_max) {
    --pending_;
    if (!is_settled) {
      ++counters_.given_up;
      base::log::warn("sim.webhook.given_up", {{"attempts", copy->attempt}, {"status", status}});
    }
  } else {
    ++counters_.repeated;
    repeat_later(copy);
  }
  if (is_first) {
    Posted posted;
    posted.status = status;
    posted.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - copy->sent_at);
    settle_first(copy, posted);
  }
  launch();
}

void WebhookSender::settle_first(const std::shared_ptr<Copy>& copy, Posted posted) {
  Group& group = *copy->group;
  group.first_answers.push_back(posted);
  if (group.first_answers.size() >= static_cast<std::size_t>(std::max(group.posting.copies, 1))) {
    if (group.done) {
      const PostingDone done = std::move(group.done);
      done(group.first_answers);
    }
    return;
  }
  if (group.started < group.posting.copies) {
    auto next = std::make_shared<Copy>();
    next->group = copy->group;
    start(std::move(next));
  }
}

void WebhookSender::repeat_later(const std::shared_ptr<Copy>& copy) {
  const int doublings = std::min(copy->attempt - 1, 20);
  const auto pause = std::min(plan_.first_retry * (1 << doublings), kRetryPauseMax);
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, pause);
  timers_.insert(timer);
  timer->async_wait([this, copy, timer, alive = alive_](boost::system::error_code failed) {
    if (!*alive) {
      return;
    }
    timers_.erase(timer);
    if (!failed) {
      start(copy);
    }
  });
}

}  // namespace jackfield::sim
