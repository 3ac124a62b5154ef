#pragma once

#include <string>

#include "jackfield/result.h"

namespace jackfield::plugin_host {

/// A plugin file that was checked and is never written again.
struct StoredPlugin {
  std::string path;    ///< <state>/plugins/<sha256>.so
  std::string sha256;  ///< In hex.
  std::string bytes;
};

/// Keeps copies of plugins under the hash of their content, because loading the operator's own file
/// is not safe: overwriting a mapped file kills the process, and the dynamic linker takes a new
/// file under an old name for the old one. Not for several threads at once.
class PluginStore {
 public:
  static constexpr std::size_t kFileBytesMax = 256 * 1024 * 1024;

  explicit PluginStore(std::string state_directory);

  /// Reads the whole file, or says why not.
  static Result<std::string> read(const std::string& path);
  /// Checks the file (check_elf), copies it and verifies the copy. Error: invalid when the file is
  /// refused, internal when the copy can't be written.
  Result<StoredPlugin> admit(const std::string& path);

 private:
  std::string directory_;
};

}  // namespace jackfield::plugin_host
