#include "dissectors/tls_key_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using testing::hex;
using ::testing::IsEmpty;
using testing::join;
using ::testing::SizeIs;
using testing::text;
using testing::u16;
using testing::u16_list;
using testing::vec16;
using testing::vec8;

constexpr std::uint16_t kTls10 = 0x0301, kTls12 = 0x0303;
constexpr std::uint16_t kEcdheRsa = 0xc030, kDheRsa = 0x009e, kEcdhePsk = 0xccac, kPsk = 0x00a8, kRsa = 0x002f;

TEST(KeyExchange, BySuite) {
  EXPECT_EQ(key_exchange_of(kRsa), KeyExchange::rsa);
  EXPECT_EQ(key_exchange_of(0x0003), KeyExchange::rsa_export);
  EXPECT_EQ(key_exchange_of(0x000d), KeyExchange::dh);
  EXPECT_EQ(key_exchange_of(0x0018), KeyExchange::dh_anon);
  EXPECT_EQ(key_exchange_of(kDheRsa), KeyExchange::dhe);
  EXPECT_EQ(key_exchange_of(0xc004), KeyExchange::ecdh);
  EXPECT_EQ(key_exchange_of(0xc018), KeyExchange::ecdh_anon);
  EXPECT_EQ(key_exchange_of(kEcdheRsa), KeyExchange::ecdhe);
  EXPECT_EQ(key_exchange_of(kPsk), KeyExchange::psk);
  EXPECT_EQ(key_exchange_of(0x0094), KeyExchange::rsa_psk);
  EXPECT_EQ(key_exchange_of(0x0090), KeyExchange::dhe_psk);
  EXPECT_EQ(key_exchange_of(0xc0aa), KeyExchange::dhe_psk);  // TLS_PSK_DHE_WITH_AES_128_CCM_8
  EXPECT_EQ(key_exchange_of(kEcdhePsk), KeyExchange::ecdhe_psk);
  EXPECT_EQ(key_exchange_of(0xc01d), KeyExchange::srp);
  EXPECT_EQ(key_exchange_of(0x1301), KeyExchange::unknown);
  EXPECT_EQ(key_exchange_of(0x00ff), KeyExchange::unknown);
  EXPECT_EQ(key_exchange_of(0x0a0a), KeyExchange::unknown);
}

TEST(ServerKeyExchange, RealOnes) {
  ParseError error;
  ServerKeyExchange exchange =
      dissect_server_key_exchange(hex(testing::kEcdheServerKeyExchange), kEcdheRsa, kTls12, error);
  EXPECT_EQ(exchange.named_group, 29);
  EXPECT_EQ(exchange.signature_scheme, 0x0804);
  exchange = dissect_server_key_exchange(hex(testing::kDheServerKeyExchange), kDheRsa, kTls12, error);
  EXPECT_EQ(exchange.dh_bits, 2048u);
  EXPECT_EQ(exchange.signature_scheme, 0x0804);
  exchange = dissect_server_key_exchange(hex(testing::kTls10ServerKeyExchange), 0xc014, kTls10, error);
  EXPECT_EQ(exchange.named_group, 29);
  EXPECT_FALSE(exchange.signature_scheme.has_value());
  exchange = dissect_server_key_exchange(hex(testing::kEcdhePskServerKeyExchange), kEcdhePsk, kTls12, error);
  EXPECT_TRUE(exchange.psk_hint);
  EXPECT_EQ(exchange.named_group, 29);
  exchange = dissect_server_key_exchange(hex(testing::kPskServerKeyExchange), kPsk, kTls12, error);
  EXPECT_TRUE(exchange.psk_hint);
  EXPECT_FALSE(error.failed()) << error.field;
}

TEST(ServerKeyExchange, EveryTruncationFails) {
  const struct {
    const char* sample;
    std::uint16_t suite, version;
  } rows[] = {{testing::kEcdheServerKeyExchange, kEcdheRsa, kTls12},
              {testing::kDheServerKeyExchange, kDheRsa, kTls12},
              {testing::kTls10ServerKeyExchange, 0xc014, kTls10},
              {testing::kEcdhePskServerKeyExchange, kEcdhePsk, kTls12},
              {testing::kPskServerKeyExchange, kPsk, kTls12}};
  for (const auto& row : rows) {
    const Bytes whole = hex(row.sample);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      ParseError error;
      (void)dissect_server_key_exchange(cut, row.suite, row.version, error);
      EXPECT_TRUE(error.failed()) << row.suite << " " << n;
    }
  }
}

TEST(ServerKeyExchange, BitsOfThePrime) {
  const auto bits = [](const Bytes& p) {
    ParseError error;
    const Bytes body = join({vec16(p), vec16({2}), vec16({3})});
    return dissect_server_key_exchange(body, 0x0018, kTls10, error).dh_bits;  // anonymous: not signed
  };
  EXPECT_EQ(bits(Bytes(64, 0xff)), 512u);
  EXPECT_EQ(bits(join({{0x00, 0x01}, Bytes(127, 0)})), 1017u);  // leading zeros do not count
  EXPECT_EQ(bits({}), 0u);
  EXPECT_EQ(bits({0, 0}), 0u);
}

