#include <array>

#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

std::string type_of(const SettingsShape& shape) {
  switch (shape.kind) {
    case SettingsKind::text:
      if (!shape.choices.empty()) {
        std::string text = "`";
        for (const char c : shape.choices) {
          text += c == '|' ? "`, `" : std::string(1, c);
        }
        return text + "`";
      }
      return "text";
    case SettingsKind::integer:
      return "whole number, " + std::to_string(shape.min) + " to " + std::to_string(shape.max);
    case SettingsKind::boolean:
      return "true or false";
    case SettingsKind::text_list:
      return "list of texts";
    case SettingsKind::object:
      return "object";
    case SettingsKind::objects:
      return shape.key == "accounts" ? "object of objects" : "list of objects";
  }
  return "";
}

template <class Target>
std::string rows(std::span<const SettingsRule<Target>> rules) {
  std::string text = "| key | type | default | meaning |\n| --- | --- | --- | --- |\n";
  const Target defaults{};
  for (const auto& rule : rules) {
    text.append("| `").append(rule.key).append("` | ").append(type_of(rule)).append(" | ");
    text.append(rule.shown == nullptr ? "" : "`" + rule.shown(defaults) + "`");
    text.append(" | ").append(rule.doc).append(" |\n");
  }
  return text;
}

constexpr std::string_view kHead = R"(# Configuration

Jackfield reads every `*.json` of its configuration directories, sorted by file name over all of them; a file in
`/etc/jackfield/conf.d` replaces the shipped one of the same name. Then the files of `accounts/`, then environment
variables (`JACKFIELD__HTTP__PORT=8081` is `http.port`), then `--set http.port=8081`. What comes later wins: objects
merge, lists and single values replace, `null` deletes (RFC 7396). Comments and trailing commas are allowed. A list in
the environment may be written `a,b`.

An unknown key is an error, and so is a value of the wrong kind; `jackfield --check-config` prints all of them with
file, line and column, and exits with 78.

)";

constexpr std::string_view kAccounts = R"(
## Accounts

One account for each file `conf.d/accounts/<name>.json`: these keys and `"account": "<channel>:<name>"`. The same keys
may stand under `accounts` in any other file, by account id.

)";

constexpr std::string_view kSecrets = R"(
A secret is never written down in place. `{"$file": "path"}` is the text of a file without line breaks at its end; a
relative path counts from the file that names it. `{"$env": "NAME"}` is an environment variable. A secret that can't be
read is an error; one that others may read gives a warning.

)";

}  // namespace

std::string settings_reference() {
  std::string text(kHead);
  text.append("## Keys\n\n").append(rows(settings_rules()));
  text.append(kAccounts).append(rows(account_rules())).append(kSecrets);
  text.append("## Consumers\n\nMembers of `events.consumers`.\n\n").append(rows(consumer_rules()));
  return text;
}

}  // namespace jackfield::base
