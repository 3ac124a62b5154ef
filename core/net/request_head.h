#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/net/http.h"

namespace jackfield::net {

struct HeadLimits {
  std::size_t block_bytes_max = 16 * 1024;
  std::size_t count_max = 64;
  std::size_t field_bytes_max = 4 * 1024;
  std::size_t target_bytes_max = 2 * 1024;
  std::vector<std::string> hosts;  ///< Allowed Host values without port; empty = any.
};

/// Why a request is not passed on. The connection is closed after saying so.
struct Refusal {
  int status = 400;
  std::string_view why;  ///< A constant: for the log and the answer, never from the request.
};

enum class Framing : std::uint8_t { none, length, chunked };

/// The head of a request whose meaning no proxy before us can read differently.
struct RequestHead {
  std::string_view method, target, query;  ///< Into the block.
  std::string path;                        ///< Canonical.
  std::vector<Header> headers;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  bool closes = false;              ///< Connection: close.
  bool expects_continue = false;    ///< Expect: 100-continue.
  bool upgrades_websocket = false;  ///< A complete WebSocket version 13 handshake.
};

/// Looks for the end of a head in bytes that arrive piece by piece.
class HeadEnd {
 public:
  /// `bytes` grows between calls and begins at the request line. The length of the head with its
  /// empty line, 0 while it isn't complete, or a refusal: a line that doesn't end in CR LF, a first
  /// byte no method begins with, more than `block_bytes_max`.
  std::variant<std::size_t, Refusal> find(std::string_view bytes, const HeadLimits& limits);
  void reset() { *this = HeadEnd{}; }

 private:
  std::size_t line_ = 0;     // Where the current line begins.
  std::size_t scanned_ = 0;  // No line feed between line_ and here.
};

/// Reads a whole head, strictly: what is not plainly allowed is refused. Request smuggling lives
/// where two readers disagree, so everything ambiguous goes: versions but 1.1, folded lines, spaces
/// around names, repeated or listed lengths, lengths together with codings, codings but "chunked".
std::variant<RequestHead, Refusal> read_head(std::string_view block, const HeadLimits& limits);

}  // namespace jackfield::net
