#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/declarations.h"
#include "core/events/endpoint.h"
#include "core/events/mailbox.h"
#include "core/events/zap_gate.h"
#include "core/store/store.h"

namespace jackfield::events {

/// Who waits for an answer.
struct Asker {
  std::string peer;
  std::string request_id;
};
enum class AnswerKind : bool { ok, error };

/// Checks commands and queries against the declarations and hands them to the application. A
/// command is carried out once per key: an answer that is stored is given again, and whoever asks
/// while it is under way waits for the same answer. One thread; what comes back goes through the
/// mailbox.
class Requests {
 public:
  /// Called on the endpoint's thread, once per asker.
  using Deliver = std::function<void(const Asker&, AnswerKind, std::string json)>;

  Requests(store::Store& store, CommandPort& port, std::shared_ptr<Mailbox> mailbox,
           Deliver deliver);

  void command(Asker asker, const Actor& actor, std::string_view body, std::string binary);
  void query(Asker asker, const Actor& actor, std::string_view body);

 private:
  /// A command under way.
  struct Running {
    Request request;
    std::vector<Asker> askers;  ///< At most kAskersMax.
  };
  static constexpr std::size_t kAskersMax = 8;

  void refuse(const Asker& asker, ErrorCode code, std::string text);
  void look_up(const std::string& key);
  void run(const std::string& key);
  void finish(const std::string& key, AnswerKind kind, const std::string& json);
  Reply reply_to(std::function<void(AnswerKind, std::string)> finish);

  store::Store& store_;
  CommandPort& port_;
  std::shared_ptr<Mailbox> mailbox_;
  Deliver deliver_;
  std::map<std::string, Running> running_;  ///< By scoped key; bounded by kRequestsMax askers.
};

}  // namespace jackfield::events
