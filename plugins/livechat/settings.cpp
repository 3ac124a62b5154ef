#include "plugins/livechat/settings.h"

#include <utility>

#include "jackfield/json.h"
#include "plugins/livechat/origins.h"

namespace jackfield::livechat {

namespace {

constexpr std::size_t kOriginsMax = 100;

/// Reads whole numbers and remembers the first that is wrong.
class Numbers {
 public:
  explicit Numbers(json::Value root) : root_(root) {}

  template <class Number>
  void read(std::string_view name, std::int64_t least, std::int64_t most, Number& into) {
    const json::Value value = root_[name];
    if (!value) {
      return;
    }
    const auto number = value.integer();
    if (!number || *number < least || *number > most) {
      problem_ = std::string(name) + " must be a whole number from " + std::to_string(least) +
                 " to " + std::to_string(most);
      return;
    }
    into = static_cast<Number>(*number);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  json::Value root_;
  std::string problem_;
};

Result<std::vector<std::string>> parse_origins(json::Value list) {
  if (list && !list.is_array()) {
    return Error{ErrorCode::invalid, "origins must be a list"};
  }
  if (list.size() > kOriginsMax) {
    return Error{ErrorCode::invalid,
                 "origins: at most " + std::to_string(kOriginsMax) + ", use one account per site"};
  }
  std::vector<std::string> origins;
  for (const json::Value one : list) {
    auto origin = parse_origin(one.string().value_or(""));
    if (!origin) {
      return Error{ErrorCode::invalid,
                   "origins: \"" + one.dump().substr(0, 100) +
                       "\" is not scheme://host[:port]; write it as the browser's address bar "
                       "shows it, without a path"};
    }
    origins.push_back(*std::move(origin));
  }
  return origins;
}

}  // namespace

Result<Settings> parse_settings(std::string_view config_json) {
  JACKFIELD_TRY(const json::Document document,
                json::Document::parse(config_json.empty() ? "{}" : config_json));
  const json::Value root = document.root();
  if (!root.is_object()) {
    return Error{ErrorCode::invalid, "the settings must be an object"};
  }
  Settings settings;
  JACKFIELD_TRY(settings.origins, parse_origins(root["origins"]));
  if (const json::Value any = root["allow_any_origin"]) {
    if (!any.boolean()) {
      return Error{ErrorCode::invalid, "allow_any_origin must be true or false"};
    }
    settings.allow_any_origin = *any.boolean();
  }
  Numbers numbers(root);
  numbers.read("text_bytes_max", 1, 32'768, settings.text_bytes_max);
  numbers.read("messages_per_minute", 1, 6'000, settings.messages.per_minute);
  numbers.read("messages_burst", 1, 1'000, settings.messages.burst);
  numbers.read("typing_per_minute", 1, 6'000, settings.typing.per_minute);
  numbers.read("new_visitors_per_minute", 1, 60'000, settings.new_visitors.per_minute);
  numbers.read("sockets_per_visitor", 1, 100, settings.sockets_per_visitor);
  numbers.read("sockets_max", 1, 100'000, settings.sockets_max);
  numbers.read("hello_timeout_ms", 100, 60'000, settings.hello_timeout_ms);
  numbers.read("bad_frames_max", 1, 1'000, settings.bad_frames_max);
  numbers.read("token_days", 1, 3'650, settings.token_days);
  if (!numbers.problem().empty()) {
    return Error{ErrorCode::invalid, numbers.problem()};
  }
  settings.typing.burst = settings.typing.per_minute;
  settings.new_visitors.burst = settings.new_visitors.per_minute;
  return settings;
}

}  // namespace jackfield::livechat
