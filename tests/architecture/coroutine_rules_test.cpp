// Keeps statements with co_await to the forms that every compiler we meet gets right.
//
//   g++ 12.2 destroys twice any aggregate that is built with braces in a statement that also has
//   co_await, and cannot compile an initializer_list there.
//   g++ 15 and 16 lose the hidden object of `auto [a, b] = co_await f();` (GCC PR 124584).
//
// So: name the value first, then move it in; and bind by reference to a named result. A lambda
// coroutine must not capture: its captures die before it does.

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace jackfield::architecture {
namespace {

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.starts_with(word); });
}

bool ends_with_any(std::string_view text, const std::vector<std::string_view>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.ends_with(word); });
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return text.substr(0, text.find_last_not_of(" \n") + 1);
}

/// Whether the brace after `head`, the statement so far, builds a value. Such a brace follows a
/// name, "(", "," or "="; one that opens a block follows ")" or a word, or a declaration.
bool builds_a_value(std::string_view head) {
  head = trimmed(head);
  for (const std::string_view label : {"public:", "protected:", "private:"}) {
    if (head.starts_with(label)) {
      head = trimmed(head.substr(label.size()));
    }
  }
  if (head.empty() ||
      starts_with_any(head,
                      {"namespace", "class", "struct", "enum", "union", "extern", "template"}) ||
      ends_with_any(head, {"else", "do", "try", "const", "noexcept", "override", "mutable"})) {
    return false;
  }
  const bool after_name = std::isalnum(static_cast<unsigned char>(head.back())) != 0;
  return after_name || std::string_view("_(,=").find(head.back()) != std::string_view::npos;
}

std::size_t matching_brace(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    depth += code[i] == '{' ? 1 : code[i] == '}' ? -1 : 0;
    if (depth == 0) {
      return i;
    }
  }
  return code.size();
}

void check_statement(const std::string& path, std::string_view statement,
                     std::vector<std::string>& found) {
  if (statement.find("co_await") == std::string_view::npos) {
    return;
  }
  if (statement.find('{') != std::string_view::npos) {
    found.push_back(path + ": name the value before the statement with co_await");
  }
  if (statement.find("auto [") != std::string_view::npos) {
    found.push_back(path + ": name the result of co_await, then bind by reference");
  }
}

/// `[x](...) -> awaitable<...> {`, also without the arrow when the body awaits at once.
void check_lambdas(const std::string& path, std::string_view code,
                   std::vector<std::string>& found) {
  for (auto at = code.find("-> "); at != std::string_view::npos; at = code.find("-> ", at + 1)) {
    const auto brace = std::min(code.find('{', at), code.size());
    const bool is_coroutine =
        code.substr(at, brace - at).find("awaitable<") != std::string_view::npos;
    const auto start = code.substr(0, at).find_last_of(";{}");
    const auto head = code.substr(start == std::string_view::npos ? 0 : start, at - start);
    const auto open = head.rfind('[');
    const auto close = head.find(']', open == std::string_view::npos ? 0 : open);
    if (is_coroutine && open != std::string_view::npos && close != std::string_view::npos &&
        close > open + 1) {
      found.push_back(path + ": a lambda coroutine must not capture; give it parameters");
    }
  }
}

std::vector<std::string> problems(const std::string& path, const std::string& text) {
  const std::string code = code_only(text);
  std::vector<std::string> found;
  std::size_t start = 0;  // Of the statement.
  for (std::size_t i = 0; i < code.size(); ++i) {
    const std::string_view statement = std::string_view(code).substr(start, i - start);
    const bool ends =
        code[i] == ';' || code[i] == '}' || (code[i] == '{' && !builds_a_value(statement));
    if (code[i] == '{' && !ends) {
      i = matching_brace(code, i);  // The value belongs to this statement.
    } else if (ends) {
      check_statement(path, statement, found);
      start = i + 1;
    }
  }
  check_lambdas(path, code, found);
  return found;
}

TEST(CoroutineRules, TheTreeKeepsThem) {
  for (const SourceFile& file : source_tree()) {
    if (!file.is_source() || file.text.find("co_await") == std::string::npos) {
      continue;
    }
    for (const std::string& problem : problems(file.path, file.text)) {
      ADD_FAILURE() << problem;
    }
  }
}

TEST(CoroutineRules, SinsAreCaught) {
  for (const char* sin : {
           "r = co_await take({a, b});",
           "r = co_await take(Message{.id = a, .text = b});",
           "Message m{a, co_await word()};",
           "list.push_back({a, co_await word()});",
           "co_return Message{a, co_await word()};",
           "if (co_await take({a, b}) > 3) { r = 1; }",
           "auto [error, n] = co_await socket.async_read_some(buffer, as_tuple);",
           "namespace a { class B { public: Task f() { co_return co_await take({a, b}); } }; }",
           "#include <string>\nnamespace a {\nTask f() { co_await take({a}); }\n}",
           "template <class T> struct B { Task f() const { co_await take({a}); } };",
           "f(R\"({)\"); co_await take({a});",
           "spawn([this]() -> asio::awaitable<void> { co_await wait(); });",
       }) {
    EXPECT_EQ(problems("f.cpp", sin).size(), 1U) << sin;
  }
}

TEST(CoroutineRules, HonestCodeIsLeftAlone) {
  for (const char* fine : {
           "Message m{a, b}; r = co_await take(std::move(m));",
           "for (;;) { auto got = co_await next(); auto& [closed, m] = got; }",
           "if (co_await ready()) { co_return Error{code, text}; }",
           "log(\"{} waits\", id); co_await timer.async_wait(as_tuple);  // not { this }",
           "spawn([](int n) -> asio::awaitable<void> { co_await wait(n); });",
           "const char c = '{'; const int n = 1'000; co_await wait(n);",
       }) {
    EXPECT_TRUE(problems("f.cpp", fine).empty()) << fine;
  }
}

}  // namespace
}  // namespace jackfield::architecture
