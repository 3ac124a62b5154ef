#include "tools/sim/meta/multipart.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace jackfield::sim::meta {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

/// The value of `name="…"` or `name=…` in a header line, or "".
std::string parameter(std::string_view line, std::string_view name) {
  const std::string wanted = std::string(name) + '=';
  const std::string small = lower(line);
  std::size_t at = small.find(wanted);
  // "name=" must not be found inside "filename=".
  while (at != std::string::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != ';') {
    at = small.find(wanted, at + 1);
  }
  if (at == std::string::npos) {
    return "";
  }
  std::string_view rest = line.substr(at + wanted.size());
  if (!rest.starts_with('"')) {
    return std::string(rest.substr(0, rest.find_first_of("; \r\n")));
  }
  rest.remove_prefix(1);
  return std::string(rest.substr(0, rest.find('"')));
}

net::FormPart part_of(std::string_view head, std::string_view data) {
  net::FormPart part;
  part.data = std::string(data);
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::string small = lower(line);
    if (small.starts_with("content-disposition:")) {
      part.name = parameter(line, "name");
      part.filename = parameter(line, "filename");
    } else if (small.starts_with("content-type:")) {
      const std::size_t begin = line.find_first_not_of(' ', sizeof("content-type:") - 1);
      part.mime = begin == std::string_view::npos ? "" : std::string(line.substr(begin));
    }
  }
  return part;
}

Error invalid(std::string text) {
  return {ErrorCode::invalid, std::move(text)};
}

}  // namespace

Result<std::vector<net::FormPart>> parse_multipart(std::string_view content_type,
                                                   std::string_view body) {
  const std::string boundary = parameter(content_type, "boundary");
  if (!lower(content_type).starts_with("multipart/form-data") || boundary.empty()) {
    return invalid("not multipart/form-data with a boundary");
  }
  const std::string first = "--" + boundary;
  const std::string next = "\r\n" + first;
  if (!body.starts_with(first)) {
    return invalid("the body does not begin with its boundary");
  }
  body.remove_prefix(first.size());
  std::vector<net::FormPart> parts;
  while (!body.starts_with("--")) {
    const std::size_t head_end = body.find("\r\n\r\n");
    if (!body.starts_with("\r\n") || head_end == std::string_view::npos) {
      return invalid("a part without a header");
    }
    const std::size_t data = head_end + 4;
    const std::size_t data_end = body.find(next, data);
    if (data_end == std::string_view::npos) {
      return invalid("a part without an end");
    }
    if (parts.size() >= kFormPartsMax) {
      return invalid("too many parts");
    }
    const std::string_view head = head_end > 2 ? body.substr(2, head_end - 2) : "";
    parts.push_back(part_of(head, body.substr(data, data_end - data)));
    body.remove_prefix(data_end + next.size());
  }
  return parts;
}

}  // namespace jackfield::sim::meta
