#pragma once

#include <string>

#include "core/plugin_host/plugin_host.h"
#include "jackfield/plugin_abi.h"

/// What a plugin's status means for a message.
namespace jackfield::plugin_host {

/// Where the status came from, which decides what JF_E_INTERNAL and its like may have left behind.
enum class Said : std::uint8_t {
  before_sending,  ///< deliver() returned it, and nothing had been sent from within that call.
  after_sending,   ///< deliver() returned it after it had sent something, or complete() said it.
};

/// | status                           | before_sending | after_sending |
/// | OK                               | accepted       | accepted      |
/// | E_UNREACHABLE, E_TRANSIENT       | not_sent       | not_sent      |
/// | E_RATE                           | throttled      | throttled     |
/// | E_BUSY, E_CLOSED                 | busy           | busy          |
/// | E_AUTH                           | refused_account| refused_account |
/// | E_UNKNOWN, E_TIMEOUT             | unknown        | unknown       |
/// | E_INTERNAL, E_CANCELLED, unknown | not_sent       | unknown       |
/// | all others                       | refused        | refused       |
OutcomeKind outcome_kind(jf_status status, Said said);

/// Copies and bounds what the plugin wrote. `error` may be nullptr.
Outcome copy_outcome(jf_status status, const jf_outcome& from, const jf_error* error, Said said);

}  // namespace jackfield::plugin_host
