#include "core/net/run_guarded.h"

#include <exception>

#include "core/base/log.h"

namespace jackfield::net {

namespace log = base::log;

void run_guarded(boost::asio::io_context& io) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      log::error("net.handler_threw", {{"what", error.what()}});
    } catch (...) {
      log::error("net.handler_threw", {{"what", "not a std::exception"}});
    }
  }
}

}  // namespace jackfield::net
