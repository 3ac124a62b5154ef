#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/commands/uploads.h"
#include "core/events/endpoint.h"
#include "core/media/media_files.h"
#include "core/outbound/sender.h"
#include "core/plugin_host/plugin_host.h"
#include "core/store/store.h"

namespace jackfield::commands {

/// Carries out what consumers ask: the broker's mechanism, so it checks every invariant itself (P6)
/// and trusts no consumer to have done so.
///
/// A command that changes the store stores its answer in the same transaction, refusals too: the
/// same key gets the same answer.
///
/// Threads: command() and query() from any; answers on the store's threads.
/// Lifetime: everything given to the constructor outlives it.
class Commands final : public events::CommandPort {
 public:
  struct Parts {
    store::Store& store;
    const base::Clock& clock;
    plugin_host::PluginHost& plugins;
    outbound::Sender& sender;
    media::MediaFiles& media;
    std::chrono::milliseconds expires_after;
    std::function<std::string()> status_json;  ///< Answer to the query "status"; any thread.
  };

  explicit Commands(Parts parts);

  void command(events::Request request, events::Reply reply) override;
  void query(events::Request request, events::Reply reply) override;

  /// Work of a command: reads and changes, and says the answer. An error must come before any
  /// change; it may also be thrown as store::Refused.
  using Work = std::function<events::Answer(store::Transaction&)>;
  using After =
      std::function<void()>;  ///< Once the work is durable and was not refused; writer thread.

 private:
  using CommandFunction = void (Commands::*)(const events::Request&, const events::Reply&);
  using QueryFunction = events::Answer (Commands::*)(store::Reader&, json::Value);

  /// Runs `work` in one transaction with the stored answer, then `after`, then replies.
  void run(const events::Request& request, const events::Reply& reply, Work work, After after = {});
  /// Reads the conversation named in the request, then calls `act` with it on a reader thread.
  void with_conversation(
      const events::Request& request, const events::Reply& reply,
      std::function<events::Answer(store::Reader&, const model::Conversation&)> act);

  // message_commands.cpp
  void send(const events::Request& request, const events::Reply& reply);
  void resend(const events::Request& request, const events::Reply& reply);
  void start_conversation(const events::Request& request, const events::Reply& reply);
  // conversation_commands.cpp
  void take(const events::Request& request, const events::Reply& reply);
  void release(const events::Request& request, const events::Reply& reply);
  void archive(const events::Request& request, const events::Reply& reply);
  void unarchive(const events::Request& request, const events::Reply& reply);
  void typing(const events::Request& request, const events::Reply& reply);
  void read(const events::Request& request, const events::Reply& reply);
  void end_session(const events::Request& request, const events::Reply& reply);
  // operator_commands.cpp
  void put_media(const events::Request& request, const events::Reply& reply);
  void replay(const events::Request& request, const events::Reply& reply);
  void discard(const events::Request& request, const events::Reply& reply);
  void pause(const events::Request& request, const events::Reply& reply);
  void resume(const events::Request& request, const events::Reply& reply);
  // queries.cpp
  events::Answer find_conversation(store::Reader& reader, json::Value args);
  events::Answer list_conversations(store::Reader& reader, json::Value args);
  events::Answer find_message(store::Reader& reader, json::Value args);
  events::Answer list_messages(store::Reader& reader, json::Value args);
  events::Answer list_outbox(store::Reader& reader, json::Value args);
  events::Answer list_quarantine(store::Reader& reader, json::Value args);
  events::Answer status(store::Reader& reader, json::Value args);
  events::Answer accounts(store::Reader& reader, json::Value args);
  events::Answer plugins(store::Reader& reader, json::Value args);

  [[nodiscard]] bool has_account(const model::AccountId& account) const;

  Parts parts_;
  Uploads uploads_;
  std::map<std::string, CommandFunction, std::less<>> commands_;
  std::map<std::string, QueryFunction, std::less<>> queries_;
};

/// The answer to a command that lost against somebody else: CONFLICT with the version and owner
/// that won.
events::RequestError conflict_with(const model::Conversation& current, std::string text);

}  // namespace jackfield::commands
