#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/id_source.h"
#include "core/store/sqlite/statement.h"
#include "core/store/store.h"

namespace jackfield::store {

/// What `status` prints.
struct Tally {
  std::int64_t messages = 0;
  std::int64_t conversations_open = 0;
  std::int64_t outbox = 0;
  std::int64_t quarantine = 0;
  bool operator==(const Tally&) const = default;
};

/// What the writer knows without asking the database. It is true as long as this process is the
/// only one that writes, and follows the database when a write is undone. Writer thread.
class WriteState {
 public:
  /// Reads it all. Throws SqliteFailure. `ids` outlives it.
  WriteState(Connection& connection, base::IdSource& ids);

  /// A place to come back to.
  struct Mark {
    std::vector<std::int64_t> heads;
    std::vector<std::int64_t> buckets;
    Tally tally;
    Tally written_tally;
    std::size_t accounts = 0;
    std::size_t events = 0;
  };
  /// Into `mark`, so that its memory is used again.
  void save(Mark& mark) const;
  void restore(const Mark& mark);

  /// Greater than every id given before, also by an earlier process whose clock was ahead.
  std::int64_t next_id();

  /// The account's row; 0 when it has none.
  [[nodiscard]] std::int64_t account(std::string_view name) const;
  void add_account(const std::string& name, std::int64_t id);

  /// The partition's epoch and head. Error thrown: Refused (invalid), no such partition.
  [[nodiscard]] model::Position head(int partition) const;
  void push_event(Event event);
  [[nodiscard]] std::vector<Event> take_events();
  [[nodiscard]] int partitions() const { return static_cast<int>(heads_.size()); }

  /// Dedupe buckets that may have rows, ascending.
  [[nodiscard]] const std::vector<std::int64_t>& buckets() const { return buckets_; }
  void add_bucket(std::int64_t bucket);
  void remove_bucket(std::int64_t bucket);

  Tally tally;
  Tally written_tally;  ///< What the database says.

 private:
  void read_journal(Connection& connection);
  void read_buckets(Connection& connection);

  base::IdSource& ids_;
  std::int64_t last_id_ = 0;
  std::unordered_map<std::string, std::int64_t> account_ids_;
  std::vector<std::string> account_names_;  ///< In the order they were added.
  std::vector<std::uint64_t> epochs_;
  std::vector<std::int64_t> heads_;
  std::vector<std::int64_t> buckets_;
  std::vector<Event> events_;
};

}  // namespace jackfield::store
