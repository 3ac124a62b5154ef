#include "core/net/response_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "core/net/ascii.h"

namespace jackfield::net {

namespace {

struct Reason {
  int status;
  std::string_view text;
};

constexpr std::array kReasons{
    Reason{101, "Switching Protocols"},
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{417, "Expectation Failed"},
    Reason{421, "Misdirected Request"},
    Reason{422, "Unprocessable Content"},
    Reason{426, "Upgrade Required"},
    Reason{428, "Precondition Required"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{507, "Insufficient Storage"},
};

std::string_view reason_for(int status) {
  for (const auto& reason : kReasons) {
    if (reason.status == status) {
      return reason.text;
    }
  }
  return "Status";
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 5> kOurs{"Content-Length", "Transfer-Encoding",
                                                  "Connection", "Date", "Keep-Alive"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view ours) { return equals_ignoring_case(name, ours); });
}

}  // namespace

bool has_safe_headers(const HttpResponse& response) {
  return std::all_of(response.headers.begin(), response.headers.end(), [](const Header& header) {
    return is_token(header.first) &&
           std::none_of(header.second.begin(), header.second.end(),
                        [](char c) { return is_control(c) && c != '\t'; });
  });
}

std::string format_head(const HttpResponse& response, const ResponseContext& context,
                        std::size_t with_room_for) {
  constexpr std::size_t kTypicalBytes = 256;
  std::string out;
  out.reserve(kTypicalBytes + with_room_for);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_for(response.status);
  out += "\r\nDate: ";
  out += context.date;
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name)) {
      out += name;
      out += ": ";
      out += value;
      out += "\r\n";
    }
  }
  if (response.status >= 200 && response.status != 204 && response.status != 304) {
    out += "Content-Length: ";
    out += std::to_string(response.body.size());
    out += "\r\n";
  }
  if (context.after == AfterAnswer::close) {
    out += "Connection: close\r\n";
  }
  out += "\r\n";
  return out;
}

bool sends_body(const HttpResponse& response, bool is_head) {
  return !is_head && response.status >= 200 && response.status != 204 && response.status != 304;
}

std::string http_date(long long unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  // Not strftime's %a and %b: they follow the locale.
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                                   kMonths.at(static_cast<std::size_t>(utc.tm_mon)),
                                   utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

HttpResponse plain_answer(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body.assign(text);
  response.body += '\n';
  return response;
}

}  // namespace jackfield::net
