#include "dissectors/tls_client_hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using testing::extension;
using testing::HelloBuilder;
using testing::hex;
using ::testing::IsEmpty;
using testing::join;
using ::testing::SizeIs;
using testing::u16;
using testing::u16_list;

TEST(ClientHello, OpenSslTls13) {
  ParseError error;
  const ClientHello hello = dissect_client_hello(hex(testing::kOpenSslTls13ClientHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.extension_error.failed()) << hello.extension_error.field;
  EXPECT_EQ(hello.legacy_version, 0x0303);
  EXPECT_THAT(hello.session_id, SizeIs(32));
  EXPECT_THAT(hello.cipher_suites, SizeIs(31));
  EXPECT_EQ(hello.cipher_suites.front(), 0x1302);
  EXPECT_THAT(hello.compression_methods, ElementsAre(0));
  EXPECT_TRUE(hello.has_extensions_block);
  EXPECT_EQ(hello.server_name, "tls-server.local");
  EXPECT_THAT(hello.alpn, ElementsAre("h2", "http/1.1"));
  EXPECT_THAT(hello.supported_versions, ElementsAre(0x0304, 0x0303, 0x0302, 0x0301));
  EXPECT_THAT(hello.groups, ElementsAre(29, 23, 30, 25, 24, 256, 257, 258, 259, 260));
  EXPECT_THAT(hello.point_formats, ElementsAre(0, 1, 2));
  EXPECT_THAT(hello.psk_modes, ElementsAre(1));
  ASSERT_THAT(hello.key_shares, SizeIs(1));
  EXPECT_EQ(hello.key_shares[0].group, 29);
  EXPECT_EQ(hello.key_shares[0].length, 32);
  EXPECT_EQ(hello.session_ticket_length, 0u);
  EXPECT_TRUE(hello.extended_master_secret);
  EXPECT_TRUE(hello.encrypt_then_mac);
  EXPECT_TRUE(hello.renegotiation_info);  // by its SCSV
  EXPECT_FALSE(hello.grease);
  EXPECT_FALSE(hello.pre_shared_key);
  EXPECT_FALSE(hello.duplicate_extension);
  EXPECT_FALSE(hello.lists_truncated);
  EXPECT_EQ(hello.trailing_bytes, 0u);
}

TEST(ClientHello, OpenSslResumption) {
  ParseError error;
  const ClientHello hello = dissect_client_hello(hex(testing::kOpenSslResumingClientHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.extension_error.failed());
  EXPECT_TRUE(hello.pre_shared_key);
  EXPECT_EQ(hello.psk_identities, 1);
  EXPECT_FALSE(hello.pre_shared_key_not_last);
}

TEST(ClientHello, GnuTls) {
  ParseError error;
  const ClientHello hello = dissect_client_hello(hex(testing::kGnuTlsClientHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.extension_error.failed());
  EXPECT_EQ(hello.server_name, "gnutls.example.org");
  EXPECT_TRUE(hello.status_request);
  EXPECT_EQ(hello.record_size_limit, 16385);
  EXPECT_GE(hello.key_shares.size(), 2u);
}

TEST(ClientHello, EveryTruncationFailsAndKeepsThePrefix) {
  for (const char* sample :
       {testing::kOpenSslTls13ClientHello, testing::kOpenSslResumingClientHello, testing::kGnuTlsClientHello}) {
    const Bytes whole = hex(sample);
    ParseError no_error;
    const ClientHello all = dissect_client_hello(whole, no_error);
    // With the compression methods the message may be complete without an extensions block.
    const std::size_t without_extensions = 2 + 32 + 1 + all.session_id.size() + 2 + 2 * all.cipher_suites.size() + 2;
    for (std::size_t n = 0; n < whole.size(); ++n) {
      ParseError error;
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));  // its own heap block, for ASan
      const ClientHello hello = dissect_client_hello(cut, error);
      EXPECT_EQ(error.failed(), n != without_extensions) << n;
      EXPECT_LE(error.offset, n);
      ASSERT_LE(hello.extensions.size(), all.extensions.size());
      for (std::size_t i = 0; i < hello.extensions.size(); ++i) {
        EXPECT_EQ(hello.extensions[i].type, all.extensions[i].type);
      }
      if (n >= 34) {
        EXPECT_EQ(hello.random, all.random);
      }
    }
  }
}

TEST(ClientHello, CutMessageStillNamesTheServer) {
  Bytes body = hex(testing::kOpenSslTls13ClientHello);
  body.resize(200);
  ParseError error;
  EXPECT_EQ(dissect_client_hello(body, error).server_name, "tls-server.local");
  EXPECT_EQ(error.reason, ParseReason::short_read);
}

TEST(ClientHello, Empty) {
  ParseError error;
  const ClientHello hello = dissect_client_hello({}, error);
  EXPECT_EQ(error.reason, ParseReason::short_read);
  EXPECT_STREQ(error.field, "legacy_version");
  EXPECT_THAT(hello.cipher_suites, IsEmpty());
}

TEST(ClientHello, WithoutExtensionsBlock) {
  HelloBuilder builder;
  builder.version = 0x0300;
  builder.with_extensions = false;
  ParseError error;
  const ClientHello hello = dissect_client_hello(builder.build(), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.has_extensions_block);
  builder.with_extensions = true;
  EXPECT_TRUE(dissect_client_hello(builder.build(), error).has_extensions_block);
  EXPECT_FALSE(error.failed());
}

TEST(ClientHello, SignallingSuites) {
  HelloBuilder builder;
  builder.suites = u16_list({0xc02f, 0x00ff, 0x5600});
  ParseError error;
  const ClientHello hello = dissect_client_hello(builder.build(), error);
  EXPECT_TRUE(hello.renegotiation_info);
  EXPECT_TRUE(hello.fallback_scsv);
}

TEST(ClientHello, SessionIdLimit) {
  HelloBuilder builder;
  builder.session_id = Bytes(33, 7);
  ParseError error;
  EXPECT_THAT(dissect_client_hello(builder.build(), error).session_id, SizeIs(32));
  EXPECT_EQ(error.reason, ParseReason::bad_length);
}

TEST(ClientHello, OddCipherSuiteLength) {
  HelloBuilder builder;
  builder.suites = {0x13, 0x01, 0x13};
  ParseError error;
  EXPECT_THAT(dissect_client_hello(builder.build(), error).cipher_suites, ElementsAre(0x1301));
  EXPECT_EQ(error.reason, ParseReason::bad_length);
  EXPECT_STREQ(error.field, "cipher_suites");
}

TEST(ClientHello, TrailingBytesAreCounted) {
  ParseError error;
  const ClientHello hello = dissect_client_hello(join({HelloBuilder{}.build(), {1, 2, 3}}), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.trailing_bytes, 3u);
}

TEST(ClientHello, CipherSuiteBound) {
  HelloBuilder builder;
  builder.suites = Bytes(2 * kMaxCipherSuites, 0x13);
  ParseError error;
  ClientHello hello = dissect_client_hello(builder.build(), error);
  EXPECT_THAT(hello.cipher_suites, SizeIs(kMaxCipherSuites));
  EXPECT_FALSE(hello.lists_truncated);
  builder.suites = Bytes(2 * kMaxCipherSuites + 2, 0x13);
  hello = dissect_client_hello(builder.build(), error);
  EXPECT_THAT(hello.cipher_suites, SizeIs(kMaxCipherSuites));
  EXPECT_TRUE(hello.lists_truncated);
  EXPECT_FALSE(error.failed());
}

TEST(ClientHello, ExtensionBound) {
  HelloBuilder builder;
  for (unsigned i = 0; i < kMaxExtensions; ++i) {
    builder.extensions = join({builder.extensions, extension(0x8000 + i, {})});
  }
  ParseError error;
  EXPECT_FALSE(dissect_client_hello(builder.build(), error).lists_truncated);
  builder.extensions = join({builder.extensions, extension(0x9000, {})});
  const ClientHello hello = dissect_client_hello(builder.build(), error);
  EXPECT_THAT(hello.extensions, SizeIs(kMaxExtensions));
  EXPECT_TRUE(hello.lists_truncated);
}

TEST(ClientHello, GreaseAnywhere) {
  HelloBuilder builder;
  builder.suites = u16_list({0x1a1a, 0x1301});
  ParseError error;
  EXPECT_TRUE(dissect_client_hello(builder.build(), error).grease);
  builder.suites = u16_list({0x1a2a, 0x1301});  // unequal bytes: only looks like it
  EXPECT_FALSE(dissect_client_hello(builder.build(), error).grease);
  builder.extensions = extension(0xfafa, {});
  EXPECT_TRUE(dissect_client_hello(builder.build(), error).grease);
}

// ---- the SSLv2-compatible form ----------------------------------------------------------------------------------

Bytes sslv2_body(unsigned version, const Bytes& specs, const Bytes& session_id, const Bytes& challenge) {
  return join({{1},
               u16(version),
               testing::integer(specs.size(), 2),
               testing::integer(session_id.size(), 2),
               testing::integer(challenge.size(), 2),
               specs,
               session_id,
               challenge});
}
Bytes two_byte_header(const Bytes& body) { return join({u16(static_cast<unsigned>(0x8000 | body.size())), body}); }

const Bytes kSpecs = hex("010080 030080 00002f 0000ff");

TEST(Sslv2ClientHello, TwoByteHeader) {
  const Bytes record = two_byte_header(sslv2_body(0x0301, kSpecs, {}, Bytes(16, 0xaa)));
  ParseError error;
  const ClientHello hello = dissect_sslv2_client_hello(record, error);
  EXPECT_FALSE(error.failed());
  EXPECT_TRUE(hello.sslv2_format);
  EXPECT_EQ(hello.legacy_version, 0x0301);
  EXPECT_THAT(hello.sslv2_cipher_specs, ElementsAre(0x010080u, 0x030080u, 0x00002fu, 0x0000ffu));
  EXPECT_THAT(hello.cipher_suites, ElementsAre(0x002f, 0x00ff));
  EXPECT_TRUE(hello.renegotiation_info);
  EXPECT_EQ(hello.random[15], 0);  // right-justified
  EXPECT_EQ(hello.random[16], 0xaa);
  EXPECT_EQ(hello.trailing_bytes, 0u);
}

TEST(Sslv2ClientHello, ThreeByteHeaderWithPadding) {
  const Bytes body = join({sslv2_body(0x0002, kSpecs, Bytes(16, 5), Bytes(32, 0xbb)), Bytes(3, 0)});
  const Bytes record = join({u16(static_cast<unsigned>(body.size())), {3}, body});
  ParseError error;
  const ClientHello hello = dissect_sslv2_client_hello(record, error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.legacy_version, 0x0002);
  EXPECT_THAT(hello.session_id, SizeIs(16));
  EXPECT_EQ(hello.random[0], 0xbb);
  EXPECT_EQ(hello.trailing_bytes, 0u);
}

TEST(Sslv2ClientHello, EveryTruncationFails) {
  const Bytes record = two_byte_header(sslv2_body(0x0301, kSpecs, Bytes(16, 1), Bytes(16, 0xaa)));
  for (std::size_t n = 0; n < record.size(); ++n) {
    const Bytes cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(n));
    ParseError error;
    (void)dissect_sslv2_client_hello(cut, error);
    EXPECT_TRUE(error.failed()) << n;
  }
}

TEST(Sslv2ClientHello, LongChallengeKeepsItsEnd) {
  Bytes challenge(40, 1);
  challenge.back() = 9;
  challenge[8] = 7;
  ParseError error;
  const ClientHello hello = dissect_sslv2_client_hello(two_byte_header(sslv2_body(2, kSpecs, {}, challenge)), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.random[0], 7);
  EXPECT_EQ(hello.random[31], 9);
}

}  // namespace
}  // namespace handlens::tls
