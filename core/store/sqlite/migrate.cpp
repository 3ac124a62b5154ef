#include "core/store/sqlite/migrate.h"

#include <cstdio>

#include "core/base/log.h"
#include "core/store/sqlite/statement.h"

namespace jackfield::store {
namespace {

/// "JFLD" in the file's header: whose database this is, for `file` and for us.
constexpr std::int64_t kApplicationId = 0x4a464c44;

std::int64_t number_from(Connection& connection, const char* sql) {
  const std::string answer = connection.ask(sql);
  return answer.empty() ? 0 : std::stoll(answer);
}

/// The newest step the database has; 0 for an empty file. Error: not ours.
Result<int> newest_step(Connection& connection, const std::string& path) {
  if (number_from(connection, "SELECT count(*) FROM sqlite_schema") == 0) {
    return 0;
  }
  if (number_from(connection, "PRAGMA application_id") != kApplicationId) {
    return Error{ErrorCode::internal,
                 path + " is a database of another program; choose another store.path"};
  }
  return static_cast<int>(number_from(connection, "SELECT max(number) FROM migration"));
}

void begin_database(Connection& connection) {
  connection.execute("BEGIN IMMEDIATE");
  connection.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  connection.execute(
      "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "applied_ms INTEGER NOT NULL) STRICT");
  connection.execute("COMMIT");
}

void apply(Connection& connection, const Migration& step, std::int64_t now_ms) {
  connection.execute("BEGIN IMMEDIATE");
  connection.execute(step.sql);
  Statement(connection, "INSERT INTO migration (number, name, applied_ms) VALUES (?, ?, ?)")
      .run(step.number, std::string_view(step.name), now_ms);
  connection.execute("COMMIT");
  base::log::info("store.migrated", {{"step", step.number}, {"name", step.name}});
}

/// A whole copy under its final name, or none.
void copy_aside(Connection& connection, const std::string& path, int number) {
  const std::string target = path + ".before-" + std::to_string(number);
  const std::string unfinished = target + ".unfinished";
  static_cast<void>(std::remove(unfinished.c_str()));
  Statement(connection, "VACUUM INTO ?").run(std::string_view(unfinished));
  if (std::rename(unfinished.c_str(), target.c_str()) != 0) {
    throw StoreFailure("cannot rename " + unfinished + " to " + target);
  }
  base::log::info("store.copied_before_migration", {{"path", target}});
}

void migrate_from(Connection& connection, const std::string& path, int newest,
                  std::span<const Migration> steps, std::int64_t now_ms) {
  if (number_from(connection, "SELECT count(*) FROM sqlite_schema") == 0) {
    begin_database(connection);
  }
  bool is_copied = newest == 0;
  for (const Migration& step : steps) {
    if (step.number <= newest) {
      continue;
    }
    if (!is_copied) {
      copy_aside(connection, path, step.number);
      is_copied = true;
    }
    apply(connection, step, now_ms);
  }
}

}  // namespace

Status migrate(Connection& connection, const std::string& path, std::span<const Migration> steps,
               std::int64_t now_ms) {
  try {
    JACKFIELD_TRY(const int newest, newest_step(connection, path));
    const int known = steps.empty() ? 0 : steps.back().number;
    if (newest > known) {
      return Error{ErrorCode::internal, path + " has schema " + std::to_string(newest) +
                                            ", this program knows up to " + std::to_string(known) +
                                            ": start the newer program, or restore the copy " +
                                            path + ".before-" + std::to_string(known + 1)};
    }
    JACKFIELD_TRY([[maybe_unused]] const Done ready, connection.begin_writing());
    migrate_from(connection, path, newest, steps, now_ms);
    return Done{};
  } catch (const StoreFailure& failure) {
    if (connection.in_transaction()) {
      sqlite3_exec(connection.raw(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    return Error{ErrorCode::internal, "migrating " + path + ": " + failure.what()};
  }
}

Status check_for_damage(Connection& connection, const std::string& path) {
  std::string finding;
  try {
    finding = connection.ask("PRAGMA quick_check(1)");
  } catch (const SqliteFailure& failure) {
    finding = failure.what();
  }
  if (finding == "ok") {
    return Done{};
  }
  return Error{ErrorCode::internal,
               path + " is damaged: " + finding + ". Nothing was changed. Keep a copy of " + path +
                   " and " + path + "-wal, then restore the newest backup, or save what can be " +
                   "read with: sqlite3 " + path + " .recover | sqlite3 recovered.db"};
}

}  // namespace jackfield::store
