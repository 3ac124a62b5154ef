#pragma once

#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "core/base/log.h"
#include "core/plugin_host/generation.h"
#include "core/plugin_host/http_view.h"
#include "core/plugin_host/values.h"
#include "jackfield/plugin_abi.h"

/// What every service function does around its own work.
namespace jackfield::plugin_host {

/// Runs `call(Generation&)` for the instance behind `host`; JF_E_CLOSED once that is gone,
/// JF_E_INTERNAL when we threw (no memory). Nothing is thrown into the plugin.
template <class Call>
jf_status serve(const jf_host* host, Call call) noexcept {
  if (host == nullptr || host->impl == nullptr) {
    return JF_E_INVALID;
  }
  Generation& generation = Generation::of(host);
  if (generation.is_closed()) {
    return JF_E_CLOSED;
  }
  try {
    return call(generation);
  } catch (const std::exception& e) {
    base::log::error("service.failed",
                     {{"account", generation.account->id.text}, {"why", e.what()}});
  } catch (...) {
    base::log::error("service.failed", {{"account", generation.account->id.text}});
  }
  return JF_E_INTERNAL;
}

/// Fills the caller's error; returns `status`.
inline jf_status fail(jf_error* error, jf_status status, std::string_view why) {
  if (error != nullptr && error->size >= sizeof(jf_error)) {
    error->status = status;
    error->provider_code = 0;
    error->retry_after_ms = 0;
    const std::size_t length = why.copy(error->message, sizeof error->message - 1);
    error->message[length] = '\0';
  }
  return status;
}
inline jf_status fail(jf_error* error, const Refusal& refusal) {
  return fail(error, refusal.status, refusal.why);
}

inline jf_status write_to(jf_sink* sink, std::string_view bytes) {
  if (!JF_HAS(sink, write)) {
    return JF_E_INVALID;
  }
  return sink->write(sink->ctx, bytes.data(), bytes.size());
}

}  // namespace jackfield::plugin_host
