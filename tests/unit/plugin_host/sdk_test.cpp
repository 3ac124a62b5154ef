// The C++17 face, without a host.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "jackfield/plugin.h"

namespace {

namespace encoding = jackfield::encoding;

TEST(Encoding, HexAndBase64GoThereAndBack) {
  const std::string bytes(
      "\x00\x01\xfe\xff"
      "abc",
      7);
  EXPECT_EQ(encoding::to_hex(bytes), "0001feff616263");
  EXPECT_EQ(encoding::from_hex("0001FEff616263"), bytes);
  EXPECT_FALSE(encoding::from_hex("abc"));
  EXPECT_FALSE(encoding::from_hex("zz"));
  const struct {
    const char* plain;
    const char* coded;
  } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (const auto& row : rows) {
    EXPECT_EQ(encoding::to_base64(row.plain), row.coded);
    EXPECT_EQ(encoding::from_base64(row.coded), std::string(row.plain));
  }
  EXPECT_EQ(encoding::from_base64("-_8"), std::string("\xfb\xff"));
  EXPECT_FALSE(encoding::from_base64("Zm9v!"));
  EXPECT_FALSE(encoding::from_base64("Z"));
}

TEST(Encoding, ReadsFormsAndQueries) {
  const auto form = encoding::parse_form("a=1+2&b=%C3%BC%zz&c&=x&a=3");
  EXPECT_EQ(encoding::form_value(form, "a"), "1 2");
  EXPECT_EQ(encoding::form_value(form, "b"), "\xc3\xbc%zz");
  EXPECT_EQ(encoding::form_value(form, "c"), "");
  EXPECT_FALSE(encoding::form_value(form, "d"));
  EXPECT_EQ(encoding::percent_encode("a b/\xc3\xbc~"), "a%20b%2F%C3%BC~");
}

TEST(Barrier, TurnsEveryExceptionIntoAStatus) {
  jf_error error = jackfield::detail::empty_error();
  const auto run = [&](auto call) { return jackfield::detail::barrier(&error, call); };
  EXPECT_EQ(run([]() -> jf_status { throw jackfield::PluginError(JF_E_AUTH, "who?", 5, 190); }),
            JF_E_AUTH);
  EXPECT_STREQ(error.message, "who?");
  EXPECT_EQ(error.provider_code, 190);
  EXPECT_EQ(run([]() -> jf_status { throw std::string("odd"); }), JF_E_INTERNAL);
  EXPECT_EQ(run([]() -> jf_status { throw jackfield::PluginError(JF_OK, "a lie"); }),
            JF_E_INTERNAL);
  EXPECT_EQ(
      run([]() -> jf_status { throw jackfield::PluginError(JF_E_BUSY, std::string(999, 'x')); }),
      JF_E_BUSY);
  EXPECT_EQ(std::string(error.message).size(), sizeof error.message - 1);
}

}  // namespace
