#include "tools/jackctl/render.h"

#include "jackfield/json.h"

namespace jackfield::jackctl {
namespace {

std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return text;
}

std::string plain(json::Value value) {
  return printable(value.is_string() ? std::string(value.text()) : value.dump());
}

std::string one_line(json::Value value) {
  if (!value.is_object()) {
    return plain(value);
  }
  std::string line;
  for (auto it = value.begin(); it != value.end(); ++it) {
    line += (line.empty() ? "" : "  ") + printable(std::string(it.key())) + "=" + plain(*it);
  }
  return line;
}

}  // namespace

std::string render(std::string_view json) {
  const auto document = json::Document::parse(json);
  if (!document) {
    return printable(std::string(json)) + "\n";
  }
  const json::Value root = document->root();
  std::string out;
  if (root.is_array()) {
    for (const json::Value element : root) {
      out += one_line(element) + "\n";
    }
    return out;
  }
  if (!root.is_object()) {
    return plain(root) + "\n";
  }
  for (auto it = root.begin(); it != root.end(); ++it) {
    out += printable(std::string(it.key())) + ":";
    if (!(*it).is_array()) {
      out += " " + plain(*it) + "\n";
      continue;
    }
    out += "\n";
    for (const json::Value element : *it) {
      out += "  " + one_line(element) + "\n";
    }
  }
  return out;
}

std::string render_event(std::string_view json) {
  const auto document = json::Document::parse(json);
  if (!document) {
    return {};
  }
  const json::Value root = document->root();
  return plain(root["time"]) + "  " + plain(root["type"]) + "  " + plain(root["subject"]) + "\n";
}

}  // namespace jackfield::jackctl
