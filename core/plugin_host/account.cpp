#include "core/plugin_host/account.h"

#include <algorithm>
#include <utility>

#include "core/plugin_host/generation.h"

namespace jackfield::plugin_host {

// Shorter ones would blot out ordinary words.
constexpr std::size_t kSecretBytesMin = 6;

Account::Account(model::AccountId account, const base::AccountSettings& settings,
                 json::Document config, KvPort& kv_port)
    : id(std::move(account)),
      config_json(settings.config_json.empty() ? "{}" : settings.config_json),
      secrets(settings.secrets),
      kv(kv_port, id),
      config_(std::move(config)) {}

std::string Account::without_secrets(std::string_view text) const {
  std::string out(text);
  for (const auto& [pointer, secret] : secrets) {
    const std::string& value = secret.reveal();
    if (value.size() < kSecretBytesMin) {
      continue;
    }
    for (std::size_t at = out.find(value); at != std::string::npos; at = out.find(value, at)) {
      out.replace(at, value.size(), "***");
    }
  }
  return out;
}

bool Account::add_to_metric(std::string_view name, double value, bool is_gauge) {
  const std::lock_guard lock(mutex_);
  auto it = metrics_.find(name);
  if (it == metrics_.end()) {
    if (metrics_.size() >= kMetricsMax) {
      return false;
    }
    it = metrics_.emplace(std::string(name), 0.0).first;
  }
  it->second = is_gauge ? value : it->second + value;
  return true;
}

std::map<std::string, double> Account::metrics() const {
  const std::lock_guard lock(mutex_);
  return {metrics_.begin(), metrics_.end()};
}

bool Account::identify(std::string provider_id) {
  const std::lock_guard lock(mutex_);
  if (std::find(provider_ids_.begin(), provider_ids_.end(), provider_id) != provider_ids_.end()) {
    return true;
  }
  if (provider_ids_.size() >= kProviderIdsMax) {
    return false;
  }
  provider_ids_.push_back(std::move(provider_id));
  return true;
}

std::vector<std::string> Account::provider_ids() const {
  const std::lock_guard lock(mutex_);
  return provider_ids_;
}

void Account::set_ready(bool is_ready, std::string why) {
  const std::lock_guard lock(mutex_);
  is_ready_ = is_ready;
  why_not_ = is_ready ? std::string() : std::move(why);
}

bool Account::is_ready() const {
  const std::lock_guard lock(mutex_);
  return is_ready_;
}

std::string Account::why_not_ready() const {
  const std::lock_guard lock(mutex_);
  return why_not_;
}

void Account::set_current(std::shared_ptr<Generation> generation) {
  // The old one is let go outside the lock.
  const std::lock_guard lock(mutex_);
  current_.swap(generation);
}

std::shared_ptr<Generation> Account::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Accounts::add(std::shared_ptr<Account> account) {
  const std::lock_guard lock(mutex_);
  accounts_[account->id.text] = std::move(account);
}

std::shared_ptr<Account> Accounts::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto it = accounts_.find(id);
  return it == accounts_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<Account>> Accounts::all() const {
  std::vector<std::shared_ptr<Account>> list;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, account] : accounts_) {
    list.push_back(account);
  }
  return list;
}

void Accounts::clear() {
  const std::lock_guard lock(mutex_);
  accounts_.clear();
}

}  // namespace jackfield::plugin_host
