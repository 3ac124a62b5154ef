// Forbids includes that go against docs/layers.txt.
//
// Our includes are written from the repository root ("core/net/http_client.h") or from the sdk
// ("jackfield/result.h"), so the layer of an include can be read off its text.

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace jackfield::architecture {
namespace {

struct Rules {
  std::map<std::string, std::set<std::string>> may_include;  ///< Layer to layers.
  std::map<std::string, std::set<std::string>> only_in;      ///< "<prefix" to layers.
};

Rules parse_rules(const std::string& text) {
  Rules rules;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const auto colon = line.rfind(':');
    std::string name = line.substr(0, colon);
    if (name.ends_with(">")) {
      name.pop_back();
    }
    std::istringstream words(line.substr(colon + 1));
    auto& layers = name.starts_with('<') ? rules.only_in[name] : rules.may_include[name];
    for (std::string layer; words >> layer;) {
      layers.insert(layer);
    }
  }
  return rules;
}

/// The layer that owns a path such as "core/net/http_client.h", or "" for none.
std::string layer_of(const Rules& rules, const std::string& path) {
  if (path.starts_with("jackfield/")) {
    return "sdk";
  }
  for (const auto& [layer, allowed] : rules.may_include) {
    if (path.starts_with(layer + "/")) {
      return layer;
    }
  }
  return "";
}

/// "plugins/sms" of "plugins/sms/parse.h": plugins know nothing of each other.
std::string plugin_of(const std::string& path) {
  return path.starts_with("plugins/") ? path.substr(0, path.find('/', 8)) : "";
}

bool is_allowed(const Rules& rules, const std::string& path, const std::string& include) {
  const std::string from = layer_of(rules, path);
  if (include.starts_with('"')) {
    const std::string to = layer_of(rules, include.substr(1));
    return to == from ? plugin_of(path) == plugin_of(include.substr(1)) || from == "sdk"
                      : rules.may_include.at(from).contains(to);
  }
  return std::ranges::all_of(rules.only_in, [&](const auto& rule) {
    return !include.starts_with(rule.first) || rule.second.contains(from);
  });
}

std::vector<std::string> wrong_includes(const Rules& rules, const SourceFile& file) {
  static const std::regex include_line(R"re(^\s*#\s*include\s*(["<][^">]+))re");
  if (layer_of(rules, file.path).empty()) {
    return {file.path + " belongs to no layer of docs/layers.txt"};
  }
  std::vector<std::string> found;
  std::istringstream lines(file.text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, match, include_line) &&
        !is_allowed(rules, file.path, match[1].str())) {
      found.push_back(file.path + " must not include " + match[1].str().substr(1));
    }
  }
  return found;
}

TEST(Layers, TheTreeKeepsToLayersTxt) {
  const Rules rules = parse_rules(read_text("docs/layers.txt"));
  ASSERT_FALSE(rules.may_include.empty());
  ASSERT_FALSE(rules.only_in.empty());
  std::size_t seen = 0;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_source() || file.path == "core/main.cpp") {
      continue;
    }
    ++seen;
    for (const std::string& problem : wrong_includes(rules, file)) {
      ADD_FAILURE() << problem;
    }
  }
  EXPECT_GT(seen, 20U);
}

// A guard that cannot fail guards nothing: show that it sees the sins.
TEST(Layers, SinsAreCaught) {
  const Rules rules =
      parse_rules("# rules\nsdk:\ncore/net: sdk\nplugins: sdk\n<boost/beast/>: core/net\n");
  const SourceFile plugin{"plugins/sms/sms.cpp",
                          "#include <boost/beast/http.hpp>\n#include \"jackfield/result.h\"\n"
                          "#include \"core/net/server.h\"\n#include \"plugins/sms/parse.h\"\n"
                          "#include \"plugins/mms/parse.h\"\n  #  include \"parse.h\"\n"};
  EXPECT_EQ(wrong_includes(rules, plugin),
            (std::vector<std::string>{
                "plugins/sms/sms.cpp must not include boost/beast/http.hpp",
                "plugins/sms/sms.cpp must not include core/net/server.h",
                "plugins/sms/sms.cpp must not include plugins/mms/parse.h",
                "plugins/sms/sms.cpp must not include parse.h",
            }));
  EXPECT_EQ(wrong_includes(rules, {"core/attic/a.h", ""}).size(), 1U);
  EXPECT_TRUE(wrong_includes(rules, {"core/net/a.h", "#include <boost/beast/http.hpp>\n"}).empty());
}

}  // namespace
}  // namespace jackfield::architecture
