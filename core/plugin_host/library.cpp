#include "core/plugin_host/library.h"

#include <dlfcn.h>

#define BOOST_DLL_USE_STD_FS
#include <cstring>
#include <exception>
#include <utility>

#include <boost/dll/shared_library.hpp>

#include "core/base/log.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::uint32_t kChannelsMax = 64;
constexpr std::size_t kNameMax = 40;
constexpr std::size_t kTextMax = 512;
constexpr std::size_t kJsonMax = 64 * 1024;

// What a 1.0 plugin's tables have at least.
constexpr std::uint32_t kPluginSize = sizeof(jf_plugin);
constexpr std::uint32_t kChannelSize = sizeof(jf_channel);
constexpr std::uint32_t kOpsSize = sizeof(jf_channel_ops);

Error refused(const std::string& path, const std::string& why) {
  return {ErrorCode::invalid, path + ": refused: " + why};
}

std::string too_small(const char* table, std::uint32_t size, std::uint32_t needed) {
  return std::string(table) + " says size " + std::to_string(size) + ", ABI 1.0 needs " +
         std::to_string(needed) + ": build it against the released header";
}

/// Why the channel can't be used, or "".
std::string problem_of(const jf_channel* channel) {
  if (channel == nullptr) {
    return "its channel list has a NULL entry";
  }
  if (channel->size < kChannelSize) {
    return too_small("jf_channel", channel->size, kChannelSize);
  }
  if (!is_text(channel->name, kNameMax)) {
    return "a channel has no name";
  }
  if (std::strspn(channel->name, "abcdefghijklmnopqrstuvwxyz0123456789_-") !=
      std::strlen(channel->name)) {
    return "a channel's name has other characters than a-z, 0-9, '_' and '-'";
  }
  const std::string name = "channel " + std::string(channel->name) + ": ";
  if (!is_text(channel->config_schema_json, kJsonMax)) {
    return name + "config_schema_json is missing or over 64 KiB";
  }
  const jf_channel_ops* ops = channel->ops;
  if (ops == nullptr) {
    return name + "ops is NULL";
  }
  if (ops->size < kOpsSize) {
    return name + too_small("jf_channel_ops", ops->size, kOpsSize);
  }
  if (ops->create == nullptr || ops->start == nullptr || ops->deliver == nullptr ||
      ops->destroy == nullptr || ops->extension == nullptr) {
    return name + "ops lacks one of create, start, deliver, destroy, extension";
  }
  return {};
}

/// Why the plugin can't be used, or "".
std::string problem_of(const jf_plugin* plugin) {
  if (plugin == nullptr) {
    return "its entry function returned NULL: it does not support ABI minor " +
           std::to_string(JF_ABI_MINOR);
  }
  if (plugin->size < kPluginSize) {
    return too_small("jf_plugin", plugin->size, kPluginSize);
  }
  if (plugin->abi_major != JF_ABI_MAJOR) {
    return "it speaks ABI major " + std::to_string(plugin->abi_major) + ", this host speaks " +
           std::to_string(JF_ABI_MAJOR);
  }
  if (plugin->abi_minor_needed > JF_ABI_MINOR) {
    return "it needs ABI 1." + std::to_string(plugin->abi_minor_needed) + ", this host offers 1." +
           std::to_string(JF_ABI_MINOR) + ": upgrade Jackfield or use an older plugin";
  }
  if (!is_text(plugin->id, kTextMax) || !is_text(plugin->version, kTextMax)) {
    return "its id or version is missing";
  }
  if (plugin->channel_count == 0 || plugin->channel_count > kChannelsMax ||
      plugin->channels == nullptr) {
    return "it has no channels, or more than 64";
  }
  for (std::uint32_t i = 0; i < plugin->channel_count; ++i) {
    if (std::string problem = problem_of(plugin->channels[i]); !problem.empty()) {
      return problem;
    }
  }
  return {};
}

}  // namespace

bool is_text(const char* text, std::size_t max) {
  if (text == nullptr) {
    return false;
  }
  const std::size_t length = ::strnlen(text, max + 1);
  return length > 0 && length <= max;
}

struct Library::Loaded {
  boost::dll::shared_library library;
  std::string path;
};

Library::Library() : loaded_(std::make_unique<Loaded>()) {}

Result<std::shared_ptr<Library>> Library::open(const StoredPlugin& file) {
  const std::shared_ptr<Library> library(new Library);
  library->loaded_->path = file.path;
  library->sha256_ = file.sha256;
  jackfield_plugin_v1_fn entry = nullptr;
  // Only the throwing overloads keep dlerror()'s text.
  try {
    using Mode = boost::dll::load_mode::type;
    library->loaded_->library.load(std::filesystem::path(file.path),
                                   Mode::rtld_now | Mode::rtld_local);
    entry = library->loaded_->library.get<const jf_plugin*(std::uint32_t)>(JF_ENTRY_SYMBOL);
  } catch (const std::exception& e) {
    return refused(file.path, std::string("can't be loaded: ") + e.what());
  }
  const jf_plugin* plugin = entry(JF_ABI_MINOR);
  if (const std::string problem = problem_of(plugin); !problem.empty()) {
    return refused(file.path, problem);
  }
  library->plugin_ = plugin;
  if (plugin->init != nullptr) {
    jf_error error{};
    error.size = sizeof error;
    if (plugin->init(&error) < 0) {
      error.message[sizeof error.message - 1] = '\0';
      return refused(file.path, std::string("its init failed: ") + error.message);
    }
  }
  library->is_initialised_ = true;
  base::log::info("plugin.loaded", {{"id", plugin->id},
                                    {"version", plugin->version},
                                    {"sha256", file.sha256},
                                    {"file", file.path}});
  return library;
}

Library::~Library() {
  if (!loaded_ || !loaded_->library.is_loaded()) {
    return;
  }
  if (is_initialised_ && plugin_->fini != nullptr) {
    plugin_->fini();
  }
  const bool may_stay = plugin_ != nullptr && (plugin_->flags & JF_PLUGIN_NO_UNLOAD) != 0;
  const std::string path = loaded_->path;
  plugin_ = nullptr;
  loaded_->library.unload();
  if (is_mapped(path) && !may_stay) {
    base::log::error("plugin.not_unloaded", {{"file", path}});
  }
}

const std::string& Library::path() const {
  return loaded_->path;
}

void Library::keep_mapped() {
  // One reference more for good, so that unload() leaves the code where it is.
  if (::dlopen(loaded_->path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) == nullptr) {
    base::log::error("plugin.not_pinned", {{"file", loaded_->path}});
  }
  is_initialised_ = false;  // its fini would pull the ground from under the running code
}

const jf_channel* Library::channel(std::string_view name) const {
  for (std::uint32_t i = 0; i < plugin_->channel_count; ++i) {
    if (name == plugin_->channels[i]->name) {
      return plugin_->channels[i];
    }
  }
  return nullptr;
}

bool Library::is_mapped(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOLOAD | RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return false;
  }
  ::dlclose(handle);
  return true;
}

}  // namespace jackfield::plugin_host
