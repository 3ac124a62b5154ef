#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/inbound/intake.h"
#include "core/model/conversation.h"
#include "core/plugin_host/ports.h"
#include "core/store/store.h"

namespace jackfield::inbound {

/// Writes the values of one arrival. Lives for one transaction, on the writer thread.
class ArrivalTransaction {
 public:
  ArrivalTransaction(store::Store& store, store::Transaction& tx, const AccountDirectory& accounts,
                     const plugin_host::Arrival& arrival, model::UnixMs now);

  /// Applies each value in order; one result per value.
  std::vector<plugin_host::Stored> apply_all();

  [[nodiscard]] bool has_media_jobs() const { return has_media_jobs_; }
  [[nodiscard]] bool has_settled() const { return has_settled_; }

 private:
  plugin_host::Stored apply(const plugin_host::InboundValue& value);
  plugin_host::Stored apply_message(const model::AccountId& account,
                                    const plugin_host::InboundValue& value,
                                    model::Direction direction);
  void apply_session(const model::AccountId& account, const plugin_host::InboundValue& value);
  void apply_reference(const model::AccountId& account, const plugin_host::InboundValue& value);
  void quarantine(const model::AccountId& account, const plugin_host::InboundValue& value,
                  const std::string& reason);
  model::Conversation open_conversation(const model::AccountId& account,
                                        const plugin_host::InboundValue& value);
  void add_media_jobs(const model::AccountId& account, const model::Message& message);
  void close_replay();
  std::int64_t arrival_row();
  [[nodiscard]] bool remember(const model::AccountId& account,
                              const plugin_host::InboundValue& value, model::MessageId* first);

  store::Store& store_;
  store::Transaction& tx_;
  const AccountDirectory& accounts_;
  const plugin_host::Arrival& arrival_;
  model::UnixMs now_;
  store::Fingerprint print_{};  ///< Of the value that remember() saw last.
  std::int64_t arrival_row_ = 0;
  bool has_media_jobs_ = false;
  bool has_settled_ = false;
  bool has_quarantined_ = false;
};

}  // namespace jackfield::inbound
