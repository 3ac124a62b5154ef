#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tools/sim/control.h"
#include "tools/sim/transcript.h"

namespace jackfield::sim {

/// A contact named Ann who writes in, and goes on with her story each time she gets a reply.
class Demo {
 public:
  static constexpr int kHandshakesMax = 120;

  /// `io` and `control` outlive it.
  Demo(boost::asio::io_context& io, Control& control, Transcript transcript);
  ~Demo() { *alive_ = false; }
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  /// Performs the handshake, again and again until the callback answers, then lets Ann write.
  void start();
  /// Something was sent to this number.
  void on_reply(const std::string& number);

 private:
  void shake_hands();
  void write_later(std::chrono::milliseconds pause);
  void write_next();
  void say(const std::string& line) const;

  Control& control_;
  Transcript transcript_;
  boost::asio::steady_timer timer_;
  int handshakes_ = 0;
  std::size_t next_ = 0;
  bool is_writing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace jackfield::sim
