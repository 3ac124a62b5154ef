#include <algorithm>

#include "jackfield/json.h"
#include "settings_folder.h"

namespace jackfield::base {
namespace {

/// value and origin of a key in LoadedSettings::printable, e.g. `8081 10.json:1:2`.
std::string shown(const SettingsFolder& folder, const LoadedSettings& loaded, const char* key) {
  const auto document = json::Document::parse(loaded.printable);
  if (!document) {
    return document.error().text;
  }
  const json::Value entry = document->root()[key];
  return entry["value"].dump() + " " + folder.without_path(std::string(entry["origin"].text()));
}

TEST(SettingsLayers, DefaultsAreSafeAndShown) {
  const SettingsFolder folder;
  const auto loaded = folder.load();
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.settings.http.address, "127.0.0.1");
  EXPECT_EQ(shown(folder, loaded, "http.port"), "8080 default");
  EXPECT_EQ(shown(folder, loaded, "log.level"), "\"info\" default");
  EXPECT_EQ(shown(folder, loaded, "outbound.expires_after_ms"), "86400000 default");
}

TEST(SettingsLayers, EachKeyArrivesWhereItBelongs) {
  const SettingsFolder folder;
  folder.write("10.json", R"({
    "node": "n1", "data_dir": "/d",
    "http": {"address": "::1", "port": 1, "public_url": "https://a.example/chat", "hosts": ["a.example"],
             "trusted_proxies": ["10.0.0.0/8"], "body_bytes_max": 2048, "connections_max": 3},
    "store": {"path": "/p", "journal_rows_max": 1000},
    "events": {"endpoint": "ipc:///e", "pub_endpoint": "inproc://p", "heartbeat_ms": 250,
               "consumers": [{"name": "crm", "role": "router", "public_key": "0123456789012345678901234567890123456789"}]},
    "log": {"level": "debug", "format": "text", "file": "/l"},
    "plugins": {"directories": ["/a", "/b"]},
    "outbound": {"send_timeout_ms": 100, "reconcile_window_ms": 0, "expires_after_ms": 1000, "attempts_max": 2,
                 "allow_private_addresses": true}})");
  const auto loaded = folder.load();
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  const Settings& got = loaded.settings;
  EXPECT_EQ(got.node + got.data_dir + got.http.address + got.http.public_url,
            "n1/d::1https://a.example/chat");
  EXPECT_EQ(got.http.port, 1);
  EXPECT_EQ(got.http.hosts, std::vector<std::string>{"a.example"});
  EXPECT_EQ(got.http.trusted_proxies, std::vector<std::string>{"10.0.0.0/8"});
  EXPECT_EQ(got.http.body_bytes_max, 2048U);
  EXPECT_EQ(got.http.connections_max, 3U);
  EXPECT_EQ(got.store.path, "/p");
  EXPECT_EQ(got.store.journal_rows_max, 1000);
  EXPECT_EQ(got.events.endpoint + got.events.pub_endpoint, "ipc:///einproc://p");
  EXPECT_EQ(got.events.heartbeat, std::chrono::milliseconds(250));
  ASSERT_EQ(got.events.consumers.size(), 1U);
  EXPECT_EQ(got.events.consumers[0].name + got.events.consumers[0].role, "crmrouter");
  EXPECT_EQ(got.log.level, log::Level::debug);
  EXPECT_EQ(got.log.format, log::Format::text);
  EXPECT_EQ(got.log.file, "/l");
  EXPECT_EQ(got.plugins.directories, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(got.outbound.send_timeout, std::chrono::milliseconds(100));
  EXPECT_EQ(got.outbound.reconcile_window, std::chrono::milliseconds(0));
  EXPECT_EQ(got.outbound.expires_after, std::chrono::milliseconds(1000));
  EXPECT_EQ(got.outbound.attempts_max, 2);
  EXPECT_TRUE(got.outbound.allow_private_addresses);
}

TEST(SettingsLayers, FilesThenEnvironmentThenOverridesWin) {
  const SettingsFolder folder;
  folder.write("20.json", R"({"http": {"port": 2}})");
  folder.write("10.json", R"({"http": {"port": 1, "connections_max": 10}, "log": {"file": "a"}})");
  folder.write("30.json.example", "not read");
  folder.write(".hidden.json", "not read");
  auto loaded = folder.load();
  EXPECT_EQ(shown(folder, loaded, "http.port"), "2 20.json:1:19");
  EXPECT_EQ(shown(folder, loaded, "http.connections_max"), "10 10.json:1:41");
  loaded = folder.load({"JACKFIELD__HTTP__PORT=3", "PATH=/bin", "JACKFIELD_FAILPOINT=x"});
  EXPECT_EQ(shown(folder, loaded, "http.port"), "3 environment JACKFIELD__HTTP__PORT");
  loaded = folder.load({"JACKFIELD__HTTP__PORT=3"}, {"http.port=4", "log.file=7"});
  EXPECT_EQ(shown(folder, loaded, "http.port"), "4 override http.port");
  EXPECT_EQ(shown(folder, loaded, "log.file"), "\"7\" override log.file");
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
}

TEST(SettingsLayers, ObjectsMergeListsReplaceAndNullDeletes) {
  const SettingsFolder folder;
  folder.write("10.json", R"({"http": {"port": 1, "hosts": ["a", "b"]},
    "accounts": {"a:b": {"queue": "q", "settings": {"x": {"y": 1, "z": 2}, "w": 3}}}})");
  folder.write("20.json", R"({"http": {"port": null, "hosts": ["c"]},
    "accounts": {"a:b": {"settings": {"x": {"y": null, "v": [1]}, "w": "s"}}}})");
  const auto loaded =
      folder.load({"JACKFIELD__HTTP__TRUSTED_PROXIES=10.0.0.0/8,::1/128"},
                  {"accounts.a:b.enabled=false", R"(accounts.a:b.settings.u=[{"n":1}])"});
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  EXPECT_EQ(loaded.settings.http.port, 8080);
  EXPECT_EQ(loaded.settings.http.hosts, std::vector<std::string>{"c"});
  EXPECT_EQ(loaded.settings.http.trusted_proxies,
            (std::vector<std::string>{"10.0.0.0/8", "::1/128"}));
  ASSERT_EQ(loaded.settings.accounts.size(), 1U);
  const AccountSettings& account = loaded.settings.accounts[0];
  EXPECT_EQ(account.queue, "q");
  EXPECT_FALSE(account.enabled);
  EXPECT_EQ(account.config_json, R"({"u":[{"n":1}],"w":"s","x":{"v":[1],"z":2}})");
  EXPECT_EQ(folder.without_path(account.origin.text()), "10.json:2:18");
  EXPECT_EQ(folder.without_path(account.origins.at("/x/v/0").text()), "20.json:2:62");
  EXPECT_EQ(account.origins.at("/u/0/n").text(), "override accounts.a:b.settings.u");
}

