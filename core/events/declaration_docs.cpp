#include <cstdint>
#include <limits>
#include <string>

#include "core/events/declarations.h"

namespace jackfield::events {
namespace {

void write_object_schema(json::Writer& out, const std::vector<Field>& fields, bool is_open);

void write_schema(json::Writer& out, const Field& field, bool is_open) {
  out.begin_object();
  switch (field.type) {
    case FieldType::text:
      out.field("type", "string");
      if (field.allowed.empty()) {
        out.field("minLength", field.min).field("maxLength", field.max);
        break;
      }
      out.key("enum").begin_array();
      for (const auto& choice : field.allowed) {
        out.string(choice);
      }
      out.end_array();
      break;
    case FieldType::integer:
      out.field("type", "integer").field("minimum", field.min).field("maximum", field.max);
      break;
    case FieldType::boolean:
      out.field("type", "boolean");
      break;
    case FieldType::object:
      out.field("type", "object");
      break;
    case FieldType::array:
      out.field("type", "array").field("minItems", field.min).field("maxItems", field.max);
      out.key("items").begin_object().key("oneOf").begin_array();
      for (const auto& shape : field.shapes) {
        write_object_schema(out, shape, is_open);
      }
      out.end_array().end_object();
      break;
  }
  out.optional_field("description", field.about).end_object();
}

/// Events stay open for members that a later version adds; arguments are closed.
void write_object_schema(json::Writer& out, const std::vector<Field>& fields, bool is_open) {
  out.begin_object().field("type", "object").key("properties").begin_object();
  bool has_required = false;
  for (const auto& field : fields) {
    has_required = has_required || field.is_required;
    out.key(field.name);
    write_schema(out, field, is_open);
  }
  out.end_object();
  if (has_required) {  // Draft 4 does not allow an empty list.
    out.key("required").begin_array();
    for (const auto& field : fields) {
      if (field.is_required) {
        out.string(field.name);
      }
    }
    out.end_array();
  }
  out.flag("additionalProperties", is_open).end_object();
}

void write_declaration(json::Writer& out, const Declaration& declaration) {
  out.begin_object()
      .field("name", declaration.name)
      .field("about", declaration.about)
      .field("role", name_of(declaration.role));
  if (declaration.kind == DeclaredKind::event) {
    out.field("topic", declaration.name + "." + declaration.route)
        .flag("durable", declaration.durable == Durable::yes);
  }
  if (declaration.takes_binary) {
    out.flag("binary", true);
  }
  out.raw_field("schema", schema_json(declaration)).end_object();
}

void write_kind(json::Writer& out, std::string_view name, DeclaredKind kind) {
  out.key(name).begin_array();
  for (const auto& declaration : declarations()) {
    if (declaration.kind == kind) {
      write_declaration(out, declaration);
    }
  }
  out.end_array();
}

std::string type_text(const Field& field) {
  const auto range = [&] { return std::to_string(field.min) + " to " + std::to_string(field.max); };
  switch (field.type) {
    case FieldType::boolean:
      return "boolean";
    case FieldType::integer: {
      const bool is_wide = field.max == std::numeric_limits<std::int64_t>::max();
      return is_wide ? "integer, at least " + std::to_string(field.min) : "integer, " + range();
    }
    case FieldType::array:
      return "array of " + range() + " objects";
    case FieldType::object:
      return "object";
    case FieldType::text:
      break;
  }
  if (field.allowed.empty()) {
    return "string, " + range() + " bytes";
  }
  std::string text;
  for (const auto& choice : field.allowed) {
    text += (text.empty() ? "`" : ", `") + choice + "`";
  }
  return text;
}

void write_rows(std::string& out, const std::vector<Field>& fields, const std::string& prefix) {
  for (const auto& field : fields) {
    out += "| `" + prefix + field.name + "` | " + type_text(field) + " | " +
           (field.is_required ? "yes" : "") + " | " + field.about + " |\n";
    for (const auto& shape : field.shapes) {
      write_rows(out, shape, prefix + field.name + "[].");
    }
  }
}

void write_section(std::string& out, const Declaration& declaration) {
  out += "\n### " + declaration.name + "\n" + declaration.about + "  \n";
  if (declaration.kind == DeclaredKind::event) {
    out += "Topic `" + declaration.name + "." + declaration.route + "`.";
    out += declaration.durable == Durable::no ? " Not durable: never replayed.\n" : "\n";
  } else {
    out += "Role: `" + std::string(name_of(declaration.role)) + "`.";
    out += declaration.takes_binary ? " Takes a binary frame.\n" : "\n";
  }
  if (!declaration.fields.empty()) {
    out += "\n| member | type | required | meaning |\n| --- | --- | --- | --- |\n";
    write_rows(out, declaration.fields, "");
  }
}

}  // namespace

std::string schema_json(const Declaration& declaration) {
  json::Writer out;
  write_object_schema(out, declaration.fields, declaration.kind == DeclaredKind::event);
  return out.take();
}

std::string declarations_json() {
  json::Writer out;
  out.begin_object();
  write_kind(out, "commands", DeclaredKind::command);
  write_kind(out, "queries", DeclaredKind::query);
  write_kind(out, "events", DeclaredKind::event);
  return out.end_object().take();
}

std::string declarations_markdown() {
  std::string out =
      "# Protocol reference\n\n"
      "Made from the table in `core/events/declared_*.cpp`; a unit test keeps it so. How requests "
      "and\n"
      "events travel is in [events.md](events.md). A role may do what the roles before it may:\n"
      "`subscriber`, `agent_client`, `router`, `operator`.\n";
  const auto write_part = [&](const char* title, DeclaredKind kind) {
    out += std::string("\n## ") + title + "\n";
    for (const auto& declaration : declarations()) {
      if (declaration.kind == kind) {
        write_section(out, declaration);
      }
    }
  };
  write_part("Commands", DeclaredKind::command);
  write_part("Queries", DeclaredKind::query);
  write_part("Events", DeclaredKind::event);
  return out;
}

}  // namespace jackfield::events
