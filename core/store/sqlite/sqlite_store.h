#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/store/store.h"
#include "jackfield/result.h"

namespace jackfield::store {

struct SqliteOptions {
  std::string path;  ///< The database; "-wal", "-shm" and ".lock" files stand beside it.
  int reader_threads = 2;
  int partitions = 1;            ///< Of the journal; 1 to 16. Can grow later, never shrink.
  int cache_kib = 64 * 1024;     ///< Page cache of the writer at most; readers have an eighth each.
  int busy_timeout_ms = 250;     ///< How long a foreign lock may hold up one commit.
  int checkpoint_pages = 4'000;  ///< Of 4 KiB in the WAL, then it is copied back.
  /// A larger file is not read whole (quick_check) when it is opened: that takes a second per GB or
  /// so.
  std::uint64_t damage_check_bytes_max = 2ULL * 1024 * 1024 * 1024;
};

/// Opens the database, makes or migrates it, and starts the threads. `clock` and `ids` outlive the
/// store. SIGXFSZ must be ignored by the process, or a file size limit kills it instead of being
/// "disk full". Error: internal; in use by another process, damaged, newer than this program, or no
/// access.
Result<std::unique_ptr<Store>> open_sqlite_store(SqliteOptions options, const base::Clock& clock,
                                                 base::IdSource& ids);

}  // namespace jackfield::store
