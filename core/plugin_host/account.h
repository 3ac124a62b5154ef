#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/settings.h"
#include "core/model/ids.h"
#include "core/plugin_host/kv_cache.h"
#include "core/plugin_host/open_requests.h"
#include "core/plugin_host/open_sockets.h"
#include "core/plugin_host/routes.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {

class Generation;

/// What belongs to an account whatever version of its plugin serves it: settings, routes, open
/// requests and sockets, kept values, counters. Any thread.
class Account {
 public:
  static constexpr std::size_t kMetricsMax = 100;
  static constexpr std::size_t kProviderIdsMax = 16;

  /// `config` is the parsed settings.config_json.
  Account(model::AccountId account, const base::AccountSettings& settings, json::Document config,
          KvPort& kv_port);

  const model::AccountId id;
  const std::string config_json;
  const std::map<std::string, base::Secret> secrets;
  Routes routes;
  OpenRequests requests;
  OpenSockets sockets;
  KvCache kv;

  [[nodiscard]] json::Value config() const { return config_.root(); }
  /// `text` with every secret of the account in it blotted out.
  [[nodiscard]] std::string without_secrets(std::string_view text) const;

  /// False when the account has too many names already.
  bool add_to_metric(std::string_view name, double value, bool is_gauge);
  [[nodiscard]] std::map<std::string, double> metrics() const;

  /// Only while the instance is being created.
  bool identify(std::string provider_id);
  [[nodiscard]] std::vector<std::string> provider_ids() const;

  void set_ready(bool is_ready, std::string why);
  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] std::string why_not_ready() const;

  void set_current(std::shared_ptr<Generation> generation);
  /// nullptr before the first start and after stop.
  [[nodiscard]] std::shared_ptr<Generation> current() const;

 private:
  const json::Document config_;
  mutable std::mutex mutex_;
  std::map<std::string, double, std::less<>> metrics_;
  std::vector<std::string> provider_ids_;
  bool is_ready_ = false;
  std::string why_not_ = "starting";
  std::shared_ptr<Generation> current_;
};

/// The accounts that were added. Any thread.
class Accounts {
 public:
  void add(std::shared_ptr<Account> account);
  [[nodiscard]] std::shared_ptr<Account> find(std::string_view id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Account>> all() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Account>, std::less<>> accounts_;
};

}  // namespace jackfield::plugin_host
