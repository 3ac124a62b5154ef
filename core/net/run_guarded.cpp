#include "core/net/run_guarded.h"

#include "core/base/log.h"
#include "core/net/caught.h"

namespace jackfield::net {

void run_guarded(boost::asio::io_context& io) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (...) {
      base::log::error("net.handler_threw", {{"what", caught()}});
    }
  }
}

}  // namespace jackfield::net
