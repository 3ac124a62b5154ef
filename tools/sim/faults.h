#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/json.h"
#include "jackfield/result.h"

namespace jackfield::sim {

/// Where a fault may strike. The first five are requests to us, the last two are what we post.
enum class Op : std::uint8_t { send, upload, media, download, remove, inbound, status };
[[nodiscard]] std::string_view name_of(Op op);

enum class FaultKind : std::uint8_t {
  delay,               ///< Only the rule's before_read_ms / before_answer_ms.
  throttle,            ///< 429 with Retry-After and `code`.
  error,               ///< `status` and `code` in the provider's error form.
  server_error,        ///< 5xx (`status`) with a page instead of JSON.
  hang,                ///< The request is read and never answered.
  cut,                 ///< Closed without an answer; nothing was accepted.
  reset,               ///< The same with a TCP reset.
  cut_after_accept,    ///< Accepted into the ledger, then closed without an answer.
  half,                ///< Accepted; the answer breaks off in its middle.
  garbage,             ///< Accepted; 200 with a body that is not JSON.
  huge,                ///< Accepted; 200 with a body of `bytes`.
  drip,                ///< Accepted; one byte each `every_ms`.
  accept_without_id,   ///< Accepted; 200 without a message id.
  redirect,            ///< 302 to `location`; nothing was accepted.
  statuses_first,      ///< Accepted; the answer comes after the statuses were posted.
  reorder_statuses,    ///< Accepted; read, delivered, sent.
  duplicate_statuses,  ///< Accepted; each status `copies` times.
  no_statuses,         ///< Accepted; nobody ever hears of it again.
  fail_later,          ///< Accepted; after "sent" comes "failed" with `code`.
  expired_url,         ///< A media URL that has expired already, or 404 at its download.
  duplicate,           ///< A webhook `copies` times, `parallel` or one after the other.
  signature,           ///< A webhook signed as `signing` says.
  broken_element,      ///< A webhook with one more element that is no message.
};
[[nodiscard]] std::string_view name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::delay;
  std::chrono::milliseconds before_read{0};
  std::chrono::milliseconds before_answer{0};
  int status = 0;                          ///< 0: the kind's own.
  std::int64_t code = 0;                   ///< 0: the kind's own.
  std::optional<bool> accept;              ///< Overrides whether the request counts as accepted.
  std::optional<std::string> retry_after;  ///< As written: "3", a date, "-1", "" leaves it out.
  std::string details, location, signing;
  int copies = 2;
  bool parallel = false;
  std::size_t bytes = 50U * 1024 * 1024;
  std::chrono::milliseconds every{100};

  /// Error: invalid, naming the member that is wrong.
  static Result<Fault> from_json(const json::Value& value);
  /// True when the request is accepted into the ledger although something goes wrong.
  [[nodiscard]] bool accepts() const;
};

/// What a rule may look at.
struct Occasion {
  Op op = Op::send;
  std::string_view to, correlator, type, text;
};

/// Rules, in the order they were added; the first that fits an occasion decides.
/// {"on":"send","where":{"to","correlator","type","text"},"skip":0,"times":1,"fault":"cut", …}.
/// `skip` lets the first n fitting occasions pass, `times` 0 means for ever. `text` matches a part
/// of the text.
class FaultRules {
 public:
  static constexpr std::size_t kRulesMax = 256;

  /// Error: invalid, or throttled beyond kRulesMax.
  Status add(const json::Value& rule);
  void clear() { rules_.clear(); }
  /// The fault for this occasion, if any; uses up one of its times.
  std::optional<Fault> take(const Occasion& occasion);
  /// How long to leave the body unread: known before the body is, so only `on` and `skip` count.
  [[nodiscard]] std::chrono::milliseconds pause_before_body(Op op) const;
  [[nodiscard]] std::string to_json() const;

 private:
  struct Rule {
    Op op = Op::send;
    std::string to, correlator, type, text;
    std::int64_t skip = 0, times = 1, hits = 0;
    Fault fault;
    [[nodiscard]] bool fits(const Occasion& occasion) const;
    [[nodiscard]] bool is_spent() const { return times != 0 && hits >= times; }
  };
  std::vector<Rule> rules_;
};

}  // namespace jackfield::sim
