#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "core/store/store.h"
#include "jackfield/result.h"

namespace jackfield::store {

/// What SQLite said when a statement could not run, with what follows from it.
class SqliteFailure : public StoreFailure {
 public:
  enum class Kind : std::uint8_t {
    work,     ///< This statement or its values are wrong; others are not concerned.
    full,     ///< No room on the disk; it works again when there is.
    disk,     ///< The file can't be read or written now.
    corrupt,  ///< The file is damaged.
    fsync,    ///< What is on the disk is no longer known.
  };
  SqliteFailure(Kind kind, const std::string& text) : StoreFailure(text), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }
  /// Whether the whole transaction is lost, not just one statement of it.
  [[nodiscard]] bool ends_transaction() const { return kind_ != Kind::work; }

 private:
  Kind kind_;
};

/// One open database file. One thread at a time.
class Connection {
 public:
  enum class Mode : std::uint8_t {
    write,  ///< The one that writes and checkpoints.
    read,   ///< Sees, never changes, never checkpoints.
  };
  struct Options {
    Mode mode = Mode::read;
    int busy_timeout_ms = 250;
    int cache_kib = 8 * 1024;
  };

  /// Error: internal, when the file can't be opened or is not what `options` need.
  static Result<Connection> open(const std::string& path, const Options& options);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Write mode only, once: WAL and fsync at every commit, checked. Error: internal.
  Status begin_writing();

  /// Runs statements without values or results. Throws SqliteFailure.
  void execute(const char* sql);
  /// The first column of the first row as text; empty when there is none. Throws SqliteFailure.
  std::string ask(const char* sql);

  /// Throws what `code` means; remembers a failure that ends the transaction, see loss().
  [[noreturn]] void fail(int code, std::string_view doing);
  /// The failure since the last forget_loss() that lost the transaction, if any. Kept because the
  /// work that met it may have swallowed the exception.
  [[nodiscard]] const std::optional<SqliteFailure>& loss() const { return loss_; }
  void forget_loss() { loss_.reset(); }

  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  /// Rows changed since the connection was opened.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_total_changes64(db_); }
  [[nodiscard]] sqlite3* raw() const { return db_; }

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  Status configure(const Options& options);

  sqlite3* db_ = nullptr;
  std::optional<SqliteFailure> loss_;
};

}  // namespace jackfield::store
