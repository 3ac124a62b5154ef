#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/json.h"
#include "tests/plugins_livechat/fake_host.h"

/// A browser as docs/livechat-protocol.md wants it: it keeps a token and what it has seen, and
/// notices what the wire says twice.
class Browser {
 public:
  explicit Browser(FakeHost& host) : host_(&host) {}

  /// Opens a socket and says hello with what it knows.
  void connect(std::uint64_t socket, std::string_view more = "") {
    socket_ = socket;
    on_wire_.clear();
    host_->open(socket);
    host_->data(socket, hello(more));
    read();
  }
  [[nodiscard]] std::string hello(std::string_view more = "") const {
    std::string frame = R"({"type":"hello","token":")" + token + "\"";
    frame += after.empty() ? "" : R"(,"after":")" + after + "\"";
    return frame + std::string(more) + "}";
  }
  void say(std::string_view client_id, std::string_view text = "hi") {
    host_->data(socket_, R"({"type":"message","client_id":")" + std::string(client_id) +
                             R"(","text":")" + std::string(text) + "\"}");
  }
  void send(std::string_view frame) { host_->data(socket_, frame); }

  /// Takes what arrived. `log` gets a line per frame.
  void read() {
    for (const std::string& frame : host_->take(socket_)) {
      const auto document = jackfield::json::Document::parse(frame);
      take(document->root());
    }
  }
  std::vector<std::string> lines() {
    read();
    return std::exchange(log, {});
  }

  std::string token, visitor, after;
  std::vector<std::string> log;
  std::vector<std::string> shown;  ///< "c.1/0 text", each once, in order of arrival.
  int repeated = 0;                ///< Parts that one connection brought twice.

 private:
  void take(jackfield::json::Value frame) {
    const std::string type(frame["type"].text());
    if (type == "welcome") {
      token = frame["token"].text();
      visitor = frame["visitor"].text();
      log.push_back(*frame["resumed"].boolean() ? "welcome back" : "welcome");
      log.back() += frame["note"] ? " " + std::string(frame["note"].text()) : "";
    } else if (type == "message") {
      message(frame);
    } else if (type == "ack") {
      log.push_back("ack " + std::string(frame["client_id"].text()) + " " +
                    std::string(frame["id"].text()) + (frame["duplicate"] ? " duplicate" : ""));
    } else if (type == "error") {
      log.push_back("error " + std::string(frame["code"].text()) + " " +
                    std::string(frame["client_id"].text()));
    } else {
      log.push_back(frame.dump());
    }
  }
  void message(jackfield::json::Value frame) {
    const std::string id(frame["id"].text());
    std::int64_t part = *frame["part"].integer();
    for (const jackfield::json::Value one : frame["parts"]) {
      const std::string key = id + "/" + std::to_string(part++);
      const std::string line = key + " " + std::string(one["text"].text());
      log.push_back(line);
      repeated += on_wire_.insert(key).second ? 0 : 1;
      if (known_.insert(key).second) {
        shown.push_back(line);
      }
    }
    if (frame["direction"].text() == "outbound" && part == *frame["part_total"].integer()) {
      after = id;
    }
  }

  FakeHost* host_;
  std::uint64_t socket_ = 0;
  std::set<std::string> on_wire_, known_;
};
