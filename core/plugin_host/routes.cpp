#include "core/plugin_host/routes.h"

#include <algorithm>
#include <utility>

namespace jackfield::plugin_host {
namespace {

bool fits(const Route& route, std::string_view path) {
  if (!route.path.empty() && route.path.back() == '*') {
    return path.substr(0, route.path.size() - 1) ==
           std::string_view(route.path).substr(0, route.path.size() - 1);
  }
  return route.path == path;
}

Error invalid(const Route& route, const char* why) {
  return {ErrorCode::invalid, "route \"" + route.path.substr(0, 80) + "\": " + why};
}

}  // namespace

Status Routes::add(Route route) {
  if (route.path.empty() || route.path.front() != '/' || route.path.size() > kPathBytesMax) {
    return invalid(route, "a path begins with '/' and has at most 256 bytes");
  }
  if (route.method.empty() || route.method.size() > 16 ||
      !std::all_of(route.method.begin(), route.method.end(),
                   [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return invalid(route, "a method is written in capital letters");
  }
  if (route.is_websocket && route.method != "GET") {
    return invalid(route, "a WebSocket route has the method GET");
  }
  if (route.body_bytes_max > kBodyBytesMax) {
    return invalid(route, "body_bytes_max is over 4 MiB");
  }
  route.timeout = std::clamp(route.timeout, std::chrono::milliseconds{1'000}, kTimeoutMax);
  const std::lock_guard lock(mutex_);
  for (Route& old : routes_) {
    if (old.method == route.method && old.path == route.path) {
      old = std::move(route);
      return Done{};
    }
  }
  if (routes_.size() >= kRoutesMax) {
    return invalid(route, "an account has at most 64 routes");
  }
  routes_.push_back(std::move(route));
  std::sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
    const bool a_is_open = a.path.back() == '*';
    const bool b_is_open = b.path.back() == '*';
    return a_is_open != b_is_open ? b_is_open : a.path.size() > b.path.size();
  });
  return Done{};
}

Routes::Match Routes::find(std::string_view method, std::string_view path) const {
  Match match;
  const std::lock_guard lock(mutex_);
  for (const Route& route : routes_) {
    if (!fits(route, path)) {
      continue;
    }
    match.is_known_path = true;
    match.body_bytes_max = std::max(match.body_bytes_max, route.body_bytes_max);
    match.allowed += (match.allowed.empty() ? "" : ", ") + route.method;
    if (route.method == method && !match.route) {
      match.route = route;
    }
  }
  return match;
}

bool Routes::has(bool is_websocket) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(routes_.begin(), routes_.end(), [is_websocket](const Route& route) {
    return route.is_websocket == is_websocket;
  });
}

}  // namespace jackfield::plugin_host
