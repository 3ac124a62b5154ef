#pragma once

#include <cstddef>
#include <string>

#include "jackfield/result.h"

namespace jackfield::net {

inline constexpr std::size_t kUrlBytesMax = 4096;

/// Says whether the HTTP client would call this URL: http or https, a host, no user or password in
/// it, no control bytes, at most kUrlBytesMax. Where the host leads is judged when it is connected
/// to. Error: invalid.
Status check_call_url(const std::string& url);

}  // namespace jackfield::net
