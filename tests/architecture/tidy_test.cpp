#include "tidy.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::architecture {
namespace {

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> kTree = source_tree();
  return kTree;
}

void expect_none(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) {
    ADD_FAILURE() << problem;
  }
}

TEST(Tidy, FilesAndLinesHaveASize) {
  for (const SourceFile& file : tree()) {
    expect_none(size_problems(file));
  }
}

TEST(Tidy, FunctionsFitOnAScreen) {
  for (const SourceFile& file : tree()) {
    if (file.is_source()) {
      expect_none(function_problems(file));
    }
  }
}

TEST(Tidy, NothingBannedIsUsed) {
  for (const SourceFile& file : tree()) {
    if (file.is_source()) {
      expect_none(banned_problems(file));
    }
  }
}

TEST(Tidy, OnlyKnownKindsOfFilesAreHere) {
  for (const SourceFile& file : tree()) {
    expect_none(type_problems(file));
  }
}

TEST(Tidy, CoreKeepsToItsWords) {
  const auto avoided = avoided_words(read_text("docs/WORDS.md"));
  ASSERT_GT(avoided.size(), 4U);
  for (const SourceFile& file : tree()) {
    if (file.is_source() && file.path.starts_with("core/")) {
      expect_none(word_problems(file, avoided));
    }
  }
}

TEST(Tidy, EachSourceIsBuilt) {
  expect_none(unlisted_sources(tree()));
}

TEST(Tidy, EachPluginHasAReadmeAndTestdata) {
  expect_none(bare_plugins(tree()));
}

