#pragma once

#include <boost/asio/io_context.hpp>

namespace jackfield::net {

/// io.run() that an exception does not end: it is logged and the loop goes on. An exception here is
/// a bug or no memory, and costs the one operation it came from. Returns when io runs out of work
/// or is stopped.
void run_guarded(boost::asio::io_context& io);

}  // namespace jackfield::net
