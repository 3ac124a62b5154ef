#include "core/net/chunked_body.h"

#include <algorithm>

#include "core/net/ascii.h"

namespace jackfield::net {

ChunkedBody::Progress ChunkedBody::refuse(int status, std::string_view why) {
  refusal_ = Refusal{status, why};
  return Progress::refused;
}

ChunkedBody::Progress ChunkedBody::read(std::string_view& in, std::string& body) {
  while (!in.empty() && !done_) {
    if (at_ == At::data) {
      const std::size_t take = std::min<std::size_t>(in.size(), size_);
      body.append(in.substr(0, take));
      in.remove_prefix(take);
      size_ -= take;
      if (size_ == 0) {
        at_ = At::data_return;
      }
      continue;
    }
    const char c = in.front();
    in.remove_prefix(1);
    const bool fine =
        at_ == At::size || at_ == At::extension ? read_size_byte(c) : read_framing_byte(c);
    if (!fine) {
      return Progress::refused;
    }
  }
  return done_ ? Progress::done : Progress::more;
}

bool ChunkedBody::read_size_byte(char c) {
  if (c == '\r' && digits_ > 0) {
    at_ = At::size_feed;
    return true;
  }
  if (at_ == At::extension) {
    if (++extension_bytes_ > kExtensionBytesMax || (is_control(c) && c != '\t')) {
      refuse(400, "chunk extension too long or not text");
      return false;
    }
    return true;
  }
  if (c == ';' && digits_ > 0) {
    at_ = At::extension;
    extension_bytes_ = 1;
    return true;
  }
  const int value = hex_value(c);
  if (value < 0 || ++digits_ > kSizeDigitsMax) {
    refuse(400, "chunk size is not a short hexadecimal number");
    return false;
  }
  size_ = size_ << 4U | static_cast<unsigned>(value);
  return true;
}

bool ChunkedBody::read_framing_byte(char c) {
  const bool wants_return = at_ == At::data_return || at_ == At::end_return;
  if (at_ == At::end_return && c != '\r') {
    refuse(400, "trailers are not accepted");
    return false;
  }
  if (c != (wants_return ? '\r' : '\n')) {
    refuse(400, "chunk does not end in CR LF");
    return false;
  }
  switch (at_) {
    case At::size_feed:
      if (size_ > body_bytes_max_ - total_) {
        refuse(413, "body too large");
        return false;
      }
      total_ += size_;
      at_ = size_ == 0 ? At::end_return : At::data;
      digits_ = extension_bytes_ = 0;
      break;
    case At::data_return:
      at_ = At::data_feed;
      break;
    case At::data_feed:
      at_ = At::size;
      break;
    case At::end_return:
      at_ = At::end_feed;
      break;
    case At::end_feed:
      done_ = true;
      break;
    case At::size:
    case At::extension:
    case At::data:
      break;
  }
  return true;
}

}  // namespace jackfield::net
