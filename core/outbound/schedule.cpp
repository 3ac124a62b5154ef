#include "core/outbound/schedule.h"

#include <algorithm>
#include <iterator>

namespace jackfield::outbound {

using model::AccountId;
using model::ConversationId;

namespace {
constexpr std::size_t kTakesBetweenSweeps = 4'096;
}

void Schedule::set_limits(const AccountId& id, Limits limits, Instant now) {
  Account& account = accounts_[id];
  account.limits = limits;
  account.bucket = TokenBucket(limits.account, now);
}

void Schedule::pause(const AccountId& id) {
  accounts_[id].is_paused = true;
}
void Schedule::resume(const AccountId& id) {
  accounts_[id].is_paused = false;
}

bool Schedule::is_paused(const AccountId& id) const {
  const auto found = accounts_.find(id);
  return found != accounts_.end() && found->second.is_paused;
}

void Schedule::add(const store::OutboxRow& row, Instant not_before) {
  const ConversationId conversation = row.message.conversation;
  if (!known_.try_emplace(row.id, Place{row.account, conversation}).second) {
    return;
  }
  Account& account = accounts_[row.account];
  auto line = account.lines.find(conversation.value);
  if (line == account.lines.end()) {
    line =
        account.lines.emplace(conversation.value, Line(TokenBucket(account.limits.pair, Instant{})))
            .first;
  }
  line->second.parts.push_back(Waiting{row.id, row.priority, not_before});
  if (line->second.parts.size() == 1 && !line->second.is_in_flight) {
    line_up(account, conversation, line->second);
  }
}

void Schedule::line_up(Account& account, ConversationId id, Line& line) {
  const Waiting& first = line.parts.front();
  account.turns[first.priority].later.emplace(first.not_before, id);
}

std::optional<std::int64_t> Schedule::take(Instant now) {
  // Round robin over accounts, so that one account's flood does not starve the others' first
  // messages.
  auto start = accounts_.upper_bound(last_account_);
  for (std::size_t tried = 0; tried < accounts_.size(); ++tried, ++start) {
    if (start == accounts_.end()) {
      start = accounts_.begin();
    }
    if (const auto row = take_from(start->second, now)) {
      last_account_ = start->first;
      return row;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Schedule::take_from(Account& account, Instant now) {
  if (account.is_paused || account.in_flight >= account.limits.in_flight_max ||
      account.bucket.ready_at(now) > now) {
    return std::nullopt;
  }
  if (++account.takes_since_sweep >= kTakesBetweenSweeps) {
    sweep(account, now);
  }
  for (auto& [priority, turns] : account.turns) {
    Line* line = next_line(account, turns, now);
    if (line == nullptr) {
      continue;
    }
    account.bucket.take(now);
    line->pair.take(now);
    const Waiting taken = line->parts.front();
    line->parts.pop_front();
    line->is_in_flight = true;
    ++account.in_flight;
    in_flight_.emplace(taken.row, taken);
    return taken.row;
  }
  return std::nullopt;
}

Schedule::Line* Schedule::next_line(Account& account, Turns& turns, Instant now) {
  while (!turns.later.empty() && turns.later.begin()->first <= now) {
    turns.now.push_back(turns.later.begin()->second);
    turns.later.erase(turns.later.begin());
  }
  while (!turns.now.empty()) {
    const ConversationId id = turns.now.front();
    turns.now.pop_front();
    const auto found = account.lines.find(id.value);
    // finish() may have emptied a line that still had its turn, or given it a new one.
    if (found == account.lines.end() || found->second.parts.empty() || found->second.is_in_flight) {
      continue;
    }
    const Instant ready =
        std::max(found->second.parts.front().not_before, found->second.pair.ready_at(now));
    if (ready <= now) {
      return &found->second;
    }
    turns.later.emplace(ready, id);
  }
  return nullptr;
}

void Schedule::finish(std::int64_t row) {
  const auto place = known_.find(row);
  if (place == known_.end()) {
    return;
  }
  Account& account = accounts_[place->second.account];
  const ConversationId conversation = place->second.conversation;
  Line& line = account.lines.at(conversation.value);
  if (in_flight_.erase(row) != 0) {
    --account.in_flight;
    line.is_in_flight = false;
    if (!line.parts.empty()) {
      line_up(account, conversation, line);
    }
  } else {
    const bool was_first = line.parts.front().row == row;
    std::erase_if(line.parts, [row](const Waiting& waiting) { return waiting.row == row; });
    if (was_first && !line.parts.empty() && !line.is_in_flight) {
      line_up(account, conversation, line);
    }
  }
  known_.erase(place);
  if (line.parts.empty() && !line.is_in_flight && account.limits.pair.per_second <= 0) {
    account.lines.erase(conversation.value);
  }
}

void Schedule::retry(std::int64_t row, Instant not_before) {
  const auto flying = in_flight_.find(row);
  if (flying == in_flight_.end()) {
    return;
  }
  const Place& place = known_.at(row);
  Account& account = accounts_[place.account];
  Line& line = account.lines.at(place.conversation.value);
  Waiting again = flying->second;
  again.not_before = not_before;
  in_flight_.erase(flying);
  --account.in_flight;
  line.is_in_flight = false;
  line.parts.push_front(again);
  line_up(account, place.conversation, line);
}

void Schedule::hold_account(const AccountId& id, Instant until) {
  accounts_[id].bucket.hold_until(until);
}

std::optional<Instant> Schedule::next_time(Instant now) {
  std::optional<Instant> next;
  for (auto& [id, account] : accounts_) {
    if (account.is_paused || account.in_flight >= account.limits.in_flight_max) {
      continue;
    }
    const Instant account_ready = account.bucket.ready_at(now);
    for (const auto& [priority, turns] : account.turns) {
      if (turns.now.empty() && turns.later.empty()) {
        continue;
      }
      const Instant line_ready = turns.now.empty() ? turns.later.begin()->first : now;
      const Instant ready = std::max(account_ready, line_ready);
      next = next ? std::min(*next, ready) : ready;
    }
  }
  return next;
}

/// Forgets empty lines whose bucket is full again: they remember nothing.
void Schedule::sweep(Account& account, Instant now) {
  account.takes_since_sweep = 0;
  for (auto at = account.lines.begin(); at != account.lines.end();) {
    Line& line = at->second;
    const bool is_idle = line.parts.empty() && !line.is_in_flight;
    at = is_idle && line.pair.is_full(now) ? account.lines.erase(at) : std::next(at);
  }
}

}  // namespace jackfield::outbound
