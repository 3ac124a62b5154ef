#pragma once

#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/net/http_client.h"
#include "core/plugin_host/plugin_host.h"
#include "core/plugin_host/ports.h"

namespace jackfield::plugin_host {

/// What all instances share. Everything outlives them.
struct Environment {
  boost::asio::io_context& io;
  const base::Clock& clock;
  net::HttpClient& client;
  Ports ports;
  HostOptions options;
};

}  // namespace jackfield::plugin_host
