#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/ids.h"
#include "core/outbound/rate_limit.h"
#include "core/store/store.h"

namespace jackfield::outbound {

/// Chooses which part goes out next. Promises: one in flight per conversation, and in the order of
/// promise (P10); agent replies before bulk; never faster than the account's and the pair's rate;
/// fair between conversations (round robin). A part that waits (for its retry, or for the reconcile
/// window of an unknown one) holds back the ones behind it in its conversation and nobody else.
///
/// Pure: no clock, no I/O, no thread. Times are steady.
class Schedule {
 public:
  /// Parts held in memory; the rest waits in the store.
  static constexpr std::size_t kBacklogMax = 20'000;

  struct Limits {
    Rate account;
    Rate pair;  ///< Per contact.
    std::size_t in_flight_max = 32;
  };

  void set_limits(const model::AccountId& account, Limits limits, Instant now);
  /// Stops (starts) an account's sending; what waits, waits.
  void pause(const model::AccountId& account);
  void resume(const model::AccountId& account);
  [[nodiscard]] bool is_paused(const model::AccountId& account) const;

  /// A part to send, not before `not_before`. Rows come in the order of promise; a row that is
  /// known already is ignored.
  void add(const store::OutboxRow& row, Instant not_before);
  [[nodiscard]] bool is_full() const { return known_.size() >= kBacklogMax; }
  [[nodiscard]] std::size_t size() const { return known_.size(); }

  /// The next part that may go now; it is in flight until finish() or retry(). Nothing: see
  /// next_time().
  std::optional<std::int64_t> take(Instant now);
  /// It has its fate, or is gone: the one behind it may go.
  void finish(std::int64_t row);
  /// It goes again, first of its conversation, not before then.
  void retry(std::int64_t row, Instant not_before);
  /// The provider is too busy for the whole account.
  void hold_account(const model::AccountId& account, Instant until);
  /// When take() is worth calling again; nothing when only finish(), retry(), add() or resume() can
  /// help.
  [[nodiscard]] std::optional<Instant> next_time(Instant now);

 private:
  struct Waiting {
    std::int64_t row = 0;
    int priority = 0;
    Instant not_before{};
  };
  struct Line {  ///< One conversation.
    std::deque<Waiting> parts;
    bool is_in_flight = false;
    TokenBucket pair;
    explicit Line(TokenBucket bucket) : pair(bucket) {}
  };
  /// Lines of one priority that have something to send and nothing in flight; each is in one of the
  /// two.
  struct Turns {
    std::deque<model::ConversationId> now;  ///< First come, first served.
    std::multimap<Instant, model::ConversationId> later;
  };
  struct Account {
    Limits limits;
    TokenBucket bucket{Rate{}, Instant{}};
    bool is_paused = false;
    std::size_t in_flight = 0;
    std::unordered_map<std::int64_t, Line> lines;  ///< By conversation.
    std::map<int, Turns> turns;                    ///< By priority of the line's first part.
    std::size_t takes_since_sweep = 0;
  };
  struct Place {
    model::AccountId account;
    model::ConversationId conversation;
  };

  std::optional<std::int64_t> take_from(Account& account, Instant now);
  static Line* next_line(Account& account, Turns& turns, Instant now);
  static void line_up(Account& account, model::ConversationId id, Line& line);
  static void sweep(Account& account, Instant now);

  std::map<model::AccountId, Account> accounts_;
  std::unordered_map<std::int64_t, Place> known_;
  std::unordered_map<std::int64_t, Waiting> in_flight_;
  model::AccountId last_account_;
};

}  // namespace jackfield::outbound
