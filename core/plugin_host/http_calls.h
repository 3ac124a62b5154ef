#pragma once

#include "core/net/http_client.h"
#include "core/plugin_host/generation.h"
#include "core/plugin_host/values.h"

namespace jackfield::plugin_host {

/// A plugin's jf_http_call, copied and checked. `refusal` is set when it breaks a rule.
net::HttpCall copy_call(const Generation& generation, const jf_http_call* from,
                        std::size_t response_bytes_default, Refusal& refusal);

/// Headers of a reply or call. Refused: names or values that could split a message, framing
/// headers.
std::vector<net::Header> copy_headers(const jf_kv* first, std::size_t count, Refusal& refusal);

/// The status under which a plugin sees the error of a call.
jf_status call_status(const Error& error);

}  // namespace jackfield::plugin_host
