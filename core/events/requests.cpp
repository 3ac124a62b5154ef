#include "core/events/requests.h"

#include <array>
#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include <sodium.h>

#include "core/base/log.h"
#include "core/events/protocol.h"

namespace jackfield::events {
namespace {

constexpr json::Limits kBodyLimits{kBodyBytesMax, 32, 20'000, false};
constexpr std::size_t kHashBytes = 16;

/// Of everything that makes two requests the same one.
std::string hash_of(std::string_view name, std::string_view args, std::string_view binary) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kHashBytes);
  for (const std::string_view part : {name, args, binary}) {
    const std::string length = std::to_string(part.size()) + ":";
    for (const std::string_view piece : {std::string_view(length), part}) {
      const void* bytes = piece.data();
      crypto_generichash_update(&state, static_cast<const unsigned char*>(bytes), piece.size());
    }
  }
  std::array<unsigned char, kHashBytes> hash{};
  crypto_generichash_final(&state, hash.data(), hash.size());
  std::array<char, kHashBytes * 2 + 1> hex{};
  return sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
}

/// Answers INTERNAL when the application forgets to.
class Ticket {
 public:
  explicit Ticket(std::function<void(Answer)> deliver) : deliver_(std::move(deliver)) {}
  ~Ticket() { give(Error{ErrorCode::internal, "the request was dropped without an answer"}); }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  void give(Answer answer) {
    if (!is_used_.exchange(true)) {
      deliver_(std::move(answer));
    }
  }

 private:
  std::function<void(Answer)> deliver_;
  std::atomic<bool> is_used_ = false;
};

struct Checked {
  std::shared_ptr<const json::Document> body;
  const Declaration* declaration = nullptr;
};

Result<Checked> check(DeclaredKind kind, const Actor& actor, std::string_view body) {
  JACKFIELD_TRY(auto document, json::Document::parse(body, kBodyLimits));
  const auto shared = std::make_shared<const json::Document>(std::move(document));
  const json::Value root = shared->root();
  const std::string_view name = root["name"].text();
  const Declaration* declaration = find_declaration(kind, name);
  if (declaration == nullptr) {
    return Error{ErrorCode::invalid, "unknown name \"" + std::string(name.substr(0, 64)) +
                                         "\"; the query \"declarations\" lists them"};
  }
  if (actor.role < declaration->role) {
    base::log::warn("events.denied", {{"consumer", actor.name}, {"name", declaration->name}});
    return Error{ErrorCode::denied,
                 declaration->name + " needs the role " + std::string(name_of(declaration->role))};
  }
  if (root["args"]) {
    JACKFIELD_TRY([[maybe_unused]] Done ok, check_arguments(*declaration, root["args"]));
  } else if (auto none = json::Document::parse("{}")) {
    JACKFIELD_TRY([[maybe_unused]] Done ok, check_arguments(*declaration, none->root()));
  }
  return Checked{shared, declaration};
}

AnswerKind kind_of(const Answer& answer) {
  return answer.is_error() ? AnswerKind::error : AnswerKind::ok;
}

}  // namespace

Requests::Requests(store::Store& store, CommandPort& port, std::shared_ptr<Mailbox> mailbox,
                   Deliver deliver)
    : store_(store), port_(port), mailbox_(std::move(mailbox)), deliver_(std::move(deliver)) {}

void Requests::refuse(const Asker& asker, ErrorCode code, std::string text) {
  deliver_(asker, AnswerKind::error, error_json({code, std::move(text), {}}));
}

Reply Requests::reply_to(std::function<void(AnswerKind, std::string)> finish) {
  auto deliver = [mailbox = mailbox_, finish = std::move(finish)](Answer answer) {
    mailbox->put_task(
        [finish, answer = std::move(answer)] { finish(kind_of(answer), answer.json()); });
  };
  // Shared: std::function wants copies; the last one to go answers when nobody has.
  auto ticket = std::make_shared<Ticket>(std::move(deliver));
  return [ticket](Answer answer) { ticket->give(std::move(answer)); };
}

