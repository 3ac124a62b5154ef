// Disks that are full, processes that die.
#include <array>
#include <filesystem>
#include <string>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/sqlite/connection.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace jackfield::test {
namespace {

class SqliteTrouble : public SqliteTest {
 protected:
  static model::Event event(const std::string& data) {
    model::Event made;
    made.time_ms = 1;
    made.type = "jf.test";
    made.data = data;
    return made;
  }
  /// Runs `body` in a process of its own; its exit status.
  template <class Body>
  static int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
};

/// Step by step: which promise did not hold? 0: all did.
int fill_the_disk(store::Store& store, const std::string& path) {
  const auto write = [&store](std::size_t bytes) {
    std::promise<Status> promise;
    auto result = promise.get_future();
    const Status accepted = store.write(
        [bytes](store::Transaction& tx) {
          tx.add_arrival({"mock:main"}, "text/plain", std::string(bytes, 'x'), 1);
          model::Event made;
          made.time_ms = 1;
          made.type = "jf.test";
          tx.append_event(std::move(made));
        },
        [&promise](const Status& status) { promise.set_value(status); });
    return accepted ? result.get() : accepted;
  };
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit all{};
  ::getrlimit(RLIMIT_FSIZE, &all);
  if (!write(1'000)) {
    return 1;
  }
  rlimit little = all;
  little.rlim_cur = std::filesystem::file_size(path + "-wal") + 200'000;
  ::setrlimit(RLIMIT_FSIZE, &little);
  Status failed = Done{};
  int written = 1;
  while (failed && written < 10'000) {
    failed = write(50'000);
    written += failed ? 1 : 0;
  }
  if (failed || failed.error().code != ErrorCode::internal ||
      failed.error().text.find("disk full") == std::string::npos) {
    return 2;
  }
  if (!store.is_healthy()) {
    return 3;
  }
  if (write(50'000)) {
    return 4;
  }
  ::setrlimit(RLIMIT_FSIZE, &all);
  if (!write(50'000)) {
    return 5;  // It must recover by itself.
  }
  std::promise<std::int64_t> head;
  static_cast<void>(
      store.read([&head](store::Reader& reader) { head.set_value(reader.head(0).sequence); }));
  return head.get_future().get() == written + 1 ? 0 : 6;
}

TEST_F(SqliteTrouble, AFullDiskRefusesWritesAndIsForgottenWhenThereIsRoom) {
  // A process of its own: the limit would hit the test's own log too.
  EXPECT_EQ(in_child([this] {
              auto opened = open();
              return opened ? fill_the_disk(**opened, path_) : 100;
            }),
            0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(SqliteTrouble, AForeignLockFailsTheWriteInTimeAndIsForgotten) {
  auto opened = open();
  ASSERT_TRUE(opened);
  store::Connection::Options options;
  options.mode = store::Connection::Mode::write;
  auto intruder = store::Connection::open(path_, options);
  ASSERT_TRUE(intruder);
  intruder->execute("BEGIN IMMEDIATE");
  const Status failed =
      write(**opened, [](store::Transaction& tx) { tx.append_event(event("{}")); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::internal);
  EXPECT_TRUE((*opened)->is_healthy());
  intruder->execute("ROLLBACK");
  EXPECT_TRUE(write(**opened, [](store::Transaction& tx) { EXPECT_EQ(tx.head(0).sequence, 0); }));
}

/// The child: writes for ever and reports each acknowledged sequence through `out`.
void write_until_killed(store::Store& store, int out) {
  for (int writer = 0;; ++writer) {
    auto sequence = std::make_shared<std::int64_t>(0);
    static_cast<void>(store.write(
        [sequence](store::Transaction& tx) {
          tx.append_event([] {
            model::Event made;
            made.time_ms = 1;
            made.type = "jf.test";
            return made;
          }());
          *sequence = tx.head(0).sequence;
        },
        [sequence, out](const Status& status) {
          if (status) {
            static_cast<void>(!::write(out, sequence.get(), sizeof *sequence));
          }
        }));
    if (writer % 16 == 0) {
      while (store.figures().waiting > 64) {
        std::this_thread::yield();
      }
    }
  }
}

TEST_F(SqliteTrouble, WhatWasAcknowledgedOutlivesKillNine) {
  std::int64_t newest = 0;
  for (int round = 0; round < 3; ++round) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      auto opened = open();
      if (opened) {
        write_until_killed(**opened, pipe[1]);
      }
      ::_exit(1);
    }
    ::close(pipe[1]);
    std::int64_t sequence = 0;
    int acknowledged = 0;
    while (::read(pipe[0], &sequence, sizeof sequence) == sizeof sequence) {
      EXPECT_EQ(sequence > newest, true);
      newest = sequence;
      if (++acknowledged == 300 + round * 77) {
        ::kill(child, SIGKILL);
      }
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_GE(acknowledged, 300);

    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().text;
    ASSERT_TRUE(write(**opened, [&newest](store::Transaction& tx) {
      const std::int64_t head = tx.head(0).sequence;
      EXPECT_GE(head, newest);
      std::int64_t expected = 0;
      while (expected < head) {
        for (const auto& one : tx.events(0, expected, 1'000)) {
          ASSERT_EQ(one.sequence, ++expected);
        }
      }
      newest = head;
    }));
  }
}

#ifdef JACKFIELD_FAILPOINTS
constexpr const char* kChildPath = "JF_STORE_TEST_CHILD_PATH";

/// The process that dies in the test below: failpoints are read once per process, so it is a new
/// one.
TEST_F(SqliteTrouble, ChildThatWritesTwoEvents) {
  const char* path = std::getenv(kChildPath);
  if (path == nullptr) {
    GTEST_SKIP() << "runs as a child of ADeathAroundTheCommitKeepsAllOrNothing";
  }
  path_ = path;
  auto opened = open();
  ASSERT_TRUE(opened);
  (*opened)->set_commit_listener([](const std::vector<model::Event>&) {});
  static_cast<void>(write(**opened, [](store::Transaction& tx) {
    tx.append_event(event("{}"));
    tx.append_event(event("{}"));
  }));
  (*opened)->close();
}

TEST_F(SqliteTrouble, ADeathAroundTheCommitKeepsAllOrNothing) {
  struct Case {
    const char* failpoint;
    std::int64_t head;  ///< After the restart.
  };
  const Case cases[] = {
      {"store.before_commit=kill", 0},
      {"store.after_commit=kill", 2},
      {"store.before_listener=kill", 4},
  };
  for (const Case& one : cases) {
    const int status = in_child([&] {
      ::setenv("JACKFIELD_FAILPOINT", one.failpoint, 1);
      ::setenv(kChildPath, path_.c_str(), 1);
      ::execl("/proc/self/exe", "child", "--gtest_filter=SqliteTrouble.ChildThatWritesTwoEvents",
              static_cast<char*>(nullptr));
      return 1;
    });
    EXPECT_EQ(status, 1000 + SIGKILL) << one.failpoint;
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().text;
    ASSERT_TRUE(write(**opened, [&one](store::Transaction& tx) {
      EXPECT_EQ(tx.head(0).sequence, one.head) << one.failpoint;
    }));
  }
}
#endif

TEST_F(SqliteTrouble, TheCheckpointKeepsTheWalSmall) {
  store::SqliteOptions options;
  options.path = path_;
  options.checkpoint_pages = 100;
  auto opened = store::open_sqlite_store(options, clock_, ids_);
  ASSERT_TRUE(opened);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(write(**opened, [](store::Transaction& tx) {
      tx.add_arrival({"mock:main"}, "text/plain", std::string(20'000, 'x'), 1);
    }));
  }
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 2'000'000U);
  EXPECT_GT(std::filesystem::file_size(path_), 3'000'000U);
}

TEST_F(SqliteTrouble, MigrationsSurviveAKillAtAnyMoment) {
  for (int round = 0; round < 12; ++round) {
    std::filesystem::remove(path_);
    const pid_t child = ::fork();
    if (child == 0) {
      const bool is_open = open().has_value();
      ::_exit(is_open ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(round * 1'500));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(refusal(), "") << "round " << round;
  }
}

}  // namespace
}  // namespace jackfield::test
