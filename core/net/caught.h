#pragma once

#include <exception>
#include <string>

namespace jackfield::net {

/// Inside a catch (...): what was thrown, for the log. Code we call back may throw anything, and an
/// exception that passed a connection by would leave it open and unread.
[[nodiscard]] inline std::string caught() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "not a std::exception";
  }
}

}  // namespace jackfield::net
