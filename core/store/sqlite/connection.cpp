#include "core/store/sqlite/connection.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace jackfield::store {
namespace {

using Kind = SqliteFailure::Kind;

/// SQLite calls only ENOSPC "full"; a file size limit and a quota mean the same to us.
bool is_no_room(int system_errno) {
  return system_errno == ENOSPC || system_errno == EFBIG || system_errno == EDQUOT;
}

/// Asks the files themselves: sqlite3_system_errno() is not set when COMMIT fails.
bool is_no_room(sqlite3* db) {
  int of_database = 0;
  int of_wal = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &of_database);
  sqlite3_file* wal = nullptr;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal));
  if (wal != nullptr && wal->pMethods != nullptr) {
    wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &of_wal);
  }
  return is_no_room(of_database) || is_no_room(of_wal);
}

Kind kind_of(int extended_code, sqlite3* db) {
  switch (extended_code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return Kind::fsync;
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMSIZE:
      return is_no_room(db) ? Kind::full : Kind::disk;
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_FULL:
      return Kind::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::corrupt;
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_PERM:
      return Kind::disk;
    default:
      return Kind::work;
  }
}

std::string text_of(Kind kind, sqlite3* db, int code, std::string_view doing) {
  std::string text;
  switch (kind) {
    case Kind::full:
      text = "disk full: free space where the database is; nothing of this write was kept";
      break;
    case Kind::fsync:
      text = "fsync failed: the process must end, check the disk before it starts again";
      break;
    case Kind::corrupt:
      text = "the database is damaged: stop, keep a copy, restore the newest backup";
      break;
    case Kind::disk:
      text = "the database can't be used now";
      break;
    case Kind::work:
      text = "the database refused a statement";
      break;
  }
  text.append(" (").append(doing).append(": ").append(sqlite3_errstr(code));
  const char* more = sqlite3_errmsg(db);
  if (more != nullptr && *more != '\0') {
    text.append(": ").append(more);
  }
  return text.append(", code ").append(std::to_string(code)).append(")");
}

}  // namespace

Result<Connection> Connection::open(const std::string& path, const Options& options) {
  const int flags = (options.mode == Mode::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) {
    return Error{ErrorCode::internal, "cannot open database " + path + ": " + sqlite3_errstr(code)};
  }
  JACKFIELD_TRY([[maybe_unused]] const Done done, connection.configure(options));
  return connection;
}

Status Connection::configure(const Options& options) {
  try {
    sqlite3_busy_timeout(db_, options.busy_timeout_ms);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    execute("PRAGMA mmap_size=0; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY");
    // Nobody checkpoints by the way: SQLite before 3.51.3 can damage the file when one connection
    // checkpoints while another commits. The writer does it between two commits and looks at the
    // result, which the automatic checkpoint throws away.
    execute("PRAGMA wal_autocheckpoint=0");
    execute(("PRAGMA cache_size=-" + std::to_string(options.cache_kib)).c_str());
    if (options.mode == Mode::read) {
      execute("PRAGMA query_only=ON");
      sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    return Done{};
  } catch (const SqliteFailure& failure) {
    return Error{ErrorCode::internal, failure.what()};
  }
}

Status Connection::begin_writing() {
  try {
    // Can fail without an error, for example on a full disk: only the answer counts.
    if (const std::string mode = ask("PRAGMA journal_mode=WAL"); mode != "wal") {
      return Error{ErrorCode::internal,
                   "the database stays in journal mode '" + mode +
                       "' instead of 'wal': is the disk full, or a network file system?"};
    }
    execute("PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864");
    if (const std::string level = ask("PRAGMA synchronous"); level != "2") {
      return Error{ErrorCode::internal, "PRAGMA synchronous is " + level + ", must be 2 (FULL)"};
    }
    return Done{};
  } catch (const SqliteFailure& failure) {
    return Error{ErrorCode::internal, failure.what()};
  }
}

Connection::Connection(Connection&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)), loss_(std::move(other.loss_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(loss_, other.loss_);
  return *this;
}

Connection::~Connection() {
  sqlite3_close_v2(db_);
}

void Connection::execute(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    fail(code, sql);
  }
}

std::string Connection::ask(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr);
  std::string answer;
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
      const auto* text = sqlite3_column_text(statement, 0);
      answer = text == nullptr ? "" : reinterpret_cast<const char*>(text);
    }
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
    fail(code, sql);
  }
  return answer;
}

void Connection::fail(int code, std::string_view doing) {
  const Kind kind = kind_of(code, db_);
  SqliteFailure failure(kind, text_of(kind, db_, code, doing.substr(0, 120)));
  if (failure.ends_transaction() && !loss_) {
    loss_ = failure;
  }
  throw failure;
}

}  // namespace jackfield::store
