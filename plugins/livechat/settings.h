#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/result.h"
#include "plugins/livechat/rate_limit.h"

namespace jackfield::livechat {

/// What the operator may choose; the schema in livechat.cpp names the same members and bounds.
struct Settings {
  std::vector<std::string> origins;  ///< As parse_origin() writes them.
  bool allow_any_origin = false;
  std::size_t text_bytes_max = 16 * 1024;
  Rate messages{20, 10};
  Rate typing{60, 60};
  Rate new_visitors{30, 30};  ///< Per peer address.
  std::size_t sockets_per_visitor = 10;
  std::size_t sockets_max = 20'000;
  std::int64_t hello_timeout_ms = 10'000;
  int bad_frames_max = 20;
  std::int64_t token_days = 365;
};

/// Error: invalid, with the member and what is wrong with it.
Result<Settings> parse_settings(std::string_view config_json);

}  // namespace jackfield::livechat
