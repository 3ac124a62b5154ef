#include "core/store/sqlite/sqlite_store.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/log.h"
#include "core/store/sqlite/file_lock.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/reader_pool.h"
#include "core/store/sqlite/writer.h"

namespace jackfield::store {
namespace {

constexpr int kPartitionsMax = 16;

/// The fingerprint key, made at the first start.
FingerprintKey load_key(Connection& connection) {
  Statement find(connection, "SELECT value FROM meta WHERE name = 'fingerprint_key'");
  {
    if (auto row = find.query(); row.next()) {
      return FingerprintKey(row.view(0));
    }
  }
  const FingerprintKey key = FingerprintKey::make();
  Statement(connection, "INSERT INTO meta (name, value) VALUES ('fingerprint_key', ?)")
      .run(Blob{key.bytes()});
  return key;
}

void make_partitions(Connection& connection, int count) {
  Statement add(connection, "INSERT OR IGNORE INTO journal (partition, epoch) VALUES (?, ?)");
  for (int partition = 0; partition < count; ++partition) {
    add.run(partition, random_epoch());
  }
}

Status check_file(Connection& connection, const SqliteOptions& options) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(options.path, ignored);
  if (size > options.damage_check_bytes_max) {
    base::log::warn("store.damage_check_skipped", {{"path", options.path}, {"bytes", size}});
    return Done{};
  }
  return check_for_damage(connection, options.path);
}

class SqliteStore final : public Store {
 public:
  /// Throws SqliteFailure.
  SqliteStore(const SqliteOptions& options, FileLock lock, Connection connection,
              const base::Clock& clock, base::IdSource& ids)
      : lock_(std::move(lock)),
        connection_(std::move(connection)),
        key_(load_key(*connection_)),
        queries_(std::in_place, *connection_),
        state_(*connection_, ids),
        transaction_(std::in_place, *connection_, *queries_, state_, key_, clock) {
    Writer::Options writer;
    writer.checkpoint_pages = options.checkpoint_pages;
    writer_.emplace(*connection_, state_, *transaction_, writer);
  }
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;
  ~SqliteStore() override { close(); }

  void add_readers(std::unique_ptr<ReaderPool> readers) { readers_ = std::move(readers); }

  Status write(Work work, Done done) override {
    return writer_->submit(std::move(work), std::move(done));
  }
  Status read(Read read) override { return readers_->submit(std::move(read)); }
  void set_commit_listener(CommitListener listener) override {
    writer_->set_listener(std::move(listener));
  }
  [[nodiscard]] bool is_healthy() const override { return writer_->is_healthy(); }
  [[nodiscard]] Fingerprint fingerprint(const AccountId& account, int kind,
                                        std::string_view key) const override {
    return key_.print(account, kind, key);
  }
  [[nodiscard]] Figures figures() const override { return writer_->figures(); }

  void close() override {
    // Writes first: their `done` may still read. The writer's connection goes last, with this
    // object, and copies the WAL back because it is the only one left.
    writer_->stop();
    if (readers_) {
      readers_->stop();
    }
  }

 private:
  FileLock lock_;
  std::optional<Connection> connection_;
  FingerprintKey key_;
  std::optional<Queries> queries_;
  WriteState state_;
  std::optional<SqliteTransaction> transaction_;
  std::optional<Writer> writer_;
  std::unique_ptr<ReaderPool> readers_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(SqliteOptions options, const base::Clock& clock,
                                                 base::IdSource& ids) {
  try {
    JACKFIELD_TRY(FileLock lock, FileLock::take(options.path));
    JACKFIELD_TRY([[maybe_unused]] const bool is_new, create_if_missing(options.path));
    Connection::Options writing;
    writing.mode = Connection::Mode::write;
    writing.busy_timeout_ms = options.busy_timeout_ms;
    writing.cache_kib = options.cache_kib;
    JACKFIELD_TRY(Connection connection, Connection::open(options.path, writing));
    JACKFIELD_TRY([[maybe_unused]] const Done whole, check_file(connection, options));
    JACKFIELD_TRY([[maybe_unused]] const Done migrated,
                  migrate(connection, options.path, sqlite_migrations(), clock.unix_ms()));
    make_partitions(connection, std::clamp(options.partitions, 1, kPartitionsMax));

    auto store =
        std::make_unique<SqliteStore>(options, std::move(lock), std::move(connection), clock, ids);
    Connection::Options reading;
    reading.busy_timeout_ms = options.busy_timeout_ms;
    reading.cache_kib = std::max(options.cache_kib / 8, 256);
    JACKFIELD_TRY(auto readers, ReaderPool::open(options.path, options.reader_threads, reading));
    store->add_readers(std::move(readers));
    return std::unique_ptr<Store>(std::move(store));
  } catch (const std::exception& failure) {
    return Error{ErrorCode::internal, "opening " + options.path + ": " + failure.what()};
  }
}

}  // namespace jackfield::store
