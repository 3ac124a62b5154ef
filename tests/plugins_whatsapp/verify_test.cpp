#include "plugins/whatsapp/verify.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "jackfield/encoding.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {
namespace {

constexpr std::string_view kSecret = "dev-app-secret";
constexpr std::string_view kBody = R"({"object":"page","entry":[{"id":"77","note":"caf\u00e9"}]})";
constexpr std::string_view kBodyLiteral =
    R"({"object":"page","entry":[{"id":"77","note":"café"}]})";
const std::string kSigned =
    "sha256=777d6dbdd504f4ad3d2ae1d9422ce97d7ac6b4010f9d6ff0356a31f55b9e6167";

using Headers = std::vector<std::pair<std::string, std::string>>;

int status_of(const Headers& headers, std::string_view body, std::string_view secret = kSecret) {
  std::vector<jf_kv> list;
  for (const auto& header : headers) {
    list.push_back({abi_str(header.first), abi_str(header.second)});
  }
  jf_http_message message{};
  message.size = sizeof message;
  message.headers = list.data();
  message.header_count = list.size();
  message.body = abi_bytes(body);
  return check_signature(TestCrypto(), secret, HttpRequest(message));
}

TEST(WhatsAppSignature, IsCheckedOverTheRawBytes) {
  const std::string name = "X-Hub-Signature-256";
  std::string upper = kSigned;
  for (std::size_t i = 7; i < upper.size(); ++i) {
    upper[i] = static_cast<char>(std::toupper(upper[i]));
  }
  struct Case {
    std::string what;
    Headers headers;
    std::string_view body;
    int status;
  };
  const std::vector<Case> cases = {
      {"right", {{name, kSigned}}, kBody, 200},
      {"lower-case name, as HTTP/2 has it", {{"x-hub-signature-256", kSigned}}, kBody, 200},
      {"upper-case digits", {{name, upper}}, kBody, 200},
      {"identity coding", {{name, kSigned}, {"Content-Encoding", "identity"}}, kBody, 200},
      {"compressed", {{name, kSigned}, {"Content-Encoding", "gzip"}}, kBody, 415},
      {"missing", {}, kBody, 401},
      {"only the old one", {{"X-Hub-Signature", "sha1=00"}}, kBody, 401},
      {"empty", {{name, ""}}, kBody, 403},
      {"short", {{name, kSigned.substr(0, 70)}}, kBody, 403},
      {"long", {{name, kSigned + "0"}}, kBody, 403},
      {"no digits", {{name, "sha256=" + std::string(64, 'z')}}, kBody, 403},
      {"other scheme", {{name, "sha512=" + kSigned.substr(7)}}, kBody, 403},
      {"twice", {{name, kSigned}, {name, kSigned}}, kBody, 403},
      {"a list", {{name, kSigned + ", " + kSigned}}, kBody, 403},
      {"re-serialised body", {{name, kSigned}}, kBodyLiteral, 403},
      {"empty body, its own signature",
       {{name, "sha256=f74c00da72b482265a77ec3031963edfa1e6f144197796ceed97e50ae01e2260"}},
       "",
       200},
      {"empty body, other signature", {{name, kSigned}}, "", 403},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(status_of(one.headers, one.body), one.status) << one.what;
  }
  EXPECT_EQ(status_of({{name, kSigned}}, kBody, "another-secret"), 403);
  EXPECT_EQ(status_of({{name, kSigned}}, kBody, ""), 403);
}

TEST(WhatsAppSignature, MatchesTheKnownVectors) {
  const TestCrypto crypto;
  EXPECT_EQ(kBody.size(), 58U);
  EXPECT_EQ(encoding::to_hex(crypto.hmac_sha256(kSecret, kBodyLiteral)),
            "de30eb80fbbeb3c1807164fce6b4c92cec2af11d2e0d056003ab2dc7c5692801");
  EXPECT_EQ(encoding::to_hex(crypto.hmac_sha256(kSecret, "dev-access-token")),
            "59514ecb2d9627e8bfc6d1fe8138817518e5f1da2b1a2d2dcbcfa560133aacc9");
}

TEST(WhatsAppHandshake, EchoesThePlainChallengeToWhoKnowsTheToken) {
  struct Case {
    std::string query, answer;
  };
  const std::string ok = "hub.mode=subscribe&hub.verify_token=open+sesame&hub.challenge=";
  const std::vector<Case> cases = {
      {ok + "1158201444", "200 1158201444"},
      {ok + "a-Z_0", "200 a-Z_0"},
      {"hub%2Emode=subscribe&hub%2Everify_token=open%20sesame&hub%2Echallenge=7", "200 7"},
      {ok + std::string(128, '1'), "200 " + std::string(128, '1')},
      {ok + std::string(129, '1'), "403 "},
      {ok + "%3Cscript%3E", "403 "},
      {ok + "a%0Ab", "403 "},
      {ok, "403 "},
      {"hub.mode=subscribe&hub.verify_token=open+sesam&hub.challenge=1", "403 "},
      {"hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "403 "},
      {"hub.mode=subscribe&hub.challenge=1", "403 "},
      {"hub.mode=unsubscribe&hub.verify_token=open+sesame&hub.challenge=1", "403 "},
      {"hub.verify_token=open+sesame&hub.challenge=1", "403 "},
      {"hub_mode=subscribe&hub_verify_token=open+sesame&hub_challenge=1", "403 "},
      {"", "403 "},
  };
  for (const Case& one : cases) {
    const HttpReply reply = answer_handshake(TestCrypto(), "open sesame", one.query);
    EXPECT_EQ(std::to_string(reply.status) + " " + reply.body, one.answer) << one.query;
    EXPECT_EQ(reply.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(reply.headers, (HttpHeaders{{"X-Content-Type-Options", "nosniff"}}));
  }
  EXPECT_EQ(
      answer_handshake(TestCrypto(), "", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1")
          .status,
      403);
}

}  // namespace
}  // namespace jackfield::whatsapp