TEST(SettingsLayers, ALaterDirectorysFileReplacesTheEarlierOfTheSameName) {
  const SettingsFolder folder;
  folder.write("vendor/10.json", R"({"http": {"port": 1, "connections_max": 7}})");
  folder.write("vendor/20.json", R"({"node": "vendor"})");
  folder.write("vendor/accounts/a.json", R"({"account": "a:a", "queue": "vendor"})");
  folder.write("etc/10.json", R"({"http": {"port": 2}})");
  folder.write("etc/15.json", R"({"node": "etc"})");
  folder.write("etc/accounts/a.json", R"({"account": "a:a", "queue": "etc"})");
  const auto loaded = load_settings({{folder.path() + "/vendor", folder.path() + "/etc"}, {}, {}});
  EXPECT_EQ(folder.problems(loaded), std::vector<std::string>());
  EXPECT_EQ(loaded.settings.http.port, 2);
  EXPECT_EQ(loaded.settings.http.connections_max, 10'000U);
  EXPECT_EQ(loaded.settings.node, "vendor") << "sorted by file name over all directories";
  ASSERT_EQ(loaded.settings.accounts.size(), 1U);
  EXPECT_EQ(loaded.settings.accounts[0].queue, "etc");
}

TEST(SettingsLayers, AccountFilesAreMembersOfAccounts) {
  const SettingsFolder folder;
  folder.write("10.json", R"({"accounts": {"sms:a": {"plugin": "twilio"}}})");
  folder.write("accounts/b.json",
               R"({"account": "whatsapp:b", "queue": "q", "isolation": "process"})");
  folder.write("accounts/c.json", "{\"queue\": \"q\"}");
  folder.write("accounts/d.json", "{\n\"account\": \"whatsapp:b\"}");
  folder.write("accounts/e.json", R"({"account": "sms:a"})");
  const auto loaded = folder.load();
  EXPECT_EQ(
      folder.problems(loaded),
      (std::vector<std::string>{
          "accounts/c.json:1:1: account: must be there and name the account, e.g. \"account\": "
          "\"whatsapp:support\"",
          "accounts/d.json:2:12: accounts.whatsapp:b: is already configured at "
          "accounts/b.json:1:13; remove one of the two",
          "accounts/e.json:1:13: accounts.sms:a: is already configured at 10.json:1:15; remove "
          "one of the two"}));
  ASSERT_EQ(loaded.settings.accounts.size(), 2U);
  EXPECT_EQ(loaded.settings.accounts[0].id + " " + loaded.settings.accounts[0].plugin,
            "sms:a twilio");
  EXPECT_EQ(loaded.settings.accounts[1].id + " " + loaded.settings.accounts[1].isolation,
            "whatsapp:b process");
  EXPECT_EQ(loaded.settings.accounts[1].config_json, "{}");
}

}  // namespace
}  // namespace jackfield::base
