#include "core/plugin_host/config_schema.h"

#include <string>

#include <gtest/gtest.h>

namespace jackfield::plugin_host {
namespace {

constexpr char kSchema[] = R"({
  "type": "object", "additionalProperties": false, "required": ["phone_id", "token"],
  "properties": {
    "phone_id": {"type": "string", "pattern": "^[0-9]+$"},
    "token": {"type": "string", "x-secret": true, "minLength": 4},
    "mode": {"type": "string", "enum": ["live", "test"]},
    "nested": {"$ref": "#/definitions/nested"}
  },
  "definitions": {"nested": {"type": "object", "additionalProperties": false,
    "properties": {"key": {"type": "string", "x-secret": true}, "port": {"type": "integer"}}}}
})";

base::AccountSettings account(const char* config) {
  base::AccountSettings settings;
  settings.id = "bad:one";
  settings.config_json = config;
  settings.origin = {"conf.d/bad.json", 1, 1};
  return settings;
}

std::string problems_of(const base::AccountSettings& settings) {
  std::string all;
  for (const base::SettingsProblem& problem : check_settings(kSchema, settings)) {
    all += problem.key + ": " + problem.text + "\n";
  }
  return all;
}

TEST(SettingsSchema, AcceptsWhatFits) {
  base::AccountSettings settings = account(R"({"phone_id":"123","token":null,"mode":"live"})");
  settings.secrets.emplace("/token", base::Secret("s3cret"));
  EXPECT_EQ(problems_of(settings), "");
}

TEST(SettingsSchema, NamesEachProblem) {
  const struct {
    const char* config;
    const char* secret_at;
    const char* said;
  } rows[] = {
      {R"({"phone_id":"1"})", "", "settings.token: is required"},
      {R"({"token":null})", "/token", "settings.phone_id: is required"},
      {R"({"phone_id":"1","token":"in clear"})", "", "settings.token: is a secret"},
      {R"({"phone_id":"1","token":null,"mod":"live"})", "/token",
       "settings.mod: unknown key; did you mean \"mode\"?"},
      {R"({"phone_id":"1","token":null,"mode":"off"})", "/token",
       "settings.mode: must be one of [\"live\",\"test\"]"},
      {R"({"phone_id":12,"token":null})", "/token",
       "settings.phone_id: must be of type \"string\""},
      {R"({"phone_id":"x","token":null})", "/token", "settings.phone_id: does not fit"},
      {R"({"phone_id":"1","token":null,"nested":{"prot":1}})", "/token",
       "settings.nested.prot: unknown key; did you mean \"port\"?"},
      {R"({"phone_id":"1","token":null,"nested":{"key":"clear"}})", "/token",
       "settings.nested.key: is a secret"},
      {R"({"phone_id":null,"token":"x"})", "/phone_id",
       "settings.phone_id: is not marked x-secret"},
  };
  for (const auto& row : rows) {
    base::AccountSettings settings = account(row.config);
    if (*row.secret_at != '\0') {
      settings.secrets.emplace(row.secret_at, base::Secret("s3cret"));
    }
    EXPECT_NE(problems_of(settings).find(row.said), std::string::npos) << row.config << " said:\n"
                                                                       << problems_of(settings);
  }
}

TEST(SettingsSchema, ChecksTheSecretItselfButNeverPrintsIt) {
  base::AccountSettings settings = account(R"({"phone_id":"1","token":null})");
  settings.secrets.emplace("/token", base::Secret("xyz"));
  const std::string said = problems_of(settings);
  EXPECT_NE(said.find("minLength is 4"), std::string::npos) << said;
  EXPECT_EQ(said.find("xyz"), std::string::npos);
}

TEST(SettingsSchema, PointsAtTheLineOfTheSetting) {
  base::AccountSettings settings = account(R"({"phone_id":"1","token":null,"mod":1})");
  settings.secrets.emplace("/token", base::Secret("s3cret"));
  settings.origins["/mod"] = {"conf.d/bad.json", 7, 5};
  const auto problems = check_settings(kSchema, settings);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].origin.line, 7);
}

TEST(SettingsSchema, RefusesASchemaThatWouldNotBeChecked) {
  const struct {
    const char* schema;
    const char* reason;
  } rows[] = {
      {"{", "not JSON"},
      {"[]", "root must say"},
      {R"({"type":"string"})", "root must say"},
      {R"({"type":"object","const":1})", "#/const"},
      {R"({"type":"object","properties":{"a":{"$ref":"#/definitions/b"}}})", "leads nowhere"},
      {R"({"type":"object","properties":{"a":{"$ref":"http://x/y"}}})", "leads nowhere"},
      {R"({"type":"object","definitions":{"a":{"$ref":"#/definitions/a"}}})", "leads nowhere"},
      {R"({"type":"object","properties":{"a":{"pattern":"^\\d+$"}}})", "write classes out"},
      {R"j({"type":"object","properties":{"a":{"pattern":"(?=x)"}}})j", "write classes out"},
      {R"({"type":"object","properties":{"a":{"items":{"if":{}}}}})", "#/properties/a/items/if"},
  };
  for (const auto& row : rows) {
    const Status status = check_schema(row.schema);
    ASSERT_FALSE(status) << row.schema;
    EXPECT_NE(status.error().text.find(row.reason), std::string::npos) << status.error().text;
  }
  EXPECT_TRUE(check_schema(kSchema));
}

}  // namespace
}  // namespace jackfield::plugin_host
