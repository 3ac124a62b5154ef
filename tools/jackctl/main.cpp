// jackctl: the operator's and the script's way to a broker.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <zmq.h>

#include "jackfield/client.h"
#include "jackfield/json.h"
#include "tools/jackctl/options.h"
#include "tools/jackctl/tail.h"

namespace jackfield::jackctl {
namespace {

/// The parsed command line: what to do, and its exit code.
struct Program {
  Options options;
  TailOptions tail;
  std::function<ExitCode()> run;
  // Arguments of the commands; one command runs per process.
  std::string first, second, state, account, key;
  std::int64_t id = 0, limit = 50, after = 0, before = 0;
  bool take = false;
};

ExitCode ask(Program& program, std::string_view verb, std::string_view name,
             std::string_view args) {
  auto address = address_of(program.options);
  if (!address) {
    std::fprintf(stderr, "%s\n", address.error().text.c_str());
    return kUsage;
  }
  const auto parsed = json::Document::parse(args);
  if (!parsed) {
    std::fprintf(stderr, "ARGS_JSON: %s\n", parsed.error().text.c_str());
    return kBadData;
  }
  Client client(*std::move(address));
  const auto timeout = std::chrono::seconds(program.options.timeout_seconds);
  return show(program.options, verb == "QUERY" ? client.query(name, args, timeout)
                                               : client.command(name, args, program.key, timeout));
}

void add_plain_queries(CLI::App& app, Program& program) {
  const std::array<std::array<const char*, 2>, 3> queries = {
      {{"status", "How the broker is"},
       {"accounts", "Every account and whether it is ready"},
       {"plugins", "Every loaded plugin"}}};
  for (const auto& [name, about] : queries) {
    app.add_subcommand(name, about)->callback([&program, query = std::string(name)] {
      program.run = [&program, query] { return ask(program, "QUERY", query, "{}"); };
    });
  }
}

void add_lists(CLI::App& app, Program& program) {
  auto* conversations = app.add_subcommand("conversations", "Conversations, newest first");
  conversations->add_option("--state", program.state, "waiting, owned or archived");
  conversations->add_option("--limit", program.limit, "Rows");
  conversations->callback([&program] {
    program.run = [&program] {
      json::Writer args;
      args.begin_object().optional_field("state", program.state).field("limit", program.limit);
      return ask(program, "QUERY", "conversations", args.end_object().take());
    };
  });
  auto* messages = app.add_subcommand("messages", "Messages of a conversation, newest first");
  messages->add_option("CONVERSATION", program.first)->required();
  messages->add_option("--before", program.before, "Numbers below this one");
  messages->add_option("--limit", program.limit, "Rows");
  messages->callback([&program] {
    program.run = [&program] {
      json::Writer args;
      args.begin_object().field("conversation", program.first).field("limit", program.limit);
      args.field("before", program.before);
      return ask(program, "QUERY", "messages", args.end_object().take());
    };
  });
  auto* outbox = app.add_subcommand("outbox", "Outbound parts without a fate yet");
  outbox->add_option("--account", program.account, "<channel>:<name>");
  outbox->add_option("--after", program.after, "Rows with a greater id");
  outbox->add_option("--limit", program.limit, "Rows");
  outbox->callback([&program] {
    program.run = [&program] {
      json::Writer args;
      args.begin_object().optional_field("account", program.account);
      args.field("after", program.after).field("limit", program.limit);
      return ask(program, "QUERY", "outbox", args.end_object().take());
    };
  });
}

void add_quarantine(CLI::App& app, Program& program) {
  auto* quarantine = app.add_subcommand("quarantine", "Arrivals that could not be understood");
  quarantine->require_subcommand(1);
  auto* list = quarantine->add_subcommand("list", "Shows them, oldest first");
  list->add_option("--state", program.state, "held, replayed or discarded");
  list->add_option("--after", program.after, "Rows with a greater id");
  list->add_option("--limit", program.limit, "Rows");
  list->callback([&program] {
    program.run = [&program] {
      json::Writer args;
      args.begin_object().optional_field("state", program.state);
      args.field("after", program.after).field("limit", program.limit);
      return ask(program, "QUERY", "quarantine", args.end_object().take());
    };
  });
  for (const std::string verb : {"replay", "discard"}) {
    auto* command = quarantine->add_subcommand(verb, verb + " one of them");
    command->add_option("ID", program.id)->required();
    command->callback([&program, verb] {
      program.run = [&program, verb] {
        json::Writer args;
        args.begin_object().field("id", program.id).end_object();
        return ask(program, "COMMAND", "quarantine." + verb, args.take());
      };
    });
  }
}

void add_send(CLI::App& app, Program& program) {
  auto* send = app.add_subcommand("send", "Sends a text to a conversation's contact");
  send->add_option("CONVERSATION", program.first)->required();
  send->add_option("TEXT", program.second)->required();
  send->add_option("--author", program.account, "Who says it, e.g. agent:ada");
  send->add_flag("--take", program.take, "Take the conversation for the author");
  send->add_option("--key", program.key, "Idempotency key; the same key never sends twice");
  send->callback([&program] {
    program.run = [&program] {
      json::Writer args;
      args.begin_object().field("conversation", program.first).key("parts").begin_array();
      args.begin_object().field("kind", "text").field("text", program.second).end_object();
      args.end_array().optional_field("author", program.account);
      if (program.take) {
        args.flag("take", true);
      }
      return ask(program, "COMMAND", "message.send", args.end_object().take());
    };
  });
}

void add_any(CLI::App& app, Program& program) {
  auto* query = app.add_subcommand("query", "Any query of docs/protocol-reference.md");
  query->add_option("NAME", program.first)->required();
  query->add_option("ARGS_JSON", program.second);
  query->callback([&program] {
    program.run = [&program] {
      return ask(program, "QUERY", program.first, program.second.empty() ? "{}" : program.second);
    };
  });
  auto* command = app.add_subcommand("command", "Any command of docs/protocol-reference.md");
  command->add_option("NAME", program.first)->required();
  command->add_option("ARGS_JSON", program.second)->required();
  command->add_option("--key", program.key, "Idempotency key");
  command->callback([&program] {
    program.run = [&program] { return ask(program, "COMMAND", program.first, program.second); };
  });
}

void add_tail(CLI::App& app, Program& program) {
  auto* follow = app.add_subcommand("tail", "Prints events as they happen");
  follow->add_option("--from", program.tail.from, "Where to begin: oldest, now or cursor")
      ->check(CLI::IsMember({"oldest", "now", "cursor"}));
  follow->add_option("--cursor", program.tail.cursor, "Name of the cursor; default jackctl");
  follow->add_option("--type", program.tail.type, "Only types with this beginning");
  follow->add_option("--count", program.tail.count, "End after so many events");
  follow->callback(
      [&program] { program.run = [&program] { return tail(program.options, program.tail); }; });
}

ExitCode keygen(const Options& options) {
  std::array<char, 41> public_key{};
  std::array<char, 41> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    std::fputs("this libzmq has no CURVE\n", stderr);
    return kInternal;
  }
  json::Writer pair;
  pair.begin_object().field("public", public_key.data()).field("secret", secret_key.data());
  Response response;
  response.json = pair.end_object().take();
  return show(options, response);
}

void add_options(CLI::App& app, Options& options) {
  const char* data_dir = std::getenv("JACKFIELD_DATA_DIR");
  options.data_dir = data_dir == nullptr ? "/var/lib/jackfield" : data_dir;
  app.add_option("--data-dir", options.data_dir, "The broker's; default $JACKFIELD_DATA_DIR");
  app.add_option("--endpoint", options.endpoint, "ROUTER endpoint instead of the data dir's");
  app.add_option("--server-key", options.server_key, "CURVE: the broker's public key (Z85)");
  app.add_option("--key-file", options.key_file, "CURVE: file with our secret key (Z85)");
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for an answer")
      ->check(CLI::Range(1, 3600));
  app.add_flag("--json", options.is_json, "Print the answer as JSON");
}

int main_of(int argc, char** argv) {
  CLI::App app(
      "Talks to a Jackfield broker. Exit codes: 0 done, 1 no (not found, conflict), 64 usage, "
      "65 bad data, 69 no broker, 70 broker error, 75 try later, 77 denied.");
  app.require_subcommand(1);
  app.fallthrough();
  Program program;
  add_options(app, program.options);
  add_plain_queries(app, program);
  add_lists(app, program);
  add_quarantine(app, program);
  add_send(app, program);
  add_any(app, program);
  add_tail(app, program);
  app.add_subcommand("keygen", "Makes a CURVE key pair")->callback([&program] {
    program.run = [&program] { return keygen(program.options); };
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return program.run();
}

}  // namespace
}  // namespace jackfield::jackctl

int main(int argc, char** argv) {
  try {
    return jackfield::jackctl::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "jackctl: %s\n", error.what());
    return jackfield::jackctl::kInternal;
  }
}
