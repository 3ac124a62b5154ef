#include <string>

#include <gtest/gtest.h>

#include "jackfield/json.h"
#include "jackfield/plugin_abi.h"
#include "plugins/livechat/settings.h"

namespace {

using jackfield::json::Document;

const jf_channel& channel() {
  return *jackfield_plugin_v1(JF_ABI_MINOR)->channels[0];
}

TEST(LivechatManifest, DescribesTheChannel) {
  EXPECT_STREQ(channel().name, "livechat");
  const auto limits = Document::parse(channel().capabilities_json);
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->root()["text"]["bytes_max"].integer(), 16384);
}

TEST(LivechatManifest, SchemaAndSettingsAgree) {
  const auto schema = Document::parse(channel().config_schema_json);
  ASSERT_TRUE(schema) << schema.error().text;
  EXPECT_EQ(schema->root()["additionalProperties"].boolean(), false);
  const auto properties = schema->root()["properties"];
  int numbers = 0;
  for (auto one = properties.begin(); one != properties.end(); ++one) {
    const auto property = *one;
    if (property["type"].text() != "integer") {
      continue;
    }
    ++numbers;
    const std::string name(one.key());
    const auto is_taken = [&](std::int64_t value) {
      return jackfield::livechat::parse_settings("{\"" + name + "\":" + std::to_string(value) + "}")
          .has_value();
    };
    const std::int64_t least = *property["minimum"].integer();
    const std::int64_t most = *property["maximum"].integer();
    EXPECT_TRUE(is_taken(least) && is_taken(most)) << name;
    EXPECT_FALSE(is_taken(least - 1) || is_taken(most + 1)) << name;
  }
  EXPECT_EQ(numbers, 10);
}

}  // namespace
