#include "core/inbound/intake.h"

#include <memory>
#include <utility>

#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/inbound/arrival_transaction.h"
#include "core/model/event_data.h"
#include "jackfield/json.h"
#include "jackfield/plugin_abi.h"

namespace jackfield::inbound {

namespace log = base::log;
using plugin_host::Arrival;
using plugin_host::InboundKind;
using plugin_host::InboundValue;
using plugin_host::OnStored;
using plugin_host::Stored;

/// One publish() until its `done`.
struct Intake::Batch {
  Arrival arrival;
  OnStored done;
  std::vector<Stored> stored;
  bool has_media_jobs = false;
  bool has_settled = false;
};

Intake::Intake(store::Store& store, const base::Clock& clock, const AccountDirectory& accounts,
               Listeners listeners)
    : store_(store), clock_(clock), accounts_(accounts), listeners_(std::move(listeners)) {}

Status Intake::publish(Arrival arrival, OnStored done) {
  publish_passing(arrival);
  auto batch = std::make_shared<Batch>();
  batch->arrival = std::move(arrival);
  batch->done = std::move(done);
  JACKFIELD_FAILPOINT("intake.before_write");
  return store_.write(
      [this, batch](store::Transaction& tx) {
        ArrivalTransaction arrival_tx(store_, tx, accounts_, batch->arrival, clock_.unix_ms());
        batch->stored = arrival_tx.apply_all();
        batch->has_media_jobs = arrival_tx.has_media_jobs();
        batch->has_settled = arrival_tx.has_settled();
        JACKFIELD_FAILPOINT("intake.in_transaction");
      },
      [this, batch](const Status& written) {
        if (!written) {
          write_failed(batch, written.error());
          return;
        }
        JACKFIELD_FAILPOINT("intake.before_answer");
        batch->done(std::move(batch->stored));
        if (batch->has_media_jobs) {
          listeners_.on_media_jobs();
        }
        if (batch->has_settled) {
          listeners_.on_settled();
        }
      });
}

void Intake::write_failed(std::shared_ptr<Batch> batch, const Error& error) {
  const bool is_ours_to_fix =
      error.code == ErrorCode::internal || error.code == ErrorCode::throttled;
  if (is_ours_to_fix) {
    log::warn("intake.failed", {{"account", batch->arrival.account.text}, {"error", error.text}});
    batch->done(error);
    return;
  }
  // The body can't be stored as it is and never will be: the provider would repeat it for days.
  // Keep it.
  quarantine_whole(std::move(batch), error);
}

void Intake::quarantine_whole(std::shared_ptr<Batch> batch, const Error& why) {
  const Status taken = store_.write(
      [this, batch, reason = why.text](store::Transaction& tx) {
        InboundValue value;
        value.kind = InboundKind::quarantine;
        value.detail = reason;
        const std::size_t count = batch->arrival.values.size();
        Arrival whole;
        whole.account = batch->arrival.account;
        whole.content_type = batch->arrival.content_type;
        whole.raw = batch->arrival.raw;
        whole.replay_of = batch->arrival.replay_of;
        whole.values.push_back(std::move(value));
        ArrivalTransaction(store_, tx, accounts_, whole, clock_.unix_ms()).apply_all();
        batch->stored.assign(count, Stored{});
      },
      [batch](const Status& written) {
        if (written) {
          batch->done(std::move(batch->stored));
        } else {
          batch->done(written.error());
        }
      });
  if (!taken) {
    batch->done(taken.error());
  }
}

void Intake::publish_passing(const Arrival& arrival) {
  for (const InboundValue& value : arrival.values) {
    if (value.kind != InboundKind::typing) {
      continue;
    }
    const bool is_on = (value.flags & JF_INBOUND_OFF) == 0;
    // Best effort: a typing mark that comes too late is worth nothing.
    const Status asked = store_.read(
        [this, account = arrival.account, address = value.address, is_on](store::Reader& reader) {
          const auto conversation = reader.open_conversation(account, address);
          if (!conversation) {
            return;
          }
          json::Writer data;
          data.begin_object()
              .field("conversation", conversation->id.text())
              .flag("on", is_on)
              .end_object();
          model::Event event =
              model::conversation_event("jf.contact.typing", *conversation, clock_.unix_ms());
          event.data = data.take();
          listeners_.on_passing(std::move(event));
        });
    if (!asked) {
      return;
    }
  }
}

}  // namespace jackfield::inbound
