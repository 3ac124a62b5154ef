#include "tests/plugins_whatsapp/support.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "plugins/whatsapp/parse.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::string_view kAccount = "106540352242922";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string name_of(InboundKind kind) {
  const std::map<InboundKind, std::string> names = {
      {InboundKind::message, "message"},       {InboundKind::receipt, "receipt"},
      {InboundKind::reaction, "reaction"},     {InboundKind::edit, "edit"},
      {InboundKind::removal, "removal"},       {InboundKind::notice, "notice"},
      {InboundKind::quarantine, "quarantine"}, {InboundKind::echo, "echo"},
  };
  return names.at(kind);
}

std::string name_of(ReceiptKind kind) {
  const std::map<ReceiptKind, std::string> names = {{ReceiptKind::sent, "sent"},
                                                    {ReceiptKind::delivered, "delivered"},
                                                    {ReceiptKind::read, "read"},
                                                    {ReceiptKind::failed, "failed"}};
  return names.at(kind);
}

std::string name_of(PartKind kind) {
  const std::map<PartKind, std::string> names = {
      {PartKind::text, "text"},     {PartKind::media, "media"},
      {PartKind::form, "form"},     {PartKind::location, "location"},
      {PartKind::choice, "choice"}, {PartKind::contact, "contact"},
      {PartKind::order, "order"},   {PartKind::unsupported, "unsupported"},
  };
  return names.at(kind);
}

std::string field(const char* name, const std::string& value) {
  return value.empty() ? std::string() : " " + std::string(name) + "=" + value;
}

}  // namespace

std::string TestCrypto::hmac_sha256(std::string_view key, std::string_view data) const {
  unsigned char out[SHA256_DIGEST_LENGTH];
  unsigned int length = sizeof out;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(data), data.size(), out,
       &length);
  return {reinterpret_cast<const char*>(out), length};
}

std::string TestCrypto::sha256(std::string_view data) const {
  unsigned char out[SHA256_DIGEST_LENGTH];
  SHA256(bytes(data), data.size(), out);
  return {reinterpret_cast<const char*>(out), sizeof out};
}

bool TestCrypto::equal(std::string_view a, std::string_view b) const {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string testdata(const std::string& name) {
  std::ifstream file(std::string(JACKFIELD_TESTDATA) + "/" + name + ".json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> testdata_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(JACKFIELD_TESTDATA)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string describe(const Inbound& value) {
  std::string line = name_of(value.kind);
  if (value.kind == InboundKind::receipt) {
    line += " " + name_of(value.receipt);
  }
  const bool is_usual_account = value.account == kAccount;
  const bool is_usual_key = value.dedupe_key == "wa:" + value.account + ":" + value.external_id;
  line += field("account", is_usual_account ? "" : value.account) + field("from", value.address) +
          field("name", value.display_name) + field("id", value.external_id) +
          field("key", is_usual_key ? "*" : value.dedupe_key) + field("to", value.reply_to) +
          field("correlator", value.correlator) +
          ((value.flags & JF_INBOUND_FORWARDED) != 0 ? " forwarded" : "");
  if (value.provider_unix_ms != 0) {
    const bool is_usual_time = value.provider_unix_ms == 1'770'000'000'000;
    line += " at=" + (is_usual_time ? std::string("*") : std::to_string(value.provider_unix_ms));
  }
  if (value.provider_code != 0) {
    line += " code=" + std::to_string(value.provider_code);
  }
  for (const Part& part : value.parts) {
    line += " [" + name_of(part.kind) + field("kind", part.media_kind) + field("mime", part.mime) +
            field("file", part.filename) + field("ref", part.media_ref) + field("json", part.json) +
            (part.text.empty() ? "" : " '" + part.text + "'") + "]";
  }
  line += value.detail.empty() ? "" : " (" + value.detail + ")";
  line += field("ext", value.ext_json);
  std::replace(line.begin(), line.end(), '"', '\'');  // So that C++ can quote it.
  return line;
}

std::string described(std::string_view body) {
  std::string lines;
  for (const Inbound& value : parse_webhook(body, TestCrypto())) {
    lines += describe(value) + "\n";
  }
  return lines;
}

std::string describe(const Outcome& outcome) {
  const std::map<jf_status, std::string> names = {
      {JF_OK, "OK"},
      {JF_PENDING, "PENDING"},
      {JF_E_INVALID, "INVALID"},
      {JF_E_BUSY, "BUSY"},
      {JF_E_TRANSIENT, "TRANSIENT"},
      {JF_E_PERMANENT, "PERMANENT"},
      {JF_E_AUTH, "AUTH"},
      {JF_E_RATE, "RATE"},
      {JF_E_UNREACHABLE, "UNREACHABLE"},
      {JF_E_UNKNOWN, "UNKNOWN"},
      {JF_E_WINDOW, "WINDOW"},
  };
  std::string line = names.at(outcome.status) + field("id", outcome.external_id);
  if (outcome.provider_code != 0) {
    line += " code=" + std::to_string(outcome.provider_code);
  }
  if (outcome.retry_after_ms != 0) {
    line += " after=" + std::to_string(outcome.retry_after_ms);
  }
  line += outcome.detail.empty() ? "" : " (" + outcome.detail + ")";
  return line + field("ext", outcome.ext_json);
}

}  // namespace jackfield::whatsapp
