#include "settings_folder.h"

namespace jackfield::base {
namespace {

TEST(SettingsSecrets, AreTakenOutOfTheAccountsSettings) {
  const SettingsFolder folder;
  folder.write("keys/token", "from-file\r\n");
  folder.write("accounts/a.json", R"({"account": "a:b", "settings": {
    "token": {"$file": "../keys/token"}, "list": [{"a/b~": {"$env": "JF_TEST_SECRET"}}], "plain": 1}})");
  const auto loaded = folder.load({"JF_TEST_SECRET=from-environment"});
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  EXPECT_TRUE(loaded.warnings.empty());
  ASSERT_EQ(loaded.settings.accounts.size(), 1U);
  const AccountSettings& account = loaded.settings.accounts[0];
  EXPECT_EQ(account.config_json, R"({"list":[{"a/b~":null}],"plain":1,"token":null})");
  ASSERT_EQ(account.secrets.size(), 2U);
  EXPECT_EQ(account.secrets.at("/token").reveal(), "from-file");
  EXPECT_EQ(account.secrets.at("/list/0/a~1b~0").reveal(), "from-environment");
  EXPECT_EQ(loaded.printable.find("from-"), std::string::npos);
}

struct Row {
  const char* settings;
  const char* wanted;
};

TEST(SettingsSecrets, ProblemsNameThePlaceOfTheReference) {
  const Row rows[] = {
      {R"({"t": {"$file": "none"}})",
       "10.json:1:51: accounts.a:b.settings.t: none: can't read the file: No such file or "
       "directory"},
      {R"({"t": {"$file": "."}})",
       "10.json:1:51: accounts.a:b.settings.t: .: can't read the file: it is not a regular file"},
      {R"({"t": {"$file": "empty"}})",
       "10.json:1:51: accounts.a:b.settings.t: empty: the file is empty"},
      {R"({"t": {"$file": "large"}})",
       "10.json:1:51: accounts.a:b.settings.t: large: can't read the file: it is larger than 65536 "
       "bytes"},
      {R"({"t": {"$env": "JF_NOWHERE"}})",
       "10.json:1:50: accounts.a:b.settings.t: the environment variable JF_NOWHERE is not set"},
      {R"({"t": {"$env": "JF_EMPTY"}})",
       "10.json:1:50: accounts.a:b.settings.t: the environment variable JF_EMPTY is empty"},
      {R"({"t": {"$env": 1}})",
       R"(10.json:1:41: accounts.a:b.settings.t: a secret is {"$file": "path"} or {"$env": "NAME"} and nothing else)"},
      {R"({"t": {"$env": "A", "x": 1}})",
       R"(10.json:1:41: accounts.a:b.settings.t: a secret is {"$file": "path"} or {"$env": "NAME"} and nothing else)"},
      {R"({"$env": "A"})", "10.json:1:35: accounts.a:b.settings: can't be a secret as a whole"},
  };
  for (const Row& row : rows) {
    const SettingsFolder folder;
    folder.write("empty", "\n");
    folder.write("large", std::string(64 * 1024 + 1, 'x'));
    folder.write("10.json",
                 std::string(R"({"accounts": {"a:b": {"settings": )") + row.settings + "}}}");
    EXPECT_EQ(folder.problems(folder.load({"JF_EMPTY="})), std::vector<std::string>{row.wanted})
        << row.settings;
  }
}

TEST(SettingsSecrets, AFileThatOthersMayReadIsAWarning) {
  for (const ::mode_t mode : {0640U, 0604U}) {
    const SettingsFolder folder;
    folder.write("token", "x", mode);
    folder.write("10.json", R"({"accounts": {"a:b": {"settings": {"t": {"$file": "token"}}}}})");
    const auto loaded = folder.load();
    EXPECT_TRUE(loaded.problems.empty());
    ASSERT_EQ(loaded.warnings.size(), 1U);
    EXPECT_EQ(folder.without_path(loaded.warnings[0]),
              "10.json:1:51: accounts.a:b.settings.t: token holds a secret and others may read it; "
              "chmod 600 it");
  }
}

TEST(SettingsSecrets, ADisabledAccountMayWaitForThem) {
  const SettingsFolder folder;
  folder.write(
      "10.json",
      R"({"accounts": {"a:b": {"enabled": false, "settings": {"t": {"$file": "none"}}}}})");
  const auto loaded = folder.load();
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  EXPECT_EQ(loaded.settings.accounts.at(0).config_json, R"({"t":null})");
}

TEST(SettingsSecrets, AReferenceReplacesAsAWhole) {
  const SettingsFolder folder;
  folder.write("token", "x");
  folder.write("10.json", R"({"accounts": {"a:b": {"settings": {"t": {"$file": "none"}}}}})");
  folder.write("20.json", R"({"accounts": {"a:b": {"settings": {"t": {"$env": "JF_TEST"}}}}})");
  const auto loaded = folder.load({"JF_TEST=y"});
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  EXPECT_EQ(loaded.settings.accounts.at(0).secrets.at("/t").reveal(), "y");
}

TEST(SettingsSecrets, LiteralsThatSoundSecretAreNotShown) {
  const SettingsFolder folder;
  folder.write("10.json", R"({"accounts": {"a:b": {"settings": {
    "Access_Token": "EAAG1", "inner": {"app_secret": ["EAAG2"]}, "pass": {"password": {"deep": "EAAG3"}}, "url": "https://x"}}}})");
  const auto loaded = folder.load();
  EXPECT_EQ(loaded.printable.find("EAAG"), std::string::npos) << loaded.printable;
  EXPECT_NE(loaded.printable.find("https://x"), std::string::npos);
}

TEST(SettingsSecrets, TheKeyFileOfTcpEndpointsIsChecked) {
  const SettingsFolder folder;
  folder.write("good", std::string(40, 'k') + "\n");
  folder.write("bad", "k");
  folder.write("10.json", R"({"events": {"endpoint": "tcp://127.0.0.1:5555"}})");
  const std::string key = "events.curve_secret_key_file=" + folder.path();
  EXPECT_EQ(folder.problems(folder.load({}, {key + "/good"})), std::vector<std::string>());
  EXPECT_EQ(folder.problems(folder.load({}, {key + "/bad"})),
            std::vector<std::string>{
                "override events.curve_secret_key_file: events.curve_secret_key_file: bad: "
                "the file must hold a Z85 key of 40 characters"});
}

}  // namespace
}  // namespace jackfield::base
