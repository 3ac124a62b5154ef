#include <csignal>
#include <cstdio>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/net/run_guarded.h"
#include "tools/sim/options.h"
#include "tools/sim/simulator.h"

namespace {

void print_line(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace jackfield;
  sim::SimOptions options;
  if (const auto exit_code = sim::read_options(argc, argv, options)) {
    return *exit_code;
  }
  sim::Transcript transcript;
  if (options.demo) {
    transcript = [](const std::string& line) { print_line("sim | " + line); };
  }
  const base::SystemClock clock;
  boost::asio::io_context io;
  sim::Simulator simulator(io, clock, std::move(options), transcript);
  const auto port = simulator.start();
  if (!port) {
    std::fprintf(stderr, "jackfield-sim: %s\n", port.error().text.c_str());
    return 1;
  }
  print_line(R"({"event":"listening","port":)" + std::to_string(*port) + '}');
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    simulator.stop();
    io.stop();
  });
  net::run_guarded(io);
  return 0;
}
