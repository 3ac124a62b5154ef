#pragma once

#include <string>

#include "tools/jackctl/options.h"

namespace jackfield::jackctl {

struct TailOptions {
  std::string from = "now";  ///< oldest, now or cursor.
  std::string cursor = "jackctl";
  std::string type;     ///< Prefix; empty: all.
  long long count = 0;  ///< Ends after so many; 0: never.
};

/// Prints events until it is killed, or `count` are printed.
ExitCode tail(const Options& options, const TailOptions& tail);

}  // namespace jackfield::jackctl
