#include <atomic>
#include <filesystem>

#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/contract/store_suite.h"

namespace jackfield::test {
namespace {

class SqlitePlace final : public StorePlace {
 public:
  SqlitePlace() {
    std::string pattern = testing::TempDir() + "jf_contract.XXXXXX";
    folder_ = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  ~SqlitePlace() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<store::Store> open() override {
    store::SqliteOptions options;
    options.path = folder_ + "/store.db";
    auto opened = store::open_sqlite_store(options, clock_, ids_);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().text);
    return opened ? *std::move(opened) : nullptr;
  }

 private:
  std::string folder_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite,
                         testing::Values(StoreBackend{
                             "sqlite", [] { return std::make_unique<SqlitePlace>(); }}),
                         [](const auto& backend) { return backend.param.name; });

}  // namespace
}  // namespace jackfield::test
