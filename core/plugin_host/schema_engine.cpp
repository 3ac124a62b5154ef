// The only file that knows RapidJSON's document and schema parts. Everything that gets here went
// through jackfield/json.h first, which bounds its size and depth.
#include <string>

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "core/plugin_host/config_schema.h"

namespace jackfield::plugin_host {
namespace {

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string text_of(const rapidjson::Pointer& pointer) {
  rapidjson::StringBuffer buffer;
  pointer.Stringify(buffer);
  return {buffer.GetString(), buffer.GetSize()};
}

/// What the schema asks for at that place: `minLength is 3`.
std::string demand(const rapidjson::Document& schema, const rapidjson::Pointer& place,
                   const std::string& keyword) {
  const rapidjson::Value* rules = place.Get(schema);
  if (rules == nullptr || !rules->IsObject() || !rules->HasMember(keyword.c_str())) {
    return "does not fit the plugin's schema (" + keyword + ")";
  }
  const std::string wanted = text_of((*rules)[keyword.c_str()]);
  if (keyword == "type") {
    return "must be of type " + wanted;
  }
  if (keyword == "enum") {
    return "must be one of " + wanted;
  }
  return "does not fit the plugin's schema: " + keyword + " is " + wanted;
}

}  // namespace

bool is_supported_pattern(std::string_view pattern) {
  const std::string text(pattern);
  const rapidjson::internal::GenericRegex<rapidjson::UTF8<>> regex(text.c_str());
  return regex.IsValid();
}

Misfit first_misfit(std::string_view schema_text, const base::AccountSettings& settings) {
  rapidjson::Document schema;
  schema.Parse<kFlags>(schema_text.data(), schema_text.size());
  rapidjson::Document config;
  config.Parse<kFlags>(settings.config_json.data(), settings.config_json.size());
  if (schema.HasParseError() || config.HasParseError()) {
    return {true, "", "can't be read as JSON"};
  }
  for (const auto& [pointer, secret] : settings.secrets) {
    const rapidjson::Pointer place(pointer.data(), pointer.size());
    if (place.IsValid()) {
      const std::string& value = secret.reveal();
      place.Set(config, rapidjson::Value(value.data(), static_cast<unsigned>(value.size()),
                                         config.GetAllocator()));
    }
  }
  const rapidjson::SchemaDocument rules(schema);
  rapidjson::SchemaValidator validator(rules);
  if (config.Accept(validator)) {
    return {};
  }
  const std::string keyword = validator.GetInvalidSchemaKeyword() != nullptr
                                  ? validator.GetInvalidSchemaKeyword()
                                  : "schema";
  return {true, text_of(validator.GetInvalidDocumentPointer()),
          demand(schema, validator.GetInvalidSchemaPointer(), keyword)};
}

}  // namespace jackfield::plugin_host