TEST(ServerKeyExchange, ExportAndSrp) {
  ParseError error;
  const Bytes signature = vec16(Bytes(64, 9));
  (void)dissect_server_key_exchange(join({vec16(Bytes(64, 1)), vec16({1, 0, 1}), signature}), 0x0003, kTls10, error);
  EXPECT_FALSE(error.failed());
  const Bytes srp = join({vec16(Bytes(128, 1)), vec16({2}), vec8({1, 2, 3}), vec16(Bytes(128, 4))});
  (void)dissect_server_key_exchange(srp, 0xc01d, kTls10, error);  // TLS_SRP_SHA_WITH_AES_128_CBC_SHA
  EXPECT_FALSE(error.failed());
  (void)dissect_server_key_exchange(join({srp, signature}), 0xc01e, kTls10, error);  // TLS_SRP_SHA_RSA_...
  EXPECT_FALSE(error.failed());
  (void)dissect_server_key_exchange(srp, 0xc01e, kTls10, error);
  EXPECT_TRUE(error.failed());
}

TEST(ServerKeyExchange, WhatIsNotKnownIsNotGuessed) {
  ParseError error;
  const Bytes explicit_curve = join({{1}, Bytes(40, 5)});
  EXPECT_FALSE(dissect_server_key_exchange(explicit_curve, kEcdheRsa, kTls12, error).named_group.has_value());
  EXPECT_FALSE(dissect_server_key_exchange(hex("03001d20"), 0, kTls12, error).named_group.has_value());
  EXPECT_FALSE(error.failed());
}

TEST(ClientKeyExchange, PskIdentity) {
  ParseError error;
  const Bytes body = hex(testing::kEcdhePskClientKeyExchange);
  const ClientKeyExchange exchange = dissect_client_key_exchange(body, kEcdhePsk, error);
  EXPECT_EQ(exchange.psk_identity, "alice");
  EXPECT_EQ(exchange.length, body.size());
  EXPECT_FALSE(dissect_client_key_exchange(body, kEcdheRsa, error).psk_identity.has_value());
  EXPECT_EQ(dissect_client_key_exchange(vec16({}), kPsk, error).psk_identity, "");
  EXPECT_THAT(*dissect_client_key_exchange(vec16(Bytes(kMaxNameBytes + 1, 'x')), kPsk, error).psk_identity,
              SizeIs(kMaxNameBytes));
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(dissect_client_key_exchange(hex("0005 61"), kPsk, error).psk_identity.has_value());
  EXPECT_TRUE(error.failed());
}

TEST(CertificateRequest, OpenSslTls12) {
  ParseError error;
  const CertificateRequest request =
      dissect_certificate_request(hex(testing::kCertificateRequestMessage), kTls12, error);
  EXPECT_FALSE(error.failed());
  EXPECT_THAT(request.certificate_types, ElementsAre(1, 2, 64));
  EXPECT_THAT(request.signature_algorithms, SizeIs(20));
  EXPECT_EQ(request.signature_algorithms.front(), 0x0403);
  EXPECT_THAT(request.authorities, ElementsAre("CN=tls-server.local,O=Müller\\, Söhne,C=DE"));
}

TEST(CertificateRequest, EveryTruncationFails) {
  const Bytes whole = hex(testing::kCertificateRequestMessage);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    ParseError error;
    (void)dissect_certificate_request(cut, kTls12, error);
    EXPECT_TRUE(error.failed()) << n;
  }
}

TEST(CertificateRequest, BeforeTls12AndWithOddNames) {
  ParseError error;
  const Bytes body = join({vec8({1}), vec16(join({vec16({0xde, 0xad}), vec16(hex("3000"))}))});
  const CertificateRequest request = dissect_certificate_request(body, kTls10, error);
  EXPECT_FALSE(error.failed());
  EXPECT_THAT(request.signature_algorithms, IsEmpty());
  EXPECT_THAT(request.authorities, ElementsAre("#dead", ""));  // not a Name; the empty Name
}

TEST(CertificateRequest, AuthorityBound) {
  Bytes names;
  for (std::size_t i = 0; i <= kMaxAuthorities; ++i) names = join({names, vec16(hex("3000"))});
  ParseError error;
  const CertificateRequest request = dissect_certificate_request(join({vec8({1}), vec16(names)}), kTls10, error);
  EXPECT_THAT(request.authorities, SizeIs(kMaxAuthorities));
  EXPECT_TRUE(request.lists_truncated);
}

TEST(CertificateVerify, Scheme) {
  ParseError error;
  EXPECT_EQ(dissect_certificate_verify(hex(testing::kCertificateVerifyMessage), kTls12, error).scheme, 0x0804);
  EXPECT_FALSE(dissect_certificate_verify(vec16({1, 2}), kTls10, error).scheme.has_value());
  EXPECT_FALSE(error.failed());
  (void)dissect_certificate_verify(vec16({1, 2}), kTls12, error);
  EXPECT_TRUE(error.failed());
}

TEST(NewSessionTicket, LifetimeAndLength) {
  ParseError error;
  const Bytes body = hex(testing::kNewSessionTicketMessage);
  const NewSessionTicket ticket = dissect_new_session_ticket(body, error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(ticket.lifetime_hint, 7200u);
  EXPECT_EQ(ticket.ticket_length, body.size() - 6);
  for (std::size_t n = 0; n < 6; ++n) {
    ParseError short_error;
    (void)dissect_new_session_ticket(ByteView(body).first(n), short_error);
    EXPECT_TRUE(short_error.failed()) << n;
  }
}

}  // namespace
}  // namespace handlens::tls
