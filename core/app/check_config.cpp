#include "core/app/check_config.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "core/net/http_client.h"
#include "core/plugin_host/plugin_host.h"

namespace jackfield::app {

namespace {

/// Ports that lead nowhere: nothing runs while a configuration is checked.
class NoPorts final : public plugin_host::InboundPort,
                      public plugin_host::HistoryPort,
                      public plugin_host::MediaPort,
                      public plugin_host::KvPort {
 public:
  Status publish(plugin_host::Arrival, plugin_host::OnStored) override { return nowhere(); }
  Status read(model::AccountId, std::string, model::MessageId, int, HistoryPort::Done) override {
    return nowhere();
  }
  Result<File> put(std::string_view, std::string_view) override { return nowhere(); }
  Result<File> find(std::string_view) override { return nowhere(); }
  std::string new_download_path() override { return {}; }
  void finish_job(std::int64_t, const std::string&) override {}
  void fail_job(std::int64_t, std::string_view, Again) override {}
  std::map<std::string, std::string> load(const model::AccountId&) override { return {}; }
  void put(const model::AccountId&, std::string, std::string) override {}

 private:
  static Error nowhere() { return {ErrorCode::internal, "only checking the configuration"}; }
};

/// A folder that goes with the scope.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = std::filesystem::temp_directory_path() / "jackfield-check-XXXXXX";
    path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

std::vector<base::SettingsProblem> check_config(const base::LoadedSettings& loaded) {
  std::vector<base::SettingsProblem> problems = loaded.problems;
  const ScratchFolder scratch;
  boost::asio::io_context io;
  const auto client = net::HttpClient::create(io);
  NoPorts none;
  plugin_host::HostOptions options;
  options.plugin_directories = loaded.settings.plugins.directories;
  options.state_directory = scratch.path();
  base::SystemClock clock;
  const plugin_host::Ports ports{none, none, none, none};
  const auto host = plugin_host::PluginHost::create(io, clock, *client, ports, options);
  for (const base::AccountSettings& account : loaded.settings.accounts) {
    auto found = host->check_account(account);
    problems.insert(problems.end(), std::make_move_iterator(found.begin()),
                    std::make_move_iterator(found.end()));
  }
  return problems;
}

}  // namespace jackfield::app
