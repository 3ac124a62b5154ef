#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/settings.h"
#include "core/inbound/intake.h"
#include "core/plugin_host/plugin_host.h"
#include "core/plugin_host/ports.h"
#include "core/store/store.h"

namespace jackfield::app {

/// What a live-chat visitor (or another plugin) reads back of its own past.
class StoredHistory final : public plugin_host::HistoryPort {
 public:
  explicit StoredHistory(store::Store& store) : store_(store) {}
  Status read(model::AccountId account, std::string address, model::MessageId after, int limit,
              Done done) override;

 private:
  store::Store& store_;
};

/// The plugins' small durable state.
class StoredKv final : public plugin_host::KvPort {
 public:
  explicit StoredKv(store::Store& store) : store_(store) {}
  std::map<std::string, std::string> load(const model::AccountId& account) override;
  void put(const model::AccountId& account, std::string key, std::string value) override;

 private:
  store::Store& store_;
};

/// Accounts as configured and as their plugins declared them. `plugins` may be set later, before
/// traffic.
class ConfiguredAccounts final : public inbound::AccountDirectory {
 public:
  explicit ConfiguredAccounts(const base::Settings& settings);
  void attach(const plugin_host::PluginHost& plugins) { plugins_ = &plugins; }
  [[nodiscard]] std::optional<model::AccountId> account_of(
      std::string_view channel, std::string_view provider_id) const override;
  [[nodiscard]] std::string queue_of(const model::AccountId& account) const override;

 private:
  const plugin_host::PluginHost* plugins_ = nullptr;
  std::map<std::string, std::string> queues_;
};

}  // namespace jackfield::app
