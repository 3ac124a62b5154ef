#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "jackfield/result.h"
#include "tools/sim/control.h"

namespace jackfield::sim {

/// A file of control actions, done one after the other from the start:
/// [{"faults":[…]}, {"after_ms":500,"inbound":{…}}, {"load":{…}}]. Comments are allowed.
class Script {
 public:
  static constexpr std::size_t kStepsMax = 10'000;
  static constexpr std::size_t kFileBytesMax = 16U * 1024 * 1024;

  /// `io` and `control` outlive it.
  Script(boost::asio::io_context& io, Control& control) : control_(control), timer_(io) {}
  ~Script() { *alive_ = false; }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  /// Error: invalid, naming the step that is wrong.
  Status read(const std::string& path);
  void start();

 private:
  struct Step {
    std::chrono::milliseconds after{0};
    std::string action, body;
  };
  void run_next();

  Control& control_;
  boost::asio::steady_timer timer_;
  std::vector<Step> steps_;
  std::size_t next_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace jackfield::sim
