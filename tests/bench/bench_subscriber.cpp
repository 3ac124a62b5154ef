// Takes every event from PUB and does nothing with it: what publishing costs is measured with it
// attached. Usage: bench_subscriber <pub endpoint>. Prints {"ready":true}, and on SIGTERM how many
// events of messages it got.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <zmq.hpp>

namespace {

volatile std::sig_atomic_t is_stopping = 0;

/// Moves what has come; true for an event of a message.
bool receive(zmq::socket_t& socket) {
  constexpr const char* kTopic = "jf.message.received.";
  zmq::message_t frame;
  if (!socket.recv(frame)) {
    return false;
  }
  const bool is_message = frame.size() > std::strlen(kTopic) &&
                          std::memcmp(frame.data(), kTopic, std::strlen(kTopic)) == 0;
  while (frame.more() && socket.recv(frame)) {
  }
  return is_message;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_subscriber <pub endpoint>\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { is_stopping = 1; });
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::sub);
  socket.set(zmq::sockopt::rcvhwm, 100'000);
  socket.set(zmq::sockopt::rcvtimeo, 100);
  socket.set(zmq::sockopt::subscribe, "jf.");
  socket.connect(argv[1]);
  std::printf("{\"ready\":true}\n");
  std::fflush(stdout);
  std::uint64_t messages = 0;
  while (is_stopping == 0) {
    try {
      messages += receive(socket) ? 1U : 0U;
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) {
        throw;
      }
    }
  }
  std::printf("{\"messages\":%llu}\n", static_cast<unsigned long long>(messages));
}
