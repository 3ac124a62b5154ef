#pragma once

#include <string>

#include "jackfield/client.h"
#include "jackfield/result.h"

namespace jackfield::jackctl {

/// sysexits.h, and 1 for "no".
enum ExitCode : int {
  kOk = 0,
  kNo = 1,
  kUsage = 64,
  kBadData = 65,
  kUnavailable = 69,
  kInternal = 70,
  kTryLater = 75,
  kDenied = 77,
};

/// What every command takes.
struct Options {
  std::string data_dir;
  std::string endpoint;    ///< Empty: ipc below data_dir.
  std::string server_key;  ///< CURVE: the broker's public key.
  std::string key_file;    ///< CURVE: our secret key.
  int timeout_seconds = 10;
  bool is_json = false;
};

/// Error: invalid, when the key file cannot be used.
Result<BrokerAddress> address_of(const Options& options);
/// What the broker's word means for a script.
ExitCode exit_code_of(const Response& response);
/// Prints an answer to stdout or an error to stderr.
ExitCode show(const Options& options, const Response& response);

}  // namespace jackfield::jackctl
