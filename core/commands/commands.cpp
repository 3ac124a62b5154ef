#include "core/commands/commands.h"

#include <algorithm>
#include <utility>

#include "core/base/log.h"
#include "core/events/declarations.h"

namespace jackfield::commands {

namespace log = base::log;
using events::Answer;
using events::Reply;
using events::Request;
using events::RequestError;

Commands::Commands(Parts parts)
    : parts_(std::move(parts)),
      uploads_(parts_.clock),
      commands_({
          {"message.send", &Commands::send},
          {"message.resend", &Commands::resend},
          {"media.put", &Commands::put_media},
          {"conversation.start", &Commands::start_conversation},
          {"conversation.take", &Commands::take},
          {"conversation.release", &Commands::release},
          {"conversation.archive", &Commands::archive},
          {"conversation.unarchive", &Commands::unarchive},
          {"conversation.typing", &Commands::typing},
          {"conversation.read", &Commands::read},
          {"conversation.end_session", &Commands::end_session},
          {"quarantine.replay", &Commands::replay},
          {"quarantine.discard", &Commands::discard},
          {"account.pause", &Commands::pause},
          {"account.resume", &Commands::resume},
      }),
      queries_({
          {"status", &Commands::status},
          {"accounts", &Commands::accounts},
          {"plugins", &Commands::plugins},
          {"conversation", &Commands::find_conversation},
          {"conversations", &Commands::list_conversations},
          {"messages", &Commands::list_messages},
          {"message", &Commands::find_message},
          {"outbox", &Commands::list_outbox},
          {"quarantine", &Commands::list_quarantine},
      }) {}

void Commands::command(Request request, Reply reply) {
  const auto found = commands_.find(request.name);
  if (found == commands_.end()) {
    reply(Error{ErrorCode::invalid, "there is no command " + request.name});
    return;
  }
  (this->*found->second)(request, reply);
}

void Commands::query(Request request, Reply reply) {
  if (request.name == "declarations") {
    reply(events::declarations_json());
    return;
  }
  const auto found = queries_.find(request.name);
  if (found == queries_.end()) {
    reply(Error{ErrorCode::invalid, "there is no query " + request.name});
    return;
  }
  const QueryFunction function = found->second;
  const Status asked = parts_.store.read([this, function, request, reply](store::Reader& reader) {
    reply((this->*function)(reader, request.args));
  });
  if (!asked) {
    reply(asked.error());
  }
}

void Commands::run(const Request& request, const Reply& reply, Work work, After after) {
  auto answer = std::make_shared<Answer>(Error{ErrorCode::internal, "not carried out"});
  const Status taken = parts_.store.write(
      [this, request, answer, work = std::move(work)](store::Transaction& tx) {
        try {
          *answer = work(tx);
        } catch (const store::Refused& refused) {
          *answer = refused.error;
        }
        store::CommandResult result;
        result.request_hash = request.request_hash;
        result.reply = answer->json();
        result.is_error = answer->is_error();
        tx.add_command_result(request.key, result, parts_.clock.unix_ms());
      },
      [answer, reply, after = std::move(after)](const Status& written) {
        if (!written) {
          reply(written.error());
          return;
        }
        if (after && !answer->is_error()) {
          after();
        }
        reply(*answer);
      });
  if (!taken) {
    reply(taken.error());
  }
}

void Commands::with_conversation(
    const Request& request, const Reply& reply,
    std::function<Answer(store::Reader&, const model::Conversation&)> act) {
  const std::string text(request.args["conversation"].text());
  const Status asked =
      parts_.store.read([text, reply, act = std::move(act)](store::Reader& reader) {
        const auto id = model::ConversationId::parse(text);
        const auto conversation = id ? reader.conversation(*id) : std::nullopt;
        if (!conversation) {
          reply(Error{ErrorCode::not_found, "no conversation " + text});
          return;
        }
        reply(act(reader, *conversation));
      });
  if (!asked) {
    reply(asked.error());
  }
}

bool Commands::has_account(const model::AccountId& account) const {
  const auto accounts = parts_.plugins.accounts();
  return std::any_of(
      accounts.begin(), accounts.end(),
      [&account](const plugin_host::AccountState& state) { return state.account == account; });
}

RequestError conflict_with(const model::Conversation& current, std::string text) {
  RequestError error;
  error.code = ErrorCode::conflict;
  error.text = std::move(text);
  json::Writer details;
  details.begin_object()
      .field("version", current.version)
      .field("state", model::name_of(current.state))
      .field("owner", current.owner)
      .end_object();
  error.details = details.take();
  return error;
}

}  // namespace jackfield::commands
