#include "core/app/command_line.h"

#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/app/broker.h"
#include "core/app/check_config.h"
#include "core/app/version.h"
#include "core/base/log.h"
#include "core/base/settings.h"
#include "jackfield/json.h"

namespace jackfield::app {

namespace log = base::log;

namespace {

/// Read when no --config is given, as far as they exist; the package's own first.
constexpr const char* kStandardDirectories[] = {"/usr/lib/jackfield/conf.d",
                                                "/etc/jackfield/conf.d"};

struct Options {
  std::vector<std::string> directories;
  std::vector<std::string> overrides;
  std::string role = "all";
  bool is_check = false;
  bool is_print = false;
};

void print(const std::string& text, std::FILE* to = stdout) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fputc('\n', to);
  std::fflush(to);
}

base::LoadedSettings load(const Options& options) {
  base::SettingsSources sources;
  sources.directories = options.directories;
  const bool has_own = !options.directories.empty();
  for (const char* directory : kStandardDirectories) {
    if (!has_own && std::filesystem::is_directory(directory)) {
      sources.directories.emplace_back(directory);
    }
  }
  sources.overrides = options.overrides;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    sources.environment.emplace_back(*variable);
  }
  return base::load_settings(sources);
}

/// What the process must be before its first thread: signals that come by sigwait, writes that fail
/// instead of killing.
sigset_t prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Message bodies and secrets are in this memory: no core file, no reading of it by other
  // processes of the user. (The leak checker reads it.)
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Returns the signal that ended the wait, or 0 when the store can't be trusted any more.
int wait_for_end(const sigset_t& signals, const Broker& broker) {
  for (;;) {
    const timespec second{1, 0};
    const int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGTERM || signal == SIGINT) {
      return signal;
    }
    if (signal == SIGHUP) {
      log::warn("config.not_reloaded",
                {{"reason", "a running broker keeps its configuration; restart it"}});
    }
    if (!broker.is_healthy()) {
      return 0;
    }
  }
}

int serve(const Options& options) {
  const base::LoadedSettings loaded = load(options);
  for (const std::string& warning : loaded.warnings) {
    print("warning: " + warning, stderr);
  }
  if (!loaded.problems.empty()) {
    for (const base::SettingsProblem& problem : loaded.problems) {
      print(problem.line(), stderr);
    }
    return EX_CONFIG;
  }
  const base::LogSettings& lines = loaded.settings.log;
  log::configure(lines.level, lines.format, lines.file);
  const sigset_t signals = prepare_process();
  Broker broker(loaded.settings);
  const Status started = broker.start();
  if (!started) {
    log::error("broker.not_started", {{"error", started.error().text}});
    broker.stop();
    return started.error().code == ErrorCode::invalid ? EX_CONFIG : EX_UNAVAILABLE;
  }
  json::Writer ready;
  ready.begin_object()
      .field("event", "ready")
      .field("http_port", static_cast<std::int64_t>(broker.http_port()))
      .field("events", broker.events_endpoint())
      .end_object();
  print(ready.take());
  log::info("broker.ready",
            {{"http_port", broker.http_port()}, {"events", broker.events_endpoint()}});
  const int signal = wait_for_end(signals, broker);
  log::info("broker.stopping", {{"signal", signal}});
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // A second signal ends the process at once.
  broker.stop();
  log::info("broker.stopped");
  return signal != 0 ? EX_OK : EX_IOERR;
}

int check(const Options& options) {
  const base::LoadedSettings loaded = load(options);
  const auto problems = check_config(loaded);
  for (const std::string& warning : loaded.warnings) {
    print("warning: " + warning);
  }
  for (const base::SettingsProblem& problem : problems) {
    print(problem.line());
  }
  if (problems.empty()) {
    print("the configuration is fine: " + std::to_string(loaded.settings.accounts.size()) +
          " accounts");
  }
  return problems.empty() ? EX_OK : EX_CONFIG;
}

}  // namespace

int run_command_line(int count, char** arguments) {
  Options options;
  CLI::App program{"Jackfield: messaging channels in, one durable stream out", "jackfield"};
  program.set_version_flag("--version", std::string(kVersion));
  program.require_subcommand(0, 1);
  CLI::App* serve_command = program.add_subcommand("serve", "Run the broker until SIGTERM");
  serve_command->fallthrough();
  program.add_option("--config", options.directories,
                     "Configuration folder (conf.d); repeat for several, later ones win");
  program.add_option("--set", options.overrides, "Override one setting: http.port=8081")
      ->allow_extra_args(false);
  program
      .add_option("--role", options.role,
                  "Which part to run; this build runs them all in one process")
      ->check(CLI::IsMember({"all", "broker"}));
  program.add_flag("--check-config", options.is_check,
                   "Say all that is wrong with the configuration, then exit");
  program.add_flag("--print-config", options.is_print,
                   "Print the merged configuration with origins, then exit");
  try {
    program.parse(count, arguments);
    if (options.is_check) {
      return check(options);
    }
    if (options.is_print) {
      print(load(options).printable);
      return EX_OK;
    }
    if (!serve_command->parsed()) {
      print(program.help());
      return EX_USAGE;
    }
    return serve(options);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? EX_OK : EX_USAGE;
  } catch (const std::exception& error) {
    print(std::string("jackfield: ") + error.what(), stderr);
    return EX_SOFTWARE;
  }
}

}  // namespace jackfield::app
