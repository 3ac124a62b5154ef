#include "tests/contract/store_suite.h"

#include <future>
#include <utility>

namespace jackfield::test {

using store::Transaction;

void StoreSuite::reopen() {
  store_.reset();
  store_ = place_->open();
  ASSERT_NE(store_, nullptr);
}

Status StoreSuite::write(store::Store::Work work) {
  std::promise<Status> promise;
  auto result = promise.get_future();
  const Status accepted = store_->write(
      std::move(work), [&promise](const Status& status) { promise.set_value(status); });
  return accepted ? result.get() : accepted;
}

void StoreSuite::read(store::Store::Read read) {
  std::promise<void> promise;
  auto result = promise.get_future();
  const Status accepted = store_->read([&](store::Reader& reader) {
    try {
      read(reader);
      promise.set_value();
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  });
  ASSERT_TRUE(accepted);
  ASSERT_NO_THROW(result.get());
}

model::Conversation StoreSuite::conversation_with(const std::string& address,
                                                  const std::string& name) {
  model::Conversation found;
  const Status done = write([&](Transaction& tx) {
    const auto who = tx.know_address(account_, address, name, kNow);
    bool is_new = false;
    found = tx.open_or_new_conversation(account_, who, kNow, is_new);
  });
  EXPECT_TRUE(done) << done.error().text;
  return found;
}

model::MessageId StoreSuite::append(model::ConversationId conversation, model::Message message) {
  message.id.conversation = conversation;
  model::MessageId id;
  const Status done = write([&](Transaction& tx) { id = tx.append_message(message); });
  EXPECT_TRUE(done) << done.error().text;
  return id;
}

std::vector<model::Event> StoreSuite::events(std::int64_t after, int limit) {
  std::vector<model::Event> found;
  read([&](store::Reader& reader) { found = reader.events(0, after, limit); });
  return found;
}

model::Message StoreSuite::inbound(const std::string& text, std::int64_t time) {
  model::Message message;
  message.created_ms = time;
  message.parts.emplace_back().text = text;
  return message;
}

model::Message StoreSuite::outbound(const std::string& text, model::MessageStatus status,
                                    std::int64_t time) {
  model::Message message = inbound(text, time);
  message.direction = model::Direction::outbound;
  message.status = status;
  message.part_status = {status};
  return message;
}

model::Event StoreSuite::event(const std::string& subject) {
  model::Event made;
  made.time_ms = kNow;
  made.type = "jf.test";
  made.subject = subject;
  made.data = "{}";
  return made;
}

std::string sequences(const std::vector<model::Event>& events) {
  std::string line;
  for (const model::Event& event : events) {
    line += (line.empty() ? "" : " ") + std::to_string(event.sequence);
  }
  return line;
}

}  // namespace jackfield::test
