#include "core/store/sqlite/statement.h"

namespace jackfield::store {

Statement::Statement(Connection& connection, const char* sql) : connection_(connection) {
  const int code =
      sqlite3_prepare_v3(connection.raw(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw_, nullptr);
  if (code != SQLITE_OK) {
    connection.fail(code, sql);
  }
}

bool Statement::Rows::next() {
  const int code = sqlite3_step(statement_->raw_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    statement_->connection_.fail(code, sqlite3_sql(statement_->raw_));
  }
  return false;
}

std::string_view Statement::Rows::view(int column) const {
  // The type first: asking a TEXT for its blob converts nothing, and both give the bytes as stored.
  const void* data = sqlite3_column_blob(statement_->raw_, column);
  const int size = sqlite3_column_bytes(statement_->raw_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

int Statement::run_bound() {
  const int code = sqlite3_step(raw_);
  const int changed = sqlite3_changes(connection_.raw());
  if (code != SQLITE_DONE && code != SQLITE_ROW) {
    // Reset only after the message was read: it forgets what went wrong.
    struct Reset {
      sqlite3_stmt* raw;
      ~Reset() { sqlite3_reset(raw); }
    } const reset{raw_};
    connection_.fail(code, sqlite3_sql(raw_));
  }
  sqlite3_reset(raw_);
  return changed;
}

}  // namespace jackfield::store
