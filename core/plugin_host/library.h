#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/plugin_host/plugin_store.h"
#include "jackfield/plugin_abi.h"
#include "jackfield/result.h"

namespace jackfield::plugin_host {

/// A plugin's code in memory, after the handshake. Opened and closed on one thread (LOADER). All
/// instances are destroyed and their lanes joined before the last owner lets go.
class Library {
 public:
  /// Loads the file, calls its entry and checks every table that the host will rely on. Error:
  /// invalid, with the file and the reason; nothing stays loaded then.
  static Result<std::shared_ptr<Library>> open(const StoredPlugin& file);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] const jf_plugin& plugin() const { return *plugin_; }
  /// The channel of that name, or nullptr.
  [[nodiscard]] const jf_channel* channel(std::string_view name) const;
  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  /// Never unload: code of it is still running on a lane that was left behind.
  void keep_mapped();

  /// The file is mapped into this process (RTLD_NOLOAD; dlclose returning 0 proves nothing).
  static bool is_mapped(const std::string& path);

 private:
  struct Loaded;
  Library();

  std::unique_ptr<Loaded> loaded_;
  std::string sha256_;
  const jf_plugin* plugin_ = nullptr;
  bool is_initialised_ = false;
};

/// True for a C string of at most `max` bytes that is neither NULL nor empty.
bool is_text(const char* text, std::size_t max);

}  // namespace jackfield::plugin_host
