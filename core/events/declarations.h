#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/endpoint.h"
#include "jackfield/json.h"
#include "jackfield/result.h"

/// Every command, query and event type, once: the ROUTER checks requests against this table, the
/// HTTP API and docs/protocol-reference.md are made from it.
namespace jackfield::events {

enum class FieldType : std::uint8_t { text, integer, boolean, array, object };

/// One member of an object.
struct Field {
  std::string name;
  FieldType type = FieldType::text;
  bool is_required = false;
  std::int64_t min = 0;  ///< integer: least value; text: bytes; array: elements.
  std::int64_t max = 0;  ///< The same, largest.
  std::string about;
  std::vector<std::string> allowed;  ///< text: the only values; empty: any.
  /// array: the shapes an element may have (each an object), told apart by the `allowed` of their
  /// first member.
  std::vector<std::vector<Field>> shapes;
};

enum class DeclaredKind : std::uint8_t { command, query, event };
enum class Durable : bool { no, yes };

struct Declaration {
  DeclaredKind kind = DeclaredKind::command;
  std::string name;
  std::string about;  ///< One line.
  Role role = Role::subscriber;
  std::vector<Field> fields;       ///< Of the arguments, or of an event's data.
  std::string route;               ///< Events: what follows the type in the topic.
  Durable durable = Durable::yes;  ///< Events: whether it is in the journal.
  bool takes_binary = false;       ///< Commands: a fifth frame may follow.
};

/// The whole table: commands, then queries, then events.
const std::vector<Declaration>& declarations();
/// Null when there is none.
const Declaration* find_declaration(DeclaredKind kind, std::string_view name);

/// Checks arguments: an object; required members there; no unknown ones; types and bounds kept.
/// Error: invalid, naming the member: `parts[0].text: longer than 65536 bytes`.
Status check_arguments(const Declaration& declaration, json::Value args);

/// JSON Schema (draft 4) of the arguments or the data.
std::string schema_json(const Declaration& declaration);
/// The table as JSON: {"commands":[{"name","about","role","schema"}…],"queries":[…],"events":[…]}.
std::string declarations_json();
/// The table as the text of docs/protocol-reference.md.
std::string declarations_markdown();

// Parts of the table, each in a file of its own.
std::vector<Declaration> declared_commands();
std::vector<Declaration> declared_queries();
std::vector<Declaration> declared_events();

// What the tables are written with.
Field text_field(std::string name, std::int64_t max, std::string about);
Field integer_field(std::string name, std::int64_t min, std::int64_t max, std::string about);
Field boolean_field(std::string name, std::string about);
Field choice_field(std::string name, std::vector<std::string> allowed, std::string about);
Field object_field(std::string name, std::string about);
Field required(Field field);

}  // namespace jackfield::events
