#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/store/sqlite/sqlite_store.h"

namespace jackfield::test {

/// A folder of its own with one database in it.
class SqliteTest : public testing::Test {
 protected:
  SqliteTest() {
    std::string pattern = testing::TempDir() + "jf_sqlite.XXXXXX";
    folder_ = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
    path_ = folder_ + "/store.db";
  }
  ~SqliteTest() override { std::filesystem::remove_all(folder_); }

  Result<std::unique_ptr<store::Store>> open() {
    store::SqliteOptions options;
    options.path = path_;
    return store::open_sqlite_store(options, clock_, ids_);
  }
  /// The text of why it can't be opened; "" when it can.
  std::string refusal() {
    auto opened = open();
    return opened ? "" : opened.error().text;
  }

  static Status write(store::Store& store, store::Store::Work work) {
    std::promise<Status> promise;
    auto result = promise.get_future();
    const Status accepted = store.write(
        std::move(work), [&promise](const Status& status) { promise.set_value(status); });
    return accepted ? result.get() : accepted;
  }

  std::string folder_;
  std::string path_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_};
};

}  // namespace jackfield::test
