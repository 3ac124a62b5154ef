#include "plugins/whatsapp/recent.h"

namespace jackfield::whatsapp {

void NewestMessages::remember(const std::string& address, const std::string& external_id) {
  if (by_address_.size() >= kContactsMax && by_address_.count(address) == 0) {
    by_address_.clear();
  }
  by_address_[address] = {external_id, 0};
}

std::string NewestMessages::typing_due(const std::string& address, std::int64_t now_us) {
  const auto newest = by_address_.find(address);
  if (newest == by_address_.end() || now_us < newest->second.typing_until_us) {
    return {};
  }
  newest->second.typing_until_us = now_us + kTypingAgainUs;
  return newest->second.external_id;
}

std::uint32_t PairRefusals::add(const std::string& address) {
  if (by_address_.size() >= kContactsMax && by_address_.count(address) == 0) {
    by_address_.clear();
  }
  return ++by_address_[address];
}

}  // namespace jackfield::whatsapp
