#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/net/ip_address.h"
#include "core/net/public_address.h"
#include "core/net/trusted_proxies.h"

namespace jackfield::net {
namespace {

TEST(IpAddress, MappedAndPlainFormsAreTheSame) {
  EXPECT_EQ(IpAddress::parse("10.1.2.3"), IpAddress::parse("::ffff:10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("::ffff:a01:203")->text(), "10.1.2.3");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->text(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("fe80::1%eth0")->text(), "fe80::1");
  for (const std::string_view text : {"", "127.1", "0x7f.0.0.1", "2130706433", "1.2.3", "1.2.3.4.5",
                                      "256.1.1.1", "localhost", " 1.2.3.4", "1.2.3.4 ", ":::"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpBlock, ContainsWhatItsPrefixSays) {
  struct Case {
    std::string block, address;
    bool inside;
  };
  const std::vector<Case> cases = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"::ffff:10.0.0.0/104", "10.9.9.9", true},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"fd00::/8", "fdff::1", true},
      {"fd00::/8", "fe00::1", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"::/0", "1.2.3.4", true},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(IpBlock::parse(one.block)->contains(*IpAddress::parse(one.address)), one.inside)
        << one.block << " " << one.address;
  }
  for (const std::string_view text : {"10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/x",
                                      "10.0.0.0/8 ", "/8", "10.0.0.0/-1", "a/8"}) {
    EXPECT_FALSE(IpBlock::parse(text)) << text;
  }
}

TEST(PublicAddress, SpecialOnesAreRefused) {
  for (const std::string_view text : {"0.0.0.0",
                                      "0.1.2.3",
                                      "10.0.0.1",
                                      "10.255.255.255",
                                      "100.64.0.1",
                                      "100.127.255.255",
                                      "127.0.0.1",
                                      "127.255.0.1",
                                      "169.254.169.254",
                                      "172.16.0.1",
                                      "172.31.255.255",
                                      "192.0.0.8",
                                      "192.0.2.1",
                                      "192.88.99.1",
                                      "192.168.0.1",
                                      "198.18.0.1",
                                      "198.19.255.255",
                                      "198.51.100.7",
                                      "203.0.113.9",
                                      "224.0.0.1",
                                      "239.1.1.1",
                                      "240.0.0.1",
                                      "255.255.255.255",
                                      "::",
                                      "::1",
                                      "::7f00:1",
                                      "::ffff:127.0.0.1",
                                      "::ffff:10.0.0.1",
                                      "::ffff:169.254.169.254",
                                      "64:ff9b::7f00:1",
                                      "64:ff9b::808:808",
                                      "64:ff9b:1::1",
                                      "100::1",
                                      "2001::1",
                                      "2001:10::1",
                                      "2001:20::1",
                                      "2001:db8::1",
                                      "2002:7f00:1::",
                                      "2002:808:808::1",
                                      "3fff::1",
                                      "5f00::1",
                                      "fc00::1",
                                      "fd00::8",
                                      "fe80::1",
                                      "fec0::1",
                                      "ff02::1",
                                      "not an address",
                                      ""}) {
    EXPECT_FALSE(is_public_address(text)) << text;
  }
}

TEST(PublicAddress, TheInternetIsPublic) {
  for (const std::string_view text :
       {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "169.255.0.1",     "172.15.255.255",  "172.32.0.1",
        "192.167.255.255", "192.169.0.1",     "198.17.255.255",  "198.20.0.1",
        "223.255.255.255", "::ffff:8.8.8.8",  "2001:200::1",     "2001:4860:4860::8888",
        "2400:cb00::1",    "2606:4700::1111", "2a00:1450::1",    "3fff:1000::1"}) {
    EXPECT_TRUE(is_public_address(text)) << text;
  }
}

std::string client(const std::vector<std::string>& trusted, const std::string& peer,
                   const std::vector<Header>& headers) {
  return TrustedProxies::parse(trusted)->client(*IpAddress::parse(peer), headers).text();
}

TEST(TrustedProxies, TheRightMostUntrustedHopIsTheClient) {
  struct Case {
    std::string name, peer;
    std::vector<std::string> forwarded;
    std::string expected;
  };
  const std::vector<std::string> trusted = {"10.0.0.0/8", "::1"};
  const std::vector<Case> cases = {
      {"untrusted peer", "8.8.8.8", {"1.2.3.4"}, "8.8.8.8"},
      {"no header", "10.0.0.1", {}, "10.0.0.1"},
      {"one hop", "10.0.0.1", {"1.2.3.4"}, "1.2.3.4"},
      {"spoofed left end", "10.0.0.1", {"127.0.0.1, 1.2.3.4"}, "1.2.3.4"},
      {"two proxies", "10.0.0.1", {"6.6.6.6, 1.2.3.4, 10.0.0.2"}, "1.2.3.4"},
      {"several fields", "10.0.0.1", {"6.6.6.6", "1.2.3.4,10.0.0.2"}, "1.2.3.4"},
      {"field of the client's own", "10.0.0.1", {"10.0.0.9", "1.2.3.4"}, "1.2.3.4"},
      {"only proxies", "10.0.0.1", {"10.0.0.3,10.0.0.2"}, "10.0.0.3"},
      {"unknown", "10.0.0.1", {"1.2.3.4, unknown"}, "10.0.0.1"},
      {"unknown behind a proxy", "10.0.0.1", {"unknown, 10.0.0.2"}, "10.0.0.2"},
      {"empty item", "10.0.0.1", {"1.2.3.4,"}, "10.0.0.1"},
      {"port", "10.0.0.1", {"1.2.3.4:5678"}, "1.2.3.4"},
      {"v6", "::1", {"2606:4700::1"}, "2606:4700::1"},
      {"v6 with port", "::1", {"\"[2606:4700::1]:443\""}, "2606:4700::1"},
      {"mapped peer", "::ffff:10.0.0.1", {"1.2.3.4"}, "1.2.3.4"},
      {"mapped hop", "10.0.0.1", {"1.2.3.4, ::ffff:10.0.0.2"}, "1.2.3.4"},
  };
  for (const Case& one : cases) {
    std::vector<Header> headers;
    for (const auto& value : one.forwarded) {
      headers.emplace_back("x-forwarded-for", value);
    }
    EXPECT_EQ(client(trusted, one.peer, headers), one.expected) << one.name;
  }
}

TEST(TrustedProxies, AChainOfManyHopsEndsSomewhere) {
  std::string many = "1.2.3.4";
  for (int i = 0; i < 100'000; ++i) {
    many += ",10.0.0.2";
  }
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.0.0.1", {{"X-Forwarded-For", many}}), "10.0.0.2");
}

TEST(TrustedProxies, NobodyIsTrustedByDefaultAndNonsenseIsAnError) {
  EXPECT_EQ(client({}, "127.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}}), "127.0.0.1");
  const auto parsed = TrustedProxies::parse({"10.0.0.0/8", "proxy.local"});
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text.find("proxy.local"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::net
