#pragma once

#include "core/net/http.h"
#include "tools/sim/faults.h"
#include "tools/sim/wire_server.h"

namespace jackfield::sim::meta {

/// What goes over the wire when `fault` strikes a request whose right answer would be `good`.
[[nodiscard]] WireAnswer fault_answer(const Fault& fault, net::HttpResponse good);
/// The refusal code that goes into the ledger, or 0.
[[nodiscard]] std::int64_t refusal_code(const Fault& fault);

}  // namespace jackfield::sim::meta