std::string lines(int count, const std::string& text = "x();\n") {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

TEST(TidyRules, SizesAreCaught) {
  EXPECT_EQ(size_problems({"core/a.cpp", lines(501)}).size(), 1U);
  EXPECT_EQ(size_problems({"core/a.cpp", lines(500)}).size(), 0U);
  EXPECT_EQ(size_problems({"core/a.h", "\n" + std::string(121, 'x')}),
            std::vector<std::string>{"core/a.h:2: longer than 120 characters"});
  EXPECT_EQ(size_problems({"sdk/plugin_abi.h", std::string(200, 'x')}).size(), 0U);
  EXPECT_EQ(size_problems({"core/a.json", std::string(256 * 1024 + 1, 'x')}).size(), 1U);
}

TEST(TidyRules, LongFunctionsAreCaughtAndOnlyThey) {
  const std::string body = lines(69);
  const std::vector<std::string> long_ones = {
      "void f() {\n" + body + "\n}",
      "namespace a {\nclass B : public C {\n  int f(int a = 3) const noexcept {\n" + body +
          "\n}\n};\n}",
      "template <class T>\nauto f(T t) -> int {\n" + body + "\n}",
      "B::B(int a) : a_{a}, b_(a) {\n" + body + "\n}",
      "bool operator==(const A& a, const A& b) {\n" + body + "\n}",
      "void g() { }\nvoid f() {\n run([&] {\n" + body + "});\n}",
  };
  for (const std::string& text : long_ones) {
    EXPECT_EQ(function_problems({"core/a.cpp", text}).size(), 1U) << text.substr(0, 60);
  }
  const std::vector<std::string> fine = {
      "void f() {\n" + lines(68) + "}",
      "namespace a {\n" + lines(100, "void f() { x(); }\n") + "}",
      "struct A {\n" + lines(100, "void f();\n") + "};",
      "const Row rows[] = {\n" + lines(100, "{1, f(2)},\n") + "};",
      "void f() {\n const char* s = \"{\";\n}\n" + lines(100, "// {\n") + "void g() {}\n",
  };
  for (const std::string& text : fine) {
    EXPECT_EQ(function_problems({"core/a.cpp", text}).size(), 0U) << text.substr(0, 60);
  }
}

TEST(TidyRules, BannedWordsAreCaught) {
  for (const char* sin :
       {"std::this_thread::sleep_for(1s);", "std::cout << 1;",
        "auto t = std::chrono::system_clock::now();", "int x = rand();", "srand(1);",
        "using namespace std;", "auto* p = new Thing(1);", "auto* p = new (place) Thing;",
        "delete thing;", "if (x) { delete [] thing; }", "co_spawn(io, f(), asio::detached);",
        "// TODO: later", "int x;  // FIXME", "/* XXX */"}) {
    EXPECT_EQ(banned_problems({"core/net/a.cpp", sin}).size(), 1U) << sin;
  }
}

TEST(TidyRules, InnocentTextIsLeftAlone) {
  for (const char* fine :
       {"A(const A&) = delete;", "A& operator=(const A&)   = delete;",
        "f(\"new thing; delete it\");", "// a new way to delete things", "int operand(int x);",
        "int renew = 1;", "s = R\"(std::cout)\";", "  using namespace std::chrono_literals;",
        "#include <new>", "bool is_new = true;", "std::unique_ptr<A> a(new A(1));",
        "return std::shared_ptr<A>(new A);"}) {
    EXPECT_EQ(banned_problems({"core/net/a.cpp", fine}).size(), 0U) << fine;
  }
  EXPECT_TRUE(
      banned_problems({"core/base/clock.cpp", "std::chrono::system_clock::now();"}).empty());
  EXPECT_TRUE(banned_problems({"core/plugin_host/a.cpp", "new A;"}).empty());
}

TEST(TidyRules, StrangeFilesAreCaught) {
  for (const char* path :
       {"core/net/a.orig", "core/net/a", "plugins/x/a.so", "tools/a.o", "core/a.cc"}) {
    EXPECT_EQ(type_problems({path, "text"}).size(), 1U) << path;
  }
  EXPECT_TRUE(type_problems({"tools/run", "#!/bin/sh\n"}).empty());
  EXPECT_TRUE(type_problems({"plugins/x/testdata/a.jpg", ""}).empty());
}

TEST(TidyRules, AvoidedWordsAreCaughtHoweverTheyAreWritten) {
  const auto avoided =
      avoided_words("| `no` | |\n## Words to avoid\n| not | say |\n| `chatroom`, free | `ok` |\n");
  ASSERT_EQ(avoided, std::vector<std::string>{"chatroom"});
  const SourceFile file{"core/a.cpp",
                        "int chat_room;\nclass ChatRoom;\nint kChatRoomMax; // chatroom\n"};
  EXPECT_EQ(
      word_problems(file, avoided),
      (std::vector<std::string>{"core/a.cpp:1: chat_room: docs/WORDS.md avoids \"chatroom\"",
                                "core/a.cpp:2: ChatRoom: docs/WORDS.md avoids \"chatroom\"",
                                "core/a.cpp:3: kChatRoomMax: docs/WORDS.md avoids \"chatroom\""}));
}

TEST(TidyRules, UnlistedSourcesAndBarePluginsAreCaught) {
  const std::vector<SourceFile> few = {
      {"core/CMakeLists.txt",
       "add_executable(x main.cpp deep/b.cpp ${PROJECT_SOURCE_DIR}/tools/d.cpp)"},
      {"core/main.cpp", ""},
      {"core/deep/b.cpp", ""},
      {"core/deep/c.cpp", ""},
      {"core/ain.cpp", ""},
      {"tools/d.cpp", ""},
      {"plugins/CMakeLists.txt", ""},
      {"plugins/x/README.md", ""},
      {"plugins/y/testdata/a.json", ""},
  };
  EXPECT_EQ(unlisted_sources(few),
            (std::vector<std::string>{"core/deep/c.cpp: no CMakeLists.txt names it",
                                      "core/ain.cpp: no CMakeLists.txt names it"}));
  EXPECT_EQ(bare_plugins(few),
            (std::vector<std::string>{"plugins/x has no testdata", "plugins/y has no README.md"}));
}

}  // namespace
}  // namespace jackfield::architecture
