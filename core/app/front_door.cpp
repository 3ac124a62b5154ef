#include "core/app/front_door.h"

#include <utility>

namespace jackfield::app {

namespace {

constexpr std::size_t kProbeBodyBytesMax = 1;

bool is_for_plugins(std::string_view path) {
  return path.substr(0, 4) == "/in/";
}
bool is_probe(std::string_view path) {
  return path == "/livez" || path == "/readyz";
}

net::HttpResponse plain(int status, std::string text) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain");
  response.body = std::move(text);
  return response;
}

}  // namespace

std::size_t FrontDoor::body_bytes_max(std::string_view method, std::string_view path) {
  if (is_for_plugins(path)) {
    return plugins_.body_bytes_max(method, path);
  }
  return is_probe(path) ? kProbeBodyBytesMax : 0;
}

void FrontDoor::on_request(net::HttpRequest request, net::Respond respond) {
  if (is_for_plugins(request.path)) {
    plugins_.on_request(std::move(request), std::move(respond));
  } else if (!is_probe(request.path)) {
    respond(plain(404, "not found\n"));
  } else if (request.method != "GET") {
    respond(plain(405, "GET only\n"));
  } else if (request.path == "/livez" || is_ready_()) {
    respond(plain(200, "ok\n"));
  } else {
    respond(plain(503, "not ready\n"));
  }
}

bool FrontDoor::on_websocket(const net::HttpRequest& request,
                             std::shared_ptr<net::WebSocket> socket, net::WebSocketEvents& events,
                             net::HttpResponse& refusal) {
  if (is_for_plugins(request.path)) {
    return plugins_.on_websocket(request, std::move(socket), events, refusal);
  }
  refusal = plain(404, "not found\n");
  return false;
}

}  // namespace jackfield::app
