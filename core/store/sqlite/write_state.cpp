#include "core/store/sqlite/write_state.h"

#include <algorithm>
#include <utility>

namespace jackfield::store {

WriteState::WriteState(Connection& connection, base::IdSource& ids) : ids_(ids) {
  {
    Statement sql(connection, "SELECT id, name FROM account ORDER BY id");
    auto row = sql.query();
    while (row.next()) {
      add_account(row.text(1), row.integer(0));
    }
  }
  {
    Statement sql(connection, "SELECT messages, conversations_open, outbox, quarantine FROM tally");
    if (auto row = sql.query(); row.next()) {
      tally = {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
      written_tally = tally;
    }
  }
  for (const char* newest : {"SELECT max(id) FROM contact", "SELECT max(id) FROM address",
                             "SELECT max(id) FROM conversation", "SELECT max(id) FROM outbox",
                             "SELECT max(id) FROM quarantine", "SELECT max(id) FROM media_job"}) {
    Statement sql(connection, newest);
    if (auto row = sql.query(); row.next()) {
      last_id_ = std::max(last_id_, row.integer(0));
    }
  }
  read_journal(connection);
  read_buckets(connection);
}

void WriteState::read_journal(Connection& connection) {
  Statement sql(connection,
                "SELECT epoch, (SELECT coalesce(max(sequence), 0) FROM event "
                "WHERE partition = journal.partition) FROM journal ORDER BY partition");
  auto row = sql.query();
  while (row.next()) {
    epochs_.push_back(row.as<std::uint64_t>(0));
    heads_.push_back(row.integer(1));
  }
}

void WriteState::read_buckets(Connection& connection) {
  // Steps from bucket to bucket by the key; DISTINCT would read every row.
  Statement sql(connection, "SELECT min(bucket) FROM seen WHERE bucket > ?");
  std::int64_t after = -1;
  for (;;) {
    auto row = sql.query(after);
    if (!row.next() || row.integer(0) <= after || row.view(0).empty()) {
      return;
    }
    after = row.integer(0);
    buckets_.push_back(after);
  }
}

void WriteState::save(Mark& mark) const {
  mark.heads = heads_;
  mark.buckets = buckets_;
  mark.tally = tally;
  mark.written_tally = written_tally;
  mark.accounts = account_names_.size();
  mark.events = events_.size();
}

void WriteState::restore(const Mark& mark) {
  heads_ = mark.heads;
  buckets_ = mark.buckets;
  tally = mark.tally;
  written_tally = mark.written_tally;
  while (account_names_.size() > mark.accounts) {
    account_ids_.erase(account_names_.back());
    account_names_.pop_back();
  }
  events_.resize(mark.events);
}

std::int64_t WriteState::next_id() {
  last_id_ = std::max(ids_.next(), last_id_ + 1);
  return last_id_;
}

std::int64_t WriteState::account(std::string_view name) const {
  const auto found = account_ids_.find(std::string(name));
  return found == account_ids_.end() ? 0 : found->second;
}

void WriteState::add_account(const std::string& name, std::int64_t id) {
  account_ids_.emplace(name, id);
  account_names_.push_back(name);
}

model::Position WriteState::head(int partition) const {
  if (partition < 0 || partition >= partitions()) {
    throw Refused({ErrorCode::invalid, "no journal partition " + std::to_string(partition)});
  }
  const auto index = static_cast<std::size_t>(partition);
  return {epochs_[index], heads_[index]};
}

void WriteState::push_event(Event event) {
  heads_[static_cast<std::size_t>(event.partition)] = event.sequence;
  events_.push_back(std::move(event));
}

std::vector<Event> WriteState::take_events() {
  return std::exchange(events_, {});
}

void WriteState::add_bucket(std::int64_t bucket) {
  const auto place = std::lower_bound(buckets_.begin(), buckets_.end(), bucket);
  if (place == buckets_.end() || *place != bucket) {
    buckets_.insert(place, bucket);
  }
}

void WriteState::remove_bucket(std::int64_t bucket) {
  std::erase(buckets_, bucket);
}

}  // namespace jackfield::store
