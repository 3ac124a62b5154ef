#include "core/app/ports.h"

#include <future>
#include <memory>
#include <utility>

#include "core/base/log.h"

namespace jackfield::app {

namespace log = base::log;

Status StoredHistory::read(model::AccountId account, std::string address, model::MessageId after,
                           int limit, Done done) {
  return store_.read([account = std::move(account), address = std::move(address), after, limit,
                      done = std::move(done)](store::Reader& reader) {
    done(reader.history(account, address, after, limit));
  });
}

std::map<std::string, std::string> StoredKv::load(const model::AccountId& account) {
  using Values = std::map<std::string, std::string>;
  auto promise = std::make_shared<std::promise<Values>>();
  auto loaded = promise->get_future();
  const Status asked = store_.read([promise, account](store::Reader& reader) {
    Values values;
    for (auto& [key, value] : reader.kv_all(account)) {
      values.emplace(std::move(key), std::move(value));
    }
    promise->set_value(std::move(values));
  });
  if (!asked) {
    log::error("kv.not_loaded", {{"account", account.text}, {"error", asked.error().text}});
    return {};
  }
  return loaded.get();
}

void StoredKv::put(const model::AccountId& account, std::string key, std::string value) {
  const Status taken = store_.write(
      [account, key = std::move(key), value = std::move(value)](store::Transaction& tx) {
        tx.kv_put(account, key, value);
      },
      [account](const Status& written) {
        if (!written) {
          log::error("kv.not_stored", {{"account", account.text}, {"error", written.error().text}});
        }
      });
  if (!taken) {
    log::error("kv.not_stored", {{"account", account.text}, {"error", taken.error().text}});
  }
}

ConfiguredAccounts::ConfiguredAccounts(const base::Settings& settings) {
  for (const base::AccountSettings& account : settings.accounts) {
    queues_[account.id] = account.queue;
  }
}

std::optional<model::AccountId> ConfiguredAccounts::account_of(std::string_view channel,
                                                               std::string_view provider_id) const {
  return plugins_ != nullptr ? plugins_->account_of(channel, provider_id) : std::nullopt;
}

std::string ConfiguredAccounts::queue_of(const model::AccountId& account) const {
  const auto found = queues_.find(account.text);
  return found != queues_.end() ? found->second : std::string();
}

}  // namespace jackfield::app
