// Values marked "tshark" were computed by tshark 4.0 from the captures the samples come from.
#include "dissectors/tls_fingerprint.h"

#include <gtest/gtest.h>

#include "dissectors/tls_client_hello.h"
#include "dissectors/tls_server_hello.h"
#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::hex;

ClientHello client(const char* sample) {
  ParseError error;
  ClientHello hello = dissect_client_hello(hex(sample), error);
  EXPECT_FALSE(error.failed());
  return hello;
}
ServerHello server(const char* sample) {
  ParseError error;
  ServerHello hello = dissect_server_hello(hex(sample), error);
  EXPECT_FALSE(error.failed());
  return hello;
}

TEST(Ja3, OfOpenSsl) {  // tshark
  const Ja3 out = ja3(client(testing::kOpenSslTls13ClientHello));
  EXPECT_EQ(
      out.full,
      "771,4866-4867-4865-49196-49200-159-52393-52392-52394-49195-49199-158-49188-49192-107-49187-49191-103-49162-"
      "49172-57-49161-49171-51-157-156-61-60-53-47-255,0-11-10-35-16-22-23-13-43-45-51,29-23-30-25-24-256-257-"
      "258-259-260,0-1-2");
  EXPECT_EQ(out.hash, "5a1edc7f170af1014fc65c994878e63c");
}

TEST(Ja3, OfOthers) {  // tshark
  EXPECT_EQ(ja3(client(testing::kOpenSslResumingClientHello)).hash, "2fd756ca7f87535a1539ab4cbb4d63fd");
  EXPECT_EQ(ja3(client(testing::kGnuTlsClientHello)).hash, "f35ce21b44ac0b87d3266294bb1b0e20");
}

TEST(Ja3, DropsGreaseButNotFromPointFormats) {
  ClientHello hello;
  hello.legacy_version = 0x0301;
  hello.cipher_suites = {0x1a1a, 47, 0x00ff};
  hello.extensions = {{0x2a2a, 0}, {10, 0}, {0xfafa, 0}};
  hello.groups = {0x3a3a, 23};
  hello.point_formats = {0, 0x0a};
  EXPECT_EQ(ja3(hello).full, "769,47-255,10,23,0-10");
}

TEST(Ja3, EmptyListsStayEmpty) {
  ClientHello hello;
  hello.legacy_version = 0x0300;
  hello.cipher_suites = {4, 5};
  EXPECT_EQ(ja3(hello).full, "768,4-5,,,");
}

TEST(Ja3s, OfOpenSsl) {  // tshark
  const Ja3 tls13 = ja3s(server(testing::kOpenSslTls13ServerHello));
  EXPECT_EQ(tls13.full, "771,4866,43-51");
  EXPECT_EQ(tls13.hash, "15af977ce25de452b96affa2addb1036");
  EXPECT_EQ(ja3s(server(testing::kOpenSslResumedServerHello)).hash, "2253c82f03b621c5144709b393fde2c9");
  const Ja3 tls12 = ja3s(server(testing::kTls12ServerHello));
  EXPECT_EQ(tls12.full, "771,49200,65281-11-35-5-16-23");
  EXPECT_EQ(tls12.hash, "7912c017d6a5b5991507cf3b31e9fed5");
  EXPECT_EQ(ja3s(server(testing::kTls10ServerHello)).hash, "bd665c27797205a73c67f1be8b8ed90f");
}

TEST(Ja3s, NothingIsRemovedAndNoExtensionsStayEmpty) {
  ServerHello hello;
  hello.legacy_version = 0x0301;
  hello.cipher_suite = 47;
  EXPECT_EQ(ja3s(hello).full, "769,47,");
  hello.extensions = {{0x0a0a, 0}, {65281, 1}};
  EXPECT_EQ(ja3s(hello).full, "769,47,2570-65281");
}

// The lists of the specification's example, in the order they were sent.
ClientHello specification_example() {
  ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                         0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  for (const std::uint16_t type :
       std::vector<std::uint16_t>{0x3a3a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                                  0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015}) {
    hello.extensions.push_back({type, 0});
  }
  hello.has_server_name = true;
  hello.has_alpn = true;
  hello.alpn = {"h2", "http/1.1"};
  hello.supported_versions = {0x5a5a, 0x0304, 0x0303};
  hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  return hello;
}

