// Prints messages as they come. Usage: jf_subscriber_example ENDPOINT [CURSOR]
#include <cstdio>
#include <string>
#include <utility>

#include "jackfield/subscriber.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: jf_subscriber_example ENDPOINT [CURSOR]\n", stderr);
    return 64;
  }
  jackfield::BrokerAddress address;
  address.endpoint = argv[1];
  jackfield::Subscription want;
  want.cursor = argc > 2 ? argv[2] : "example";
  want.on_reset = [](const jackfield::Response&) { return "oldest"; };
  jackfield::Subscriber subscriber(std::move(address), std::move(want));
  while (true) {
    const auto event = subscriber.next(std::chrono::seconds(5));
    if (!event) {
      std::fprintf(stderr, "%s\n", event.error().text.c_str());
      return 1;
    }
    if (*event && (*event)->type.compare(0, 11, "jf.message.") == 0) {
      std::printf("%s %s\n", (*event)->type.c_str(),
                  std::string((*event)->data()["id"].text()).c_str());
      std::fflush(stdout);
    }
  }
}
