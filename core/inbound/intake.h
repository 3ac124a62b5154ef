#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/model/event.h"
#include "core/model/ids.h"
#include "core/plugin_host/ports.h"
#include "core/store/store.h"

namespace jackfield::inbound {

/// What intake must know about the accounts. Any thread.
class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;
  /// The account that declared `provider_id` on this channel.
  [[nodiscard]] virtual std::optional<model::AccountId> account_of(
      std::string_view channel, std::string_view provider_id) const = 0;
  /// The queue in which its new conversations wait; empty when none is configured.
  [[nodiscard]] virtual std::string queue_of(const model::AccountId& account) const = 0;
};

/// Road in, step 4: all values of one arrival become durable in one transaction, or nothing does
/// (P1-P3). The provider is answered by the `done` of publish(), which comes after the fsync.
///
/// Threads: publish() from any; its `done` on the store's writer thread.
/// Lifetime: everything given to the constructor outlives it.
class Intake final : public plugin_host::InboundPort {
 public:
  struct Listeners {
    /// An event that is not durable (typing). Any thread.
    std::function<void(model::Event)> on_passing;
    /// After a commit that added media jobs. Writer thread.
    std::function<void()> on_media_jobs;
    /// After a commit in which a receipt settled parts of the outbox. Writer thread.
    std::function<void()> on_settled;
  };

  Intake(store::Store& store, const base::Clock& clock, const AccountDirectory& accounts,
         Listeners listeners);

  Status publish(plugin_host::Arrival arrival, plugin_host::OnStored done) override;

 private:
  struct Batch;
  void write_failed(std::shared_ptr<Batch> batch, const Error& error);
  void quarantine_whole(std::shared_ptr<Batch> batch, const Error& why);
  void publish_passing(const plugin_host::Arrival& arrival);

  store::Store& store_;
  const base::Clock& clock_;
  const AccountDirectory& accounts_;
  Listeners listeners_;
};

}  // namespace jackfield::inbound