TEST(Ja4, SpecificationExample) {
  const Ja4 out = ja4(specification_example());
  EXPECT_EQ(out.hash, "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(out.raw,
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
            "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
            "0403,0804,0401,0503,0805,0501,0806,0601");
}

TEST(Ja4, WithoutSignatureAlgorithmsThereIsNoUnderscore) {
  ClientHello hello = specification_example();
  hello.signature_algorithms.clear();
  EXPECT_TRUE(ja4(hello).raw.ends_with(",4469,ff01"));
  hello.signature_algorithms = {0x0a0a};  // GREASE alone is no entry
  EXPECT_TRUE(ja4(hello).raw.ends_with(",4469,ff01"));
}

TEST(Ja4, EmptyLists) {
  ClientHello hello;
  hello.legacy_version = 0x0301;
  EXPECT_EQ(ja4(hello).hash, "t10i000000_000000000000_000000000000");
}

TEST(Ja4, CountsStopAt99) {
  ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites.assign(120, 0x1301);
  hello.extensions.assign(100, {0x8000, 0});
  EXPECT_TRUE(ja4(hello).hash.starts_with("t12i999900_"));
}

TEST(Ja4, Versions) {
  const auto shown = [](std::uint16_t legacy, std::vector<std::uint16_t> supported, bool extension) {
    ClientHello hello;
    hello.legacy_version = legacy;
    hello.supported_versions = std::move(supported);
    if (extension) hello.extensions.push_back({43, 0});
    return ja4(hello).hash.substr(1, 2);
  };
  EXPECT_EQ(shown(0x0303, {0x0a0a, 0x0303, 0x0304}, true), "13");
  EXPECT_EQ(shown(0x0303, {}, false), "12");
  EXPECT_EQ(shown(0x0302, {}, false), "11");
  EXPECT_EQ(shown(0x0301, {}, false), "10");
  EXPECT_EQ(shown(0x0300, {}, false), "s3");
  EXPECT_EQ(shown(0x0002, {}, false), "s2");
  EXPECT_EQ(shown(0x0303, {0x7f1c, 0x0304}, true), "00");  // a draft is the higher number
  EXPECT_EQ(shown(0x0303, {0x0a0a}, true), "00");          // the extension wins even if it says nothing
}

TEST(Ja4, AlpnBytes) {
  const auto shown = [](std::string value) {
    ClientHello hello;
    hello.legacy_version = 0x0303;
    hello.alpn = {std::move(value), "zz"};
    return ja4(hello).hash.substr(8, 2);
  };
  EXPECT_EQ(shown("h2"), "h2");
  EXPECT_EQ(shown("http/1.1"), "h1");
  EXPECT_EQ(shown("h"), "hh");
  EXPECT_EQ(shown(""), "00");
  EXPECT_EQ(shown("\xab"), "ab");
  EXPECT_EQ(shown(" "), "20");
  EXPECT_EQ(shown("\xab\xcd"), "ad");
  EXPECT_EQ(shown("\x20\x61"), "21");
  EXPECT_EQ(shown("\x30\xab"), "3b");
  EXPECT_EQ(shown("\x61\x20"), "60");
  EXPECT_EQ(shown("\x30\x31\xab\xcd"), "3d");
  EXPECT_EQ(shown("\x30\xab\xcd\x31"), "01");
  EXPECT_EQ(shown("\xba\xad"), "bd");  // the written specification; some implementations print 99
}

TEST(Fingerprints, AreNotDefinedForSslv2OrCutLists) {
  ClientHello hello = specification_example();
  hello.sslv2_format = true;
  EXPECT_EQ(ja3(hello).full + ja3(hello).hash + ja4(hello).hash + ja4(hello).raw, "");
  hello = specification_example();
  hello.lists_truncated = true;  // something else was cut: the lists used here are whole
  EXPECT_NE(ja4(hello).hash, "");
  hello.cipher_suites.resize(kMaxCipherSuites, 47);
  EXPECT_EQ(ja3(hello).hash + ja4(hello).hash, "");
}

}  // namespace
}  // namespace handlens::tls
