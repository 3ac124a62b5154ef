// What the tests of the WhatsApp channel share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jackfield/plugin/values.h"
#include "plugins/whatsapp/crypto.h"

namespace jackfield::whatsapp {

/// Crypto without a host.
class TestCrypto final : public Crypto {
 public:
  [[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view data) const override;
  [[nodiscard]] std::string sha256(std::string_view data) const override;
  [[nodiscard]] bool equal(std::string_view a, std::string_view b) const override;
};

/// A file of plugins/whatsapp/testdata.
std::string testdata(const std::string& name);
std::vector<std::string> testdata_names();

/// A value as one line that a person can read. "*" stands for what most of the files share: key
/// "wa:<account>:<id>", time 1770000000; the account 106540352242922 is left out, and " is '.
std::string describe(const Inbound& value);
/// All values of a body, one line each.
std::string described(std::string_view body);

std::string describe(const Outcome& outcome);

}  // namespace jackfield::whatsapp
