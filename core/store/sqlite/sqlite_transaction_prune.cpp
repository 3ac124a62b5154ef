#include <algorithm>

#include "core/store/sqlite/sqlite_transaction.h"

namespace jackfield::store {

bool SqliteTransaction::prune(UnixMs now, std::int64_t journal_rows_max) {
  bool is_more = sql_.prune_early.run(kPruneRows, now - kEarlyReceiptMs) == kPruneRows;
  is_more |= sql_.prune_commands.run(kPruneRows, now - kCommandResultMs) == kPruneRows;
  is_more |= prune_seen(now);
  for (int partition = 0; partition < state_.partitions(); ++partition) {
    is_more |= prune_journal(partition, std::max<std::int64_t>(journal_rows_max, 1));
  }
  return is_more;
}

bool SqliteTransaction::prune_seen(UnixMs now) {
  if (state_.buckets().empty()) {
    return false;
  }
  const std::int64_t bucket = state_.buckets().front();
  const std::int64_t oldest_kept = now / kBucketMs - kBucketsKept;
  if (bucket >= oldest_kept) {
    return false;
  }
  bool is_slice = false;
  PrintHalves end;
  {
    auto row = sql_.seen_nth.query(bucket, kPruneRows);
    is_slice = row.next();
    if (is_slice) {
      end = {row.integer(0), row.integer(1)};
    }
  }
  if (is_slice) {
    sql_.prune_seen_below.run(bucket, end.h1, end.h2);
    return true;
  }
  sql_.prune_seen_bucket.run(bucket);
  state_.remove_bucket(bucket);
  return !state_.buckets().empty() && state_.buckets().front() < oldest_kept;
}

bool SqliteTransaction::prune_journal(int partition, std::int64_t rows_max) {
  const std::int64_t head = state_.head(partition).sequence;
  // The newest row is never removed: it is how the next process finds the head.
  const std::int64_t oldest_kept = head - rows_max + 1;
  const std::int64_t oldest = queries_.oldest(partition);
  if (oldest >= oldest_kept) {
    return false;
  }
  const std::int64_t end = std::min(oldest + kPruneRows, oldest_kept);
  sql_.prune_events.run(partition, end);
  return end < oldest_kept;
}

}  // namespace jackfield::store
