#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/net/http.h"

namespace jackfield::net {

enum class AfterAnswer : bool { keep, close };

/// What the answer depends on besides itself.
struct ResponseContext {
  bool is_head = false;
  AfterAnswer after = AfterAnswer::keep;
  std::string_view date;  ///< IMF-fixdate of now.
};

/// True when the names are tokens and no value could end its line: a header made from outside data
/// must not become two.
[[nodiscard]] bool has_safe_headers(const HttpResponse& response);

/// Status line and headers with the empty line. Framing (Content-Length, Connection, Date) is ours;
/// the response's own such headers are left out. `with_room_for` bytes are reserved behind.
[[nodiscard]] std::string format_head(const HttpResponse& response, const ResponseContext& context,
                                      std::size_t with_room_for);

/// False where the body must not be sent: HEAD, 1xx, 204, 304.
[[nodiscard]] bool sends_body(const HttpResponse& response, bool is_head);

/// "Mon, 23 Nov 2026 12:00:00 GMT"
[[nodiscard]] std::string http_date(long long unix_seconds);

/// A short text answer for what the server itself refuses.
[[nodiscard]] HttpResponse plain_answer(int status, std::string_view text);

}  // namespace jackfield::net
