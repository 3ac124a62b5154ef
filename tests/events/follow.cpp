// Prints the sequence of each event until the last one. Usage: follow ENDPOINT LAST [CURSOR]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "jackfield/subscriber.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    return 64;
  }
  jackfield::BrokerAddress address;
  address.endpoint = argv[1];
  jackfield::Subscription want;
  want.from = "oldest";
  want.cursor = argc > 3 ? argv[3] : "";
  jackfield::Subscriber subscriber(address, want);
  for (const long long last = std::atoll(argv[2]); subscriber.position().sequence < last;) {
    const auto event = subscriber.next(std::chrono::seconds(1));
    if (!event) {
      std::fprintf(stderr, "%s\n", event.error().text.c_str());
      return 1;
    }
    if (*event) {
      std::printf("%lld\n", static_cast<long long>((*event)->position.sequence));
      std::fflush(stdout);
    }
  }
  return subscriber.ack() || want.cursor.empty() ? 0 : 1;
}
