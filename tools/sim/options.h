#pragma once

#include <optional>

#include "tools/sim/simulator.h"

namespace jackfield::sim {

/// Reads the command line into `options`. An exit code when the program should end now (--help, a
/// mistake).
std::optional<int> read_options(int argc, char** argv, SimOptions& options);

}  // namespace jackfield::sim
