#include "core/events/declarations.h"

#include <limits>
#include <utility>

namespace jackfield::events {
namespace {

Error wrong(const std::string& where, const std::string& what) {
  return Error{ErrorCode::invalid, where + ": " + what};
}

Status check_object(const std::vector<Field>& fields, json::Value object, const std::string& where);

Status check_text(const Field& field, json::Value value, const std::string& where) {
  const auto text = value.string();
  if (!text) {
    return wrong(where, "must be a string");
  }
  const auto size = static_cast<std::int64_t>(text->size());
  if (size < field.min) {
    return wrong(where, "shorter than " + std::to_string(field.min) + " bytes");
  }
  if (size > field.max) {
    return wrong(where, "longer than " + std::to_string(field.max) + " bytes");
  }
  if (field.allowed.empty()) {
    return Done{};
  }
  std::string choices;
  for (const auto& choice : field.allowed) {
    if (choice == *text) {
      return Done{};
    }
    choices += (choices.empty() ? "" : ", ") + choice;
  }
  return wrong(where, "must be one of: " + choices);
}

Status check_integer(const Field& field, json::Value value, const std::string& where) {
  const auto number = value.type() == json::Type::number ? value.integer() : std::nullopt;
  if (!number) {
    return wrong(where, "must be a whole number");
  }
  if (*number < field.min || *number > field.max) {
    return wrong(where,
                 "must be from " + std::to_string(field.min) + " to " + std::to_string(field.max));
  }
  return Done{};
}

/// An element takes the shape whose first member allows what the element says there.
Status check_element(const Field& field, json::Value element, const std::string& where) {
  const std::string_view key = field.shapes.front().front().name;
  for (const auto& shape : field.shapes) {
    for (const auto& choice : shape.front().allowed) {
      if (element[key].string() == choice) {
        return check_object(shape, element, where);
      }
    }
  }
  return wrong(where + "." + std::string(key), "missing or unknown");
}

Status check_array(const Field& field, json::Value value, const std::string& where) {
  if (!value.is_array()) {
    return wrong(where, "must be an array");
  }
  const auto size = static_cast<std::int64_t>(value.size());
  if (size < field.min || size > field.max) {
    return wrong(where, "must have " + std::to_string(field.min) + " to " +
                            std::to_string(field.max) + " elements");
  }
  std::size_t index = 0;
  for (const json::Value element : value) {
    const std::string place = where + "[" + std::to_string(index++) + "]";
    if (!element.is_object()) {
      return wrong(place, "must be an object");
    }
    JACKFIELD_TRY([[maybe_unused]] Done done, check_element(field, element, place));
  }
  return Done{};
}

Status check_value(const Field& field, json::Value value, const std::string& where) {
  switch (field.type) {
    case FieldType::text:
      return check_text(field, value, where);
    case FieldType::integer:
      return check_integer(field, value, where);
    case FieldType::boolean:
      return value.boolean() ? Status(Done{}) : wrong(where, "must be true or false");
    case FieldType::array:
      return check_array(field, value, where);
    case FieldType::object:
      return value.is_object() ? Status(Done{}) : wrong(where, "must be an object");
  }
  return wrong(where, "has no declared type");
}

Status check_object(const std::vector<Field>& fields, json::Value object,
                    const std::string& where) {
  const std::string prefix = where.empty() ? where : where + ".";
  for (auto it = object.begin(); it != object.end(); ++it) {
    const Field* known = nullptr;
    for (const auto& field : fields) {
      known = field.name == it.key() ? &field : known;
    }
    if (known == nullptr) {
      return wrong(prefix + std::string(it.key()).substr(0, 64), "unknown member");
    }
    JACKFIELD_TRY([[maybe_unused]] Done done, check_value(*known, *it, prefix + known->name));
  }
  for (const auto& field : fields) {
    if (field.is_required && !object[field.name]) {
      return wrong(prefix + field.name, "is required");
    }
  }
  return Done{};
}

std::vector<Declaration> whole_table() {
  auto table = declared_commands();
  for (auto part : {declared_queries(), declared_events()}) {
    for (auto& declaration : part) {
      table.push_back(std::move(declaration));
    }
  }
  return table;
}

}  // namespace

const std::vector<Declaration>& declarations() {
  static const std::vector<Declaration> table = whole_table();
  return table;
}

const Declaration* find_declaration(DeclaredKind kind, std::string_view name) {
  for (const auto& declaration : declarations()) {
    if (declaration.kind == kind && declaration.name == name) {
      return &declaration;
    }
  }
  return nullptr;
}

Status check_arguments(const Declaration& declaration, json::Value args) {
  if (!args.is_object()) {
    return wrong("args", "must be an object");
  }
  return check_object(declaration.fields, args, "");
}

Field text_field(std::string name, std::int64_t max, std::string about) {
  return {std::move(name), FieldType::text, false, 1, max, std::move(about), {}, {}};
}
Field integer_field(std::string name, std::int64_t min, std::int64_t max, std::string about) {
  return {std::move(name), FieldType::integer, false, min, max, std::move(about), {}, {}};
}
Field boolean_field(std::string name, std::string about) {
  return {std::move(name), FieldType::boolean, false, 0, 0, std::move(about), {}, {}};
}
Field choice_field(std::string name, std::vector<std::string> allowed, std::string about) {
  return {std::move(name), FieldType::text, false, 1, 64, std::move(about), std::move(allowed), {}};
}
Field object_field(std::string name, std::string about) {
  return {std::move(name), FieldType::object, false, 0, 0, std::move(about), {}, {}};
}
Field required(Field field) {
  field.is_required = true;
  return field;
}

}  // namespace jackfield::events
