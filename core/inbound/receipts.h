#pragma once

#include "core/model/ids.h"
#include "core/plugin_host/ports.h"
#include "core/store/store.h"

/// Receipts: a provider's later reports about outbound messages (P5). Writer thread, inside a
/// transaction.
namespace jackfield::inbound {

enum class ReceiptEffect : std::uint8_t {
  none,     ///< Known or lower than what we know already.
  raised,   ///< A status rose.
  settled,  ///< As raised, and a part that still stood in the outbox left it.
  kept,     ///< No such message yet: it waits for the part to be accepted.
};

/// One report about one part, found by the provider's id or by our correlator.
ReceiptEffect apply_receipt(store::Transaction& tx, const model::AccountId& account,
                            const store::Receipt& receipt, model::UnixMs now);

/// "This and everything before it": all outbound messages of the address's open conversation up to
/// `up_to`, or up to `provider_ms` when up_to is none.
ReceiptEffect apply_watermark(store::Transaction& tx, const model::AccountId& account,
                              std::string_view address, model::MessageId up_to,
                              const store::Receipt& receipt, model::UnixMs now);

/// Raises one part of a stored message when `receipt` says more than is known, and writes the
/// event.
bool raise_part(store::Transaction& tx, const store::SentPart& part, const store::Receipt& receipt,
                model::UnixMs now);

}  // namespace jackfield::inbound
