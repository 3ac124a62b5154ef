#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sqlite3.h>

#include "core/store/sqlite/connection.h"

namespace jackfield::store {

/// Bytes bound as a BLOB.
struct Blob {
  std::string_view bytes;
};

/// A statement compiled once and used many times. Its connection outlives it.
class Statement {
 public:
  /// Throws SqliteFailure when `sql` does not fit the schema: a connection that has its statements
  /// has checked them all.
  Statement(Connection& connection, const char* sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(raw_); }

  /// The rows of one use. Resets the statement when it goes; values bound as text are not copied
  /// and live until then. One at a time per statement.
  class Rows {
   public:
    explicit Rows(Statement& statement) : statement_(&statement) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { sqlite3_reset(statement_->raw_); }

    /// Throws SqliteFailure.
    bool next();
    [[nodiscard]] std::int64_t integer(int column) const {
      return sqlite3_column_int64(statement_->raw_, column);
    }
    template <class T>
    [[nodiscard]] T as(int column) const {
      return static_cast<T>(integer(column));
    }
    /// TEXT or BLOB; valid until next().
    [[nodiscard]] std::string_view view(int column) const;
    [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }

   private:
    Statement* statement_;
  };

  /// Binds the values in order and begins.
  template <class... Values>
  [[nodiscard]] Rows query(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return Rows(*this);
  }
  /// Runs to the end; returns how many rows it changed.
  template <class... Values>
  int run(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return run_bound();
  }

 private:
  template <class T>
    requires std::is_integral_v<T>
  void bind(int index, T value) {
    check(sqlite3_bind_int64(raw_, index, static_cast<sqlite3_int64>(value)));
  }
  template <class T>
    requires std::is_enum_v<T>
  void bind(int index, T value) {
    bind(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, std::string_view text) {
    const char* data = text.empty() ? "" : text.data();
    check(sqlite3_bind_text64(raw_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(int index, Blob blob) {
    const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
    check(sqlite3_bind_blob64(raw_, index, data, blob.bytes.size(), SQLITE_STATIC));
  }
  void check(int code) {
    if (code != SQLITE_OK) {
      connection_.fail(code, "binding");
    }
  }
  int run_bound();

  Connection& connection_;
  sqlite3_stmt* raw_ = nullptr;
};

}  // namespace jackfield::store
