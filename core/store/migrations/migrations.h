#pragma once

#include <span>

namespace jackfield::store {

/// One step of the schema. Steps are numbered from 1 without gaps and never change once released.
struct Migration {
  int number = 0;
  const char* name = "";
  const char* sql = "";
};

/// The steps of the SQLite schema, in order: migrations/sqlite/*.sql.
std::span<const Migration> sqlite_migrations();

}  // namespace jackfield::store
