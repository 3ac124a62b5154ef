#include <ostream>

#include "settings_folder.h"

namespace jackfield::base {
namespace {

struct Row {
  const char* what;
  const char* file;
  std::vector<std::string> wanted;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.what;
}

class SettingsProblems : public testing::TestWithParam<Row> {};

TEST_P(SettingsProblems, AreReportedWithFileLineColumnAndKey) {
  const SettingsFolder folder;
  folder.write("10.json", GetParam().file);
  EXPECT_EQ(folder.problems(folder.load()), GetParam().wanted);
}

const char* const kAddressWanted =
    "10.json:1:22: http.address: must be an IPv4 or IPv6 address such as \"127.0.0.1\" or \"::1\", "
    "not \"localhost:80\"";
const char* const kEndpointWanted =
    R"(must be "ipc://<path>", "tcp://<address>:<port>" or "inproc://<name>", not )";

INSTANTIATE_TEST_SUITE_P(
    Values, SettingsProblems,
    testing::Values(
        Row{"NoProblem", R"({"http": {"port": 0, "hosts": ["a.example:8080", "[::1]:80"]}})", {}},
        Row{"KeyWithATypo",
            "{\n  \"http\": {\n    \"prot\": 1,\n  },\n}",
            {R"(10.json:3:5: http.prot: unknown key; did you mean "port"?)"}},
        Row{"SectionWithATypo",
            R"({"htpp": {}})",
            {R"(10.json:1:2: htpp: unknown key; did you mean "http"?)"}},
        Row{"KeyOfAnotherSection",
            R"({"heartbeat_ms": 5})",
            {R"(10.json:1:2: heartbeat_ms: unknown key; did you mean "events.heartbeat_ms"?)"}},
        Row{"KeyLikeNoOther",
            R"({"plugins": {"zzzzzz": 5}})",
            {"10.json:1:14: plugins.zzzzzz: unknown key; there are directories"}},
        Row{"NumberAsText",
            R"({"http": {"port": "8080"}})",
            {R"(10.json:1:19: http.port: must be a whole number from 0 to 65535, not "8080")"}},
        Row{"NumberTooLarge",
            R"({"http": {"port": 65536}})",
            {"10.json:1:19: http.port: must be a whole number from 0 to 65535, not 65536"}},
        Row{"NumberTooSmall",
            R"({"outbound": {"attempts_max": 0}})",
            {"10.json:1:31: outbound.attempts_max: must be a whole number from 1 to 100, not 0"}},
        Row{"NumberWithAFraction",
            R"({"http": {"port": 80.5}})",
            {"10.json:1:19: http.port: must be a whole number from 0 to 65535, not 80.5"}},
        Row{"TextAsNumber", R"({"node": 7})", {"10.json:1:10: node: must be a text, not 7"}},
        Row{"BooleanAsText",
            R"({"http": {"allow_insecure_bind": "yes"}})",
            {R"(10.json:1:34: http.allow_insecure_bind: must be true or false, not "yes")"}},
        Row{"ListAsText",
            R"({"http": {"hosts": "a"}})",
            {R"(10.json:1:20: http.hosts: must be an array of texts, not "a")"}},
        Row{"ListWithANumber",
            R"({"plugins": {"directories": ["/a", 3]}})",
            {"10.json:1:36: plugins.directories: must be a text, not 3"}},
        Row{"SectionAsText", R"({"http": "x"})", {"10.json:1:10: http: must be an object"}},
        Row{"Choice",
            R"({"log": {"level": "loud"}})",
            {R"(10.json:1:19: log.level: must be one of "debug", "info", "warn", "error", not "loud")"}},
        Row{"ChoiceWithABar",
            R"({"log": {"level": "info|warn"}})",
            {R"(10.json:1:19: log.level: must be one of "debug", "info", "warn", "error", not "info|warn")"}},
        Row{"EmptyNode",
            R"({"node": ""})",
            {R"(10.json:1:10: node: must be 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-', not "")"}},
        Row{"Address", R"({"http": {"address": "localhost:80"}})", {kAddressWanted}},
        Row{"PlainHttpForEverybody",
            R"({"http": {"address": "0.0.0.0"}})",
            {"10.json:1:22: http.address: listens beyond this machine without TLS; put a TLS proxy "
             "in "
             "front of a loopback address, or set http.allow_insecure_bind to true"}},
        Row{"PlainHttpForEverybodyOnPurpose",
            R"({"http": {"address": "::", "allow_insecure_bind": true}})",
            {}},
        Row{"Url",
            R"({"http": {"public_url": "https://me:pw@x.example/"}})",
            {R"(10.json:1:25: http.public_url: must be "https://<host>", perhaps with a port and a path, without a slash at the end, not "https://me:pw@x.example/")"}},
        Row{"Cidr",
            R"({"http": {"trusted_proxies": ["10.0.0.0/8", "10.0.0.0/33"]}})",
            {R"(10.json:1:45: http.trusted_proxies: must be a network such as "10.0.0.0/8" or "fd00::/8", not "10.0.0.0/33")"}},
        Row{"Endpoint",
            R"({"events": {"endpoint": "tcp://10.0.0.1"}})",
            {std::string("10.json:1:25: events.endpoint: ") + kEndpointWanted +
             R"("tcp://10.0.0.1")"}},
        Row{"TcpWithoutAKey",
            R"({"events": {"pub_endpoint": "tcp://*:5556"}})",
            {"10.json:1:29: events.pub_endpoint: tcp needs events.curve_secret_key_file; without "
             "it "
             "everybody could read along"}},
        Row{"TheSameEndpointTwice",
            R"({"events": {"endpoint": "inproc://a", "pub_endpoint": "inproc://a"}})",
            {"10.json:1:55: events.pub_endpoint: must differ from events.endpoint"}},
        Row{"MissingKeyFile",
            R"({"events": {"curve_secret_key_file": "/nowhere/key"}})",
            {"10.json:1:38: events.curve_secret_key_file: /nowhere/key: can't read the file: No "
             "such "
             "file or directory"}},
        Row{"Consumer",
            R"({"events": {"consumers": [{"name": "a", "public_key": "short", "roll": "x"}]}})",
            {R"(10.json:1:27: events.consumers.0: needs "role")",
             R"(10.json:1:55: events.consumers.0.public_key: must be a Z85 key of 40 characters, not "short")",
             R"(10.json:1:64: events.consumers.0.roll: unknown key; did you mean "role"?)"}},
        Row{"ConsumersAsObject",
            R"({"events": {"consumers": {}}})",
            {"10.json:1:26: events.consumers: must be an array of objects"}}),
    [](const auto& row) { return row.param.what; });

INSTANTIATE_TEST_SUITE_P(
    Texts, SettingsProblems,
    testing::Values(Row{"NoJson", "{\n \"http\": }", {"10.json:2:10: JSON: Invalid value."}},
                    Row{"Empty", "", {"10.json:1:1: JSON: The document is empty."}},
                    Row{"ColumnsAreCharacters",
                        "{\"node\": \"x\", /* \xC3\xA9\xE2\x82\xAC */ \"nod\": 1}",
                        {R"(10.json:1:24: nod: unknown key; did you mean "node"?)"}},
                    Row{"MarkInFront",
                        "\xEF\xBB\xBF{\"nod\": 1}",
                        {R"(10.json:1:2: nod: unknown key; did you mean "node"?)"}},
                    Row{"DuplicateKey",
                        "{\"node\": \"a\",\n\"node\": \"b\"}",
                        {"10.json:2:7: JSON: duplicate key"}},
                    Row{"NoObject", " [1]", {"10.json:1:2: the file must hold an object"}}),
    [](const auto& row) { return row.param.what; });

INSTANTIATE_TEST_SUITE_P(
    Accounts, SettingsProblems,
    testing::Values(
        Row{"Id",
            R"({"accounts": {"WhatsApp": {}}})",
            {R"(10.json:1:15: accounts.WhatsApp: an account's id must be "<channel>:<name>", both 1 to 40 characters of a-z, 0-9, _ and -)"}},
        Row{"NoObject",
            R"({"accounts": {"a:b": 1}})",
            {"10.json:1:22: accounts.a:b: must be an object"}},
        Row{"UnknownKey",
            R"({"accounts": {"a:b": {"plugins": "x"}}})",
            {R"(10.json:1:23: accounts.a:b.plugins: unknown key; did you mean "plugin"?)"}},
        Row{"PluginWithAPath",
            R"({"accounts": {"a:b": {"plugin": "../x"}}})",
            {R"(10.json:1:33: accounts.a:b.plugin: must be a plugin's file name without directory and suffix, at most 64 characters, not "../x")"}},
        Row{"Isolation",
            R"({"accounts": {"a:b": {"isolation": "none"}}})",
            {R"(10.json:1:36: accounts.a:b.isolation: must be one of "inline", "shared", "process", not "none")"}},
        Row{"SettingsAsList",
            R"({"accounts": {"a:b": {"settings": []}}})",
            {"10.json:1:35: accounts.a:b.settings: must be an object, not an array"}},
        Row{"AccountsAsList",
            R"({"accounts": []})",
            {"10.json:1:14: accounts: must be an object"}}),
    [](const auto& row) { return row.param.what; });

TEST(SettingsProblems, AllAreReportedInTheOrderOfFilesAndLines) {
  const SettingsFolder folder;
  folder.write("20.json", "{\"nod\": 1}");
  folder.write("10.json", "{\n\"http\": {\"port\": -1},\n\"x\": 1, \"log\": {\"level\": 1}\n}");
  folder.write("15.json", "{");
  const auto lines =
      folder.problems(folder.load({"JACKFIELD__HTTP__PROT=1"}, {"nonsense", "store.engine=x"}));
  ASSERT_EQ(lines.size(), 8U);
  const std::vector<std::string> starts = {
      "10.json:2:18: http.port: ",
      "10.json:3:1: x: ",
      "10.json:3:26: log.level: ",
      "15.json:1:2: JSON: ",
      "20.json:1:2: nod: ",
      "environment JACKFIELD__HTTP__PROT: http.prot: unknown key; did you mean \"port\"?",
      "override: nonsense: must be key=value, e.g. http.port=8081",
      "override store.engine: store.engine: must be one of \"sqlite\", not \"x\""};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].substr(0, starts[i].size()), starts[i]);
  }
}

TEST(SettingsProblems, TwoConsumersMayNotShareNameOrKey) {
  const SettingsFolder folder;
  const std::string key(40, 'a');
  folder.write("10.json", R"({"events": {"consumers": [
{"name": "a", "role": "subscriber", "public_key": ")" +
                              key + R"("},
{"name": "a", "role": "router", "public_key": ")" +
                              key + R"("}]}})");
  EXPECT_EQ(folder.problems(folder.load()),
            (std::vector<std::string>{
                "10.json:3:1: events.consumers.1.name: is another consumer's name already",
                "10.json:3:1: events.consumers.1.public_key: is another consumer's key already"}));
}

TEST(SettingsProblems, AMissingDirectoryAndALargeFileAreProblems) {
  const SettingsFolder folder;
  folder.write("10.json", "{\"node\": \"" + std::string(1024 * 1024, 'x') + "\"}");
  EXPECT_EQ(
      folder.problems(folder.load()),
      (std::vector<std::string>{"10.json: can't read the file: it is larger than 1048576 bytes"}));
  const auto loaded = load_settings({{folder.path() + "/none"}, {}, {}});
  EXPECT_EQ(
      folder.problems(loaded),
      (std::vector<std::string>{"none: can't read the directory: No such file or directory"}));
}

TEST(SettingsProblems, ADataDirectoryTooLongForItsSocketsIsFoundBeforeTheStart) {
  const SettingsFolder folder;
  folder.write("10.json", "{\"data_dir\": \"/" + std::string(100, 'x') + "\"}");
  const auto lines = folder.problems(folder.load());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find("10.json:1:14: data_dir: is too long: a socket's path"), 0U) << lines[0];
}

}  // namespace
}  // namespace jackfield::base
