#include "tools/sim/demo.h"

#include <array>
#include <string_view>
#include <utility>

#include "jackfield/json.h"

namespace jackfield::sim {
namespace {

constexpr std::string_view kAnn = "12025550122";
constexpr std::chrono::milliseconds kBetweenHandshakes{500};
constexpr std::chrono::milliseconds kThinking{1'500};

/// What Ann's phone sends, one after each reply, without the members that say who she is.
constexpr std::array<std::string_view, 5> kStory{
    R"("type":"text","text":"Hi! Is the blue bicycle still for sale?")",
    R"("type":"text","text":"Lovely 🚲 Could you bring it to me?")",
    R"("type":"location","latitude":52.520008,"longitude":13.404954,"place":"Ann's street")",
    R"("type":"image","caption":"The gate looks like this")",
    R"("type":"text","text":"Thank you, see you on Saturday!")",
};

}  // namespace

Demo::Demo(boost::asio::io_context& io, Control& control, Transcript transcript)
    : control_(control), transcript_(std::move(transcript)), timer_(io) {}

void Demo::start() {
  shake_hands();
}

void Demo::shake_hands() {
  control_.run("POST", "handshake", "{}", [this, alive = alive_](const net::HttpResponse& answer) {
    if (!*alive) {
      return;
    }
    const auto parsed = json::Document::parse(answer.body);
    if (parsed && parsed->root()["verified"].boolean().value_or(false)) {
      say("the callback answered the handshake");
      return write_later(kThinking);
    }
    if (++handshakes_ == kHandshakesMax) {
      return say(
          "the callback never answered the handshake; check its address and the verify "
          "token");
    }
    timer_.expires_after(kBetweenHandshakes);
    timer_.async_wait([this, alive](boost::system::error_code failed) {
      if (*alive && !failed) {
        shake_hands();
      }
    });
  });
}

void Demo::on_reply(const std::string& number) {
  if (number == kAnn) {
    write_later(kThinking);
  }
}

void Demo::write_later(std::chrono::milliseconds pause) {
  if (is_writing_ || next_ == kStory.size()) {
    return;
  }
  is_writing_ = true;
  timer_.expires_after(pause);
  timer_.async_wait([this, alive = alive_](boost::system::error_code failed) {
    if (*alive && !failed) {
      write_next();
    }
  });
}

void Demo::write_next() {
  is_writing_ = false;
  const std::string body = R"({"from":")" + std::string(kAnn) + R"(","name":"Ann","wait":false,)" +
                           std::string(kStory.at(next_++)) + '}';
  control_.run("POST", "inbound", body, [](const net::HttpResponse&) {});
}

void Demo::say(const std::string& line) const {
  if (transcript_) {
    transcript_(line);
  }
}

}  // namespace jackfield::sim
