#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/store/sqlite/sqlite_store.h"
#include "core/store/store.h"

namespace jackfield::test {

/// A real store in a folder of its own, with waiting forms of read and write, and the events of
/// every commit.
class OpenStore {
 public:
  OpenStore() {
    std::string name = testing::TempDir() + "/jackfield-store-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    open();
  }
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;
  ~OpenStore() {
    store_->close();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  store::Store& operator*() { return *store_; }
  store::Store* operator->() { return store_.get(); }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  void reopen() {
    store_->close();
    store_.reset();
    open();
  }

  template <class Work>
  auto read(Work work) {
    using Value = decltype(work(std::declval<store::Reader&>()));
    std::promise<Value> promise;
    auto value = promise.get_future();
    const Status asked =
        store_->read([&](store::Reader& reader) { promise.set_value(work(reader)); });
    EXPECT_TRUE(asked.has_value());
    return value.get();
  }

  Status write(store::Store::Work work) {
    std::promise<Status> promise;
    auto status = promise.get_future();
    const Status taken =
        store_->write(std::move(work), [&](const Status& written) { promise.set_value(written); });
    return taken ? status.get() : taken;
  }

  /// All events of the journal.
  std::vector<model::Event> events() {
    return read([](store::Reader& reader) { return reader.events(0, 0, 1000); });
  }
  /// Their types, in order.
  std::vector<std::string> event_types() {
    std::vector<std::string> types;
    for (const model::Event& event : events()) {
      types.push_back(event.type);
    }
    return types;
  }

  base::SystemClock clock;
  base::IdSource ids{clock};

 private:
  void open() {
    store::SqliteOptions options;
    options.path = folder_ + "/test.db";
    auto opened = store::open_sqlite_store(options, clock, ids);
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    store_ = *std::move(opened);
    store_->set_commit_listener([](std::vector<model::Event>) {});
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace jackfield::test
