#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/store/store.h"

namespace jackfield::test {

/// One place where a store lives, empty at first. Each backend has one; the suite knows no more.
class StorePlace {
 public:
  virtual ~StorePlace() = default;
  /// Opens what is there. The store before it is gone.
  virtual std::unique_ptr<store::Store> open() = 0;
};

struct StoreBackend {
  std::string name;
  std::function<std::unique_ptr<StorePlace>()> make;
};

/// What every store promises (core/store/store.h).
class StoreSuite : public testing::TestWithParam<StoreBackend> {
 protected:
  static constexpr std::int64_t kNow = 1'800'000'000'000;
  static constexpr std::int64_t kDay = 24LL * 3600 * 1000;

  StoreSuite() : place_(GetParam().make()), store_(place_->open()) {}

  void reopen();
  store::Store& store() { return *store_; }

  /// One write, waited for.
  Status write(store::Store::Work work);
  /// One read, waited for.
  void read(store::Store::Read read);

  /// A waiting conversation with `address`; the one that is open when there is one.
  model::Conversation conversation_with(const std::string& address,
                                        const std::string& name = "Ada");
  model::MessageId append(model::ConversationId conversation, model::Message message = {});
  std::vector<model::Event> events(std::int64_t after = 0, int limit = 1000);

  static model::Message inbound(const std::string& text, std::int64_t time = kNow);
  static model::Message outbound(const std::string& text, model::MessageStatus status,
                                 std::int64_t time = kNow);
  static model::Event event(const std::string& subject);

  const model::AccountId account_{"mock:main"};
  const model::AccountId other_account_{"mock:other"};

 private:
  std::unique_ptr<StorePlace> place_;
  std::unique_ptr<store::Store> store_;
};

/// "1 2 3"
std::string sequences(const std::vector<model::Event>& events);

}  // namespace jackfield::test