void Requests::query(Asker asker, const Actor& actor, std::string_view body) {
  auto checked = check(DeclaredKind::query, actor, body);
  if (!checked) {
    return refuse(asker, checked.error().code, checked.error().text);
  }
  if (checked->declaration->name == "declarations") {
    return deliver_(asker, AnswerKind::ok, declarations_json());
  }
  Request request;
  request.name = checked->declaration->name;
  request.body = checked->body;
  request.args = checked->body->root()["args"];
  request.actor = actor.name;
  request.role = actor.role;
  Reply reply = reply_to([this, asker = std::move(asker)](AnswerKind kind, std::string json) {
    deliver_(asker, kind, std::move(json));
  });
  try {
    port_.query(std::move(request), reply);
  } catch (const std::exception& error) {
    reply(Error{ErrorCode::internal, error.what()});
  }
}

void Requests::command(Asker asker, const Actor& actor, std::string_view body, std::string binary) {
  auto checked = check(DeclaredKind::command, actor, body);
  if (!checked) {
    return refuse(asker, checked.error().code, checked.error().text);
  }
  const json::Value root = checked->body->root();
  const std::string_view key = root["key"].text();
  if (key.empty() || key.size() > kKeyBytesMax) {
    return refuse(asker, ErrorCode::invalid, "a command needs a key of 1 to 128 bytes");
  }
  if (!binary.empty() && !checked->declaration->takes_binary) {
    return refuse(asker, ErrorCode::invalid, "this command takes no binary frame");
  }
  Request request;
  request.name = checked->declaration->name;
  request.body = checked->body;
  request.args = root["args"];
  request.key = actor.name + "/" + std::string(key);
  request.request_hash = hash_of(request.name, request.args.dump(), binary);
  request.actor = actor.name;
  request.role = actor.role;
  request.binary = std::move(binary);
  const std::string scoped = request.key;
  const auto it = running_.find(scoped);
  if (it == running_.end()) {
    running_.emplace(scoped, Running{std::move(request), {std::move(asker)}});
    return look_up(scoped);
  }
  if (it->second.request.request_hash != request.request_hash) {
    return refuse(asker, ErrorCode::invalid, "this key was used for another request");
  }
  if (it->second.askers.size() >= kAskersMax) {
    return refuse(asker, ErrorCode::throttled, "this command is under way");
  }
  it->second.askers.push_back(std::move(asker));
}

void Requests::look_up(const std::string& key) {
  const auto mailbox = mailbox_;
  const Status asked = store_.read([this, mailbox, key](store::Reader& reader) {
    std::optional<store::CommandResult> found;
    bool has_failed = false;
    try {
      found = reader.command_result(key);
    } catch (const std::exception& error) {
      base::log::error("events.command_lookup_failed", {{"error", error.what()}});
      has_failed = true;
    }
    mailbox->put_task([this, key, found = std::move(found), has_failed] {
      if (has_failed) {
        return finish(key, AnswerKind::error,
                      error_json({ErrorCode::internal, "the store cannot be read", {}}));
      }
      if (!found) {
        return run(key);
      }
      if (found->request_hash != running_.at(key).request.request_hash) {
        return finish(
            key, AnswerKind::error,
            error_json({ErrorCode::invalid, "this key was used for another request", {}}));
      }
      finish(key, found->is_error ? AnswerKind::error : AnswerKind::ok, found->reply);
    });
  });
  if (!asked) {
    finish(key, AnswerKind::error, error_json({asked.error().code, asked.error().text, {}}));
  }
}

void Requests::run(const std::string& key) {
  Reply reply =
      reply_to([this, key](AnswerKind kind, const std::string& json) { finish(key, kind, json); });
  try {
    // The table keeps only what comparing needs; the request itself goes to the application.
    Running& running = running_.at(key);
    Request request = running.request;
    running.request.binary.clear();
    running.request.body.reset();
    running.request.args = {};
    port_.command(std::move(request), reply);
  } catch (const std::exception& error) {
    reply(Error{ErrorCode::internal, error.what()});
  }
}

void Requests::finish(const std::string& key, AnswerKind kind, const std::string& json) {
  const auto node = running_.extract(key);
  if (node.empty()) {
    return;
  }
  for (const Asker& asker : node.mapped().askers) {
    deliver_(asker, kind, json);
  }
}

}  // namespace jackfield::events
