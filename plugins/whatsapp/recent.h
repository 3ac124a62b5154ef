// Small memories of one account, bounded and lost at a restart without harm.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace jackfield::whatsapp {

/// The newest message of each contact: WhatsApp's typing indicator answers a message, not a person.
/// When it is full it starts afresh; typing then waits for the contact's next message.
class NewestMessages {
 public:
  static constexpr std::size_t kContactsMax = 4096;
  /// The indicator lasts 25 s; repeating it sooner than this is waste.
  static constexpr std::int64_t kTypingAgainUs = 20'000'000;

  void remember(const std::string& address, const std::string& external_id);
  /// The message to answer with an indicator now; "" when none is known or one is still showing.
  std::string typing_due(const std::string& address, std::int64_t now_us);
  [[nodiscard]] bool knows(const std::string& address) const {
    return by_address_.count(address) != 0;
  }

 private:
  struct Newest {
    std::string external_id;
    std::int64_t typing_until_us = 0;
  };
  std::unordered_map<std::string, Newest> by_address_;
};

/// How often in a row WhatsApp has said that we are too fast for one contact.
class PairRefusals {
 public:
  static constexpr std::size_t kContactsMax = 4096;

  /// Counts one more and returns how many it is now.
  std::uint32_t add(const std::string& address);
  void clear(const std::string& address) { by_address_.erase(address); }

 private:
  std::unordered_map<std::string, std::uint32_t> by_address_;
};

}  // namespace jackfield::whatsapp
