#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/settings.h"
#include "core/events/endpoint.h"
#include "core/model/event.h"
#include "core/store/store.h"
#include "jackfield/result.h"

namespace zmq {
class context_t;
}

namespace jackfield::events {

/// The broker's side of docs/events.md: a PUB socket that tells what was committed, and a ROUTER
/// socket for replay, commands and queries. One thread owns both sockets.
class EventEndpoint {
 public:
  struct Figures {
    std::uint64_t published = 0;  ///< Events given to the PUB socket.
    std::uint64_t dropped =
        0;  ///< Events the PUB socket never saw (kPublishWaitingMax); streams did.
    std::uint64_t streamed = 0;  ///< Events sent on streams.
    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;
    std::size_t peers = 0;
    std::size_t streams = 0;
  };

  /// Opens the sockets and starts the thread. `store`, `port` and `clock` outlive the endpoint; the
  /// store may still call back into a stopped endpoint. The caller passes each commit's events to
  /// publish(). Error: invalid (a setting), internal (the store cannot be read).
  static Result<std::unique_ptr<EventEndpoint>> create(const base::EventSettings& settings,
                                                       const std::string& node,
                                                       const std::string& data_dir,
                                                       store::Store& store, CommandPort& port,
                                                       const base::Clock& clock);
  virtual ~EventEndpoint() = default;

  /// Hands over what one commit made true, in order, or events with sequence 0. Any thread; returns
  /// at once.
  virtual void publish(std::vector<model::Event> events) = 0;
  /// Ends the thread and closes the sockets; requests under way get no answer. Idempotent.
  virtual void stop() = 0;
  [[nodiscard]] virtual Figures figures() const = 0;
  /// Where it listens, with the ports the kernel chose.
  [[nodiscard]] virtual std::string endpoint() const = 0;
  [[nodiscard]] virtual std::string pub_endpoint() const = 0;
  /// The process's one context, for consumers in the same process. They close their sockets before
  /// stop().
  virtual zmq::context_t& context() = 0;
};

}  // namespace jackfield::events
