#include "tools/jackctl/options.h"

#include <array>
#include <cstdio>
#include <fstream>

#include "tools/jackctl/render.h"

namespace jackfield::jackctl {

Result<BrokerAddress> address_of(const Options& options) {
  BrokerAddress address;
  address.endpoint = options.endpoint.empty() ? "ipc://" + options.data_dir + "/run/events.sock"
                                              : options.endpoint;
  if (options.server_key.empty() && options.key_file.empty()) {
    return address;
  }
  std::ifstream in(options.key_file);
  std::array<char, 41> public_key{};
  std::string secret_key;
  in >> secret_key;
  if (secret_key.size() != 40 || options.server_key.size() != 40 ||
      zmq_curve_public(public_key.data(), secret_key.c_str()) != 0) {
    return Error{ErrorCode::invalid,
                 "CURVE needs --server-key and a --key-file that holds a Z85 secret key of 40 "
                 "characters (`jackctl keygen`)"};
  }
  address.server_key = options.server_key;
  address.secret_key = secret_key;
  address.public_key = public_key.data();
  return address;
}

ExitCode exit_code_of(const Response& response) {
  const std::string& error = response.error;
  if (error.empty()) {
    return kOk;
  }
  if (error == "NOT_FOUND" || error == "CONFLICT") {
    return kNo;
  }
  if (error == "DENIED") {
    return kDenied;
  }
  if (error == "UNREACHABLE") {
    return kUnavailable;
  }
  if (error == "BUSY" || error == "FENCED") {
    return kTryLater;
  }
  return error == "INTERNAL" ? kInternal : kBadData;
}

ExitCode show(const Options& options, const Response& response) {
  const std::string text = options.is_json ? response.json + "\n" : render(response.json);
  std::fputs(text.c_str(), response.is_ok() ? stdout : stderr);
  return exit_code_of(response);
}

}  // namespace jackfield::jackctl
