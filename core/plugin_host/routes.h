#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/result.h"

namespace jackfield::plugin_host {

struct Route {
  std::uint64_t id = 0;
  std::string method;
  std::string path;  ///< Begins with '/'; a '*' at its end matches any rest.
  std::size_t body_bytes_max = 0;
  std::chrono::milliseconds timeout{0};
  bool is_websocket = false;
};

/// Which requests an account takes. Any thread.
class Routes {
 public:
  static constexpr std::size_t kRoutesMax = 64;
  static constexpr std::size_t kPathBytesMax = 256;
  static constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;
  static constexpr std::chrono::milliseconds kTimeoutMax{60'000};

  /// Error: invalid. The same method and path again replaces the old route (a new version takes it
  /// over).
  Status add(Route route);

  struct Match {
    std::optional<Route> route;      ///< Nothing: no route has this method …
    bool is_known_path = false;      ///< … though one has this path.
    std::string allowed;             ///< For 405: "GET, POST".
    std::size_t body_bytes_max = 0;  ///< Of any route with this path.
  };
  /// A route for an exact path goes before one that ends in '*'.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;
  [[nodiscard]] bool has(bool is_websocket) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Route> routes_;
};

}  // namespace jackfield::plugin_host
