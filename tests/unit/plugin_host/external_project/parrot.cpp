#include <jackfield/plugin.h>

namespace {

class Parrot final : public jackfield::Channel {
 public:
  Parrot(const jackfield::Host& host, std::string_view) : Channel(host) {}
  jackfield::Outcome deliver(std::uint64_t, const jackfield::Outbound& outbound) override {
    return jackfield::Outcome::accepted(outbound.message_id);
  }
};

}  // namespace

JACKFIELD_PLUGIN(Parrot, "org.example.parrot", "1.0.0", "parrot", "Parrot", JF_CAP_TEXT,
                 R"({"type":"object"})", "{}");
