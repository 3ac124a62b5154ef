// An fsync that fails. The two functions below stand in front of libc's, for SQLite too.
#include <atomic>
#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/store/sqlite_fixture.h"

namespace {

std::atomic<bool> is_disk_broken{false};

int sync_or_fail(long number, int file) {
  if (is_disk_broken) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(number, file));
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) int fsync(int file) {
  return sync_or_fail(SYS_fsync, file);
}
__attribute__((visibility("default"))) int fdatasync(int file) {
  return sync_or_fail(SYS_fdatasync, file);
}
}

namespace jackfield::test {
namespace {

class SqliteFsync : public SqliteTest {
 protected:
  ~SqliteFsync() override { is_disk_broken = false; }
  static void append(store::Transaction& tx) {
    model::Event event;
    event.time_ms = 1;
    event.type = "jf.test";
    tx.append_event(std::move(event));
  }
};

TEST_F(SqliteFsync, OnceItFailedNothingIsPromisedAnyMore) {
  auto opened = open();
  ASSERT_TRUE(opened);
  store::Store& store = **opened;
  int heard = 0;
  store.set_commit_listener([&heard](const std::vector<model::Event>&) { ++heard; });
  ASSERT_TRUE(write(store, append));
  is_disk_broken = true;
  const Status failed = write(store, append);
  is_disk_broken = false;

  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text.find("fsync failed"), std::string::npos) << failed.error().text;
  EXPECT_FALSE(store.is_healthy());
  const Status later = write(store, append);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::internal);
  store.close();
  EXPECT_EQ(heard, 1);
}

TEST_F(SqliteFsync, ACheckpointThatFailsIsNotOverlooked) {
  store::SqliteOptions options;
  options.path = path_;
  options.checkpoint_pages = 1;
  auto opened = store::open_sqlite_store(options, clock_, ids_);
  ASSERT_TRUE(opened);
  // The commit's own fsync comes first; the next one is the checkpoint's.
  ASSERT_TRUE((*opened)->write(append, [](const Status&) { is_disk_broken = true; }));
  (*opened)->close();
  EXPECT_FALSE((*opened)->is_healthy());
}

}  // namespace
}  // namespace jackfield::test
