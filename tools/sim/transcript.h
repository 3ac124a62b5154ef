#pragma once

#include <functional>
#include <string>

namespace jackfield::sim {

/// Takes one line a person can read about what just happened. Empty: nobody listens.
using Transcript = std::function<void(const std::string& line)>;

}  // namespace jackfield::sim
