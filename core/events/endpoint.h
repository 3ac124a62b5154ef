#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "jackfield/json.h"
#include "jackfield/result.h"

/// What the event endpoint asks of the application: to carry out commands and to answer queries.
namespace jackfield::events {

/// What a consumer may do; each role may do what the ones before it may.
enum class Role : std::uint8_t { subscriber = 0, agent_client = 1, router = 2, operator_ = 3 };
std::string_view name_of(Role role);
/// Nothing, unless `text` is what name_of() writes.
std::optional<Role> parse_role(std::string_view text);

/// A command or query whose name, role and arguments have been checked against the declarations.
struct Request {
  std::string name;  ///< "message.send".
  /// Keeps the arguments alive; shared because std::function wants copies.
  std::shared_ptr<const json::Document> body;
  json::Value args;  ///< An object; points into `body`.
  /// Commands: "<actor>/<the client's key>". The application stores its answer under it, with
  /// Transaction::add_command_result(key, {request_hash, reply, is_error}), inside the transaction
  /// that carries the command out, so that both happen or neither does. Empty for queries.
  std::string key;
  std::string request_hash;  ///< Of name, arguments and binary; hex.
  std::string actor;         ///< Name of the consumer ("local" over ipc).
  Role role = Role::subscriber;
  std::string binary;  ///< media.put: at most kBinaryBytesMax.
};

/// Why a request was not carried out. `details`: a JSON object whose members are added to the error
/// the client reads ({"version":7,"owner":"ada"} for a conflict), or empty.
struct RequestError {
  ErrorCode code = ErrorCode::internal;
  std::string text;
  std::string details;
};

/// JSON of an answer, or why there is none.
class Answer {
 public:
  // Implicit on purpose: `reply(Error{…})`, `reply(std::move(result))`.
  // NOLINTBEGIN(google-explicit-constructor)
  Answer(std::string json) : json_(std::move(json)) {}
  Answer(RequestError error) : error_(std::move(error)) {}
  Answer(Error error) : error_(RequestError{error.code, std::move(error.text), {}}) {}
  Answer(Result<std::string> result) {
    if (result) {
      json_ = *std::move(result);
    } else {
      error_ = RequestError{result.error().code, result.error().text, {}};
    }
  }
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool is_error() const { return error_.has_value(); }
  /// JSON of the answer, or of the error as the client reads it: what a CommandResult stores.
  [[nodiscard]] std::string json() const;

 private:
  std::string json_;
  std::optional<RequestError> error_;
};

/// {"code":"CONFLICT","text":"…", …details}.
std::string error_json(const RequestError& error);
/// The protocol's word for a code: conflict CONFLICT, denied DENIED, not_found NOT_FOUND, throttled
/// BUSY, invalid BAD, any other INTERNAL.
std::string_view wire_code(ErrorCode code);

/// Answers one request; any thread; the first call counts. When every copy is destroyed without a
/// call, the client is answered INTERNAL. After the endpoint has stopped, a call does nothing.
using Reply = std::function<void(Answer)>;

/// Carries out commands and queries; the application implements it. Both are called on the
/// endpoint's thread and return at once; the work goes through the store. They may throw: the
/// client is answered INTERNAL.
class CommandPort {
 public:
  virtual ~CommandPort() = default;
  virtual void command(Request request, Reply reply) = 0;
  virtual void query(Request request, Reply reply) = 0;
};

}  // namespace jackfield::events
