// Opening: the lock, the journal mode, migrations, damage.
#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/queries.h"
#include "core/store/sqlite/statement.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace jackfield::test {
namespace {

using store::Connection;
using store::Migration;

class SqliteOpen : public SqliteTest {
 protected:
  Connection connect() {
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT, 0600);
    ::close(file);
    Connection::Options options;
    options.mode = Connection::Mode::write;
    auto connection = Connection::open(path_, options);
    EXPECT_TRUE(connection);
    return *std::move(connection);
  }
  std::string ask(const char* sql) { return connect().ask(sql); }
  Status migrate(std::span<const Migration> steps) {
    Connection connection = connect();
    return store::migrate(connection, path_, steps, 1'000);
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(SqliteOpen, ANewDatabaseIsOursInWalModeAndForOurEyesOnly) {
  {
    ASSERT_EQ(refusal(), "");
  }
  EXPECT_EQ(ask("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(ask("PRAGMA application_id"), "1246121028");
  EXPECT_EQ(ask("SELECT group_concat(number || ' ' || name) FROM migration"), "1 start");
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                "AND sql NOT LIKE '%STRICT%'"),
            "0");
  struct stat file{};
  ASSERT_EQ(::stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  // Closed properly: nothing is left in the WAL.
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(SqliteOpen, OpeningAgainChangesNothing) {
  {
    ASSERT_EQ(refusal(), "");
  }
  const std::string before = ask("SELECT applied_ms FROM migration");
  {
    ASSERT_EQ(refusal(), "");
  }
  EXPECT_EQ(ask("SELECT applied_ms FROM migration"), before);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-1"));
}

TEST_F(SqliteOpen, ASecondOpenerIsToldWhoHasIt) {
  auto first = open();
  ASSERT_TRUE(first);
  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "in use by process " + std::to_string(::getpid()))) << why;
  *first = nullptr;
  EXPECT_EQ(refusal(), "");
}

TEST_F(SqliteOpen, ANewerDatabaseIsRefusedWithBothNumbers) {
  {
    ASSERT_EQ(refusal(), "");
  }
  ask("INSERT INTO migration VALUES (7, 'future', 0)");
  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "schema 7")) << why;
  EXPECT_TRUE(contains(why, "up to 1:")) << why;
}

TEST_F(SqliteOpen, AnotherProgramsDatabaseIsLeftAlone) {
  ask("CREATE TABLE theirs (x)");
  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "another program")) << why;
  EXPECT_EQ(ask("PRAGMA journal_mode"), "delete");
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST_F(SqliteOpen, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(path_) << std::string(10'000, 'x');
  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "is damaged")) << why;
}

TEST_F(SqliteOpen, ADamagedDatabaseIsRefusedWithWhatToDo) {
  {
    auto opened = open();
    ASSERT_TRUE(opened);
    ASSERT_TRUE(write(**opened, [this](store::Transaction& tx) {
      for (int i = 0; i < 2'000; ++i) {
        tx.know_address({"mock:main"}, "tel:" + std::to_string(i), "somebody", 1);
      }
    }));
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(0, std::ios::end);
  const auto pages = file.tellp() / 4096;
  for (std::streamoff page = pages / 2; page < pages; ++page) {
    file.seekp(page * 4096);
    file << std::string(64, '\x7f');
  }
  file.close();

  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "is damaged")) << why;
  EXPECT_TRUE(contains(why, ".recover")) << why;
}

TEST_F(SqliteOpen, AMissingOrForbiddenFolderIsOneClearLine) {
  path_ = folder_ + "/nowhere/store.db";
  const std::string why = refusal();
  EXPECT_TRUE(contains(why, "nowhere/store.db")) << why;
  EXPECT_TRUE(contains(why, "No such file")) << why;
}

constexpr std::array<Migration, 3> kSteps = {
    Migration{1, "one", "CREATE TABLE a (x); INSERT INTO a VALUES (1)"},
    Migration{2, "two", "CREATE TABLE b (x); INSERT INTO b SELECT x FROM a"},
    Migration{3, "bad", "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)"},
};

TEST_F(SqliteOpen, AStepThatFailsLeavesTheStepsBeforeIt) {
  const Status failed = migrate(kSteps);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(contains(failed.error().text, "nowhere")) << failed.error().text;
  EXPECT_EQ(ask("SELECT max(number) FROM migration"), "2");
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), "0");
  EXPECT_EQ(ask("SELECT x FROM b"), "1");
  EXPECT_TRUE(migrate(std::span(kSteps).first(2)));
}

TEST_F(SqliteOpen, AnOlderDatabaseIsCopiedBeforeItIsChanged) {
  ASSERT_TRUE(migrate(std::span(kSteps).first(1)));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-2"));
  std::ofstream(path_ + ".before-2.unfinished") << "from one who died";
  ASSERT_TRUE(migrate(std::span(kSteps).first(2)));
  ASSERT_TRUE(std::filesystem::exists(path_ + ".before-2"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-2.unfinished"));
  EXPECT_EQ(ask("SELECT max(number) FROM migration"), "2");
  path_ += ".before-2";
  EXPECT_EQ(ask("SELECT max(number) FROM migration"), "1");
  EXPECT_EQ(ask("SELECT x FROM a"), "1");
}

TEST_F(SqliteOpen, ListsAndLookUpsNeverSortOrScan) {
  {
    ASSERT_EQ(refusal(), "");
  }
  Connection connection = connect();
  store::Queries queries(connection);
  int checked = 0;
  for (sqlite3_stmt* one = sqlite3_next_stmt(connection.raw(), nullptr); one != nullptr;
       one = sqlite3_next_stmt(connection.raw(), one)) {
    const std::string sql = sqlite3_sql(one);
    store::Statement explain(connection, ("EXPLAIN QUERY PLAN " + sql).c_str());
    auto row = explain.query();
    while (row.next()) {
      const std::string step = row.text(3);
      EXPECT_FALSE(contains(step, "TEMP B-TREE")) << step << " in " << sql;
      EXPECT_FALSE(contains(step, "SCAN") && !contains(sql, "FROM tally")) << step << " in " << sql;
    }
    ++checked;
    if (checked > 100) {
      break;
    }
  }
  EXPECT_GT(checked, 20);
}

}  // namespace
}  // namespace jackfield::test
