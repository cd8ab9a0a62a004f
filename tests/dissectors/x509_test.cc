// Certificates are made here with OpenSSL, so that each can have exactly the oddity a test needs.
#include "dissectors/x509.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "dissectors/tls_certificate.h"
#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::hex;
using ::testing::IsEmpty;
using testing::join;
using ::testing::SizeIs;

struct Key {
  explicit Key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }
  std::shared_ptr<EVP_PKEY> key_;
};
Key ec_key(const char* curve) { return Key(EVP_EC_gen(curve)); }

void add_name(X509_NAME* name, const char* field, int type, const Bytes& value) {
  ASSERT_EQ(X509_NAME_add_entry_by_txt(name, field, type, value.data(), static_cast<int>(value.size()), -1, 0), 1);
}

void add_extension(X509* x509, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  ASSERT_NE(extension, nullptr);
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_raw_extension(X509* x509, int nid, const Bytes& der) {
  ASN1_OCTET_STRING* data = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(data, der.data(), static_cast<int>(der.size()));
  X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, nid, 0, data);
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(data);
}

// A certificate for CN=leaf, valid in 2020, issued by itself unless `change` says otherwise.
Bytes make_certificate(const Key& key, const std::function<void(X509*)>& change = {}) {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 0x0abc);
  ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), "200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), "20501231235959Z");
  X509_NAME* name = X509_get_subject_name(x509.get());
  add_name(name, "CN", MBSTRING_ASC, testing::text("leaf"));
  X509_set_issuer_name(x509.get(), name);
  X509_set_pubkey(x509.get(), key.get());
  if (change) change(x509.get());
  const bool own_digest = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
  EXPECT_GT(X509_sign(x509.get(), key.get(), own_digest ? nullptr : EVP_sha256()), 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(x509.get(), &der);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Bytes sample_der() {
  ParseError error;
  const Bytes message = hex(testing::kCertificateMessage);
  const ByteView der = dissect_certificate_list(message, false, error).der.at(0);
  return {der.begin(), der.end()};
}

TEST(Certificate, EverythingOfARealOne) {
  const Certificate certificate = dissect_certificate(sample_der());
  EXPECT_TRUE(certificate.decoded);
  EXPECT_EQ(certificate.error, "");
  EXPECT_EQ(certificate.sha256, "7d6b213b6990b81408cd661296b207f406ea136789a341c28cc66b51ce497dc9");
  EXPECT_EQ(certificate.sha1, "d2d5e4732c8c3418b8dd016a4aeaaeadce50855d");
  EXPECT_EQ(certificate.spki_sha256, "407e0e12f1aeeb35486263508d4d91c29c4eaf1abb7de481e48a6452cef5b41a");
  EXPECT_EQ(certificate.size, sample_der().size());
  EXPECT_EQ(certificate.subject, "CN=tls-server.local,O=Müller\\, Söhne,C=DE");
  EXPECT_EQ(certificate.issuer, certificate.subject);
  EXPECT_EQ(certificate.serial, "2E3F88F21A309A239B37A4C0899B879F225E86A0");
  EXPECT_EQ(certificate.not_before, "2026-11-21T02:11:01Z");
  EXPECT_EQ(certificate.not_after, "2026-12-21T02:11:01Z");
  EXPECT_THAT(certificate.dns_names, ElementsAre("tls-server.local", "*.example.org"));
  EXPECT_THAT(certificate.ip_addresses, ElementsAre("127.0.0.1", "2001:db8::1"));
  EXPECT_EQ(certificate.key_type, "rsa");
  EXPECT_EQ(certificate.key_bits, 2048u);
  EXPECT_EQ(certificate.key_curve, "");
  EXPECT_EQ(certificate.signature, "sha256WithRSAEncryption");
  EXPECT_EQ(certificate.ca, true);
  EXPECT_TRUE(certificate.self_signed);
  EXPECT_THAT(certificate.key_usage, ElementsAre("digitalSignature", "keyEncipherment"));
  EXPECT_THAT(certificate.extended_key_usage, ElementsAre("serverAuth", "clientAuth"));
  EXPECT_TRUE(certificate.must_staple);
  EXPECT_EQ(certificate.scts, 0u);
}

TEST(Certificate, Keys) {
  Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256")));
  EXPECT_EQ(certificate.key_type, "ec");
  EXPECT_EQ(certificate.key_curve, "P-256");
  EXPECT_EQ(certificate.key_bits, 256u);
  EXPECT_EQ(certificate.signature, "ecdsa-with-SHA256");
  EXPECT_EQ(certificate.serial, "0ABC");
  EXPECT_EQ(certificate.not_before, "2020-01-01T00:00:00Z");
  EXPECT_EQ(certificate.not_after, "2050-12-31T23:59:59Z");
  certificate = dissect_certificate(make_certificate(ec_key("P-521")));
  EXPECT_EQ(certificate.key_curve, "P-521");
  certificate = dissect_certificate(make_certificate(ec_key("brainpoolP256r1")));
  EXPECT_EQ(certificate.key_curve, "brainpoolP256r1");
  EXPECT_EQ(certificate.key_bits, 256u);
  certificate = dissect_certificate(make_certificate(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
  EXPECT_EQ(certificate.key_type, "ed25519");
  EXPECT_EQ(certificate.key_bits, 256u);
  EXPECT_EQ(certificate.signature, "ED25519");
  EXPECT_EQ(certificate.key_curve, "");
}

TEST(Certificate, UnknownCurveAndUnknownKeyAlgorithm) {
  const auto replaced = [](Bytes der, const Bytes& oid) {  // an identifier nobody registered in its place
    const auto at = std::search(der.begin(), der.end(), oid.begin(), oid.end());
    EXPECT_NE(at, der.end());
    at[static_cast<std::ptrdiff_t>(oid.size() - 1)] = 0x7f;
    return dissect_certificate(der);
  };
  const Bytes der = make_certificate(ec_key("P-256"));
  const Certificate curve = replaced(der, hex("06082a8648ce3d030107"));
  EXPECT_EQ(curve.key_type, "ec");
  EXPECT_EQ(curve.key_curve, "1.2.840.10045.3.1.127");
  EXPECT_EQ(curve.key_bits, 256u);  // by the size of the point
  const Certificate algorithm = replaced(der, hex("06072a8648ce3d0201"));
  EXPECT_TRUE(algorithm.decoded);
  EXPECT_EQ(algorithm.key_type, "1.2.840.10045.2.127");
  EXPECT_EQ(algorithm.key_bits, 0u);
  EXPECT_THAT(algorithm.spki_sha256, SizeIs(64));
}

TEST(Certificate, SelfSignedAndKeyIdentifiers) {
  const auto self_signed = [](const char* own, const char* authority) {
    return dissect_certificate(make_certificate(ec_key("P-256"),
                                                [&](X509* x509) {
                                                  add_raw_extension(x509, NID_subject_key_identifier, hex(own));
                                                  add_raw_extension(x509, NID_authority_key_identifier, hex(authority));
                                                }))
        .self_signed;
  };
  EXPECT_TRUE(self_signed("04020102", "300480020102"));
  EXPECT_FALSE(self_signed("04020102", "300480020103"));
  EXPECT_TRUE(self_signed("04020102", "3000"));
  EXPECT_TRUE(self_signed("30ff", "300480020103"));       // nothing to compare with
  EXPECT_TRUE(self_signed("04020102", "300482020abc"));   // its own serial
  EXPECT_FALSE(self_signed("04020102", "300482020abd"));  // another one
}

TEST(Certificate, OddNamesAreMadeVisible) {
  const Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256"), [](X509* x509) {
    X509_NAME* name = X509_get_subject_name(x509);
    add_name(name, "OU", V_ASN1_PRINTABLESTRING, hex("610a00"));  // control characters
    add_name(name, "L", V_ASN1_T61STRING, hex("fc"));             // Latin-1 by convention
    add_name(name, "ST", V_ASN1_UTF8STRING, hex("c285"));         // U+0085, a control character
  }));
  EXPECT_EQ(certificate.subject, "ST=\\C2\\85,L=ü,OU=a\\0A\\00,CN=leaf");
  EXPECT_FALSE(certificate.self_signed);  // the issuer still is CN=leaf
}

TEST(Certificate, AlternativeNamesAreRaw) {
  // dNSName "a\0b", dNSName "x\y", iPAddress of 3 bytes, rfc822Name
  const Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256"), [](X509* x509) {
    add_raw_extension(x509, NID_subject_alt_name, hex("3013 8203610062 8203785c79 8703010203 810261ff"));
  }));
  EXPECT_TRUE(certificate.decoded);
  EXPECT_THAT(certificate.dns_names, ElementsAre("a\\x00b", "x\\x5cy"));
  EXPECT_THAT(certificate.ip_addresses, ElementsAre("#010203"));
}

TEST(Certificate, AlternativeNameBound) {
  const Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256"), [](X509* x509) {
    Bytes names;
    for (int i = 0; i < 300; ++i) names = join({names, hex("820161"), hex("870401020304")});
    add_raw_extension(x509, NID_subject_alt_name,
                      join({hex("3082"), testing::u16(static_cast<unsigned>(names.size())), names}));
  }));
  EXPECT_THAT(certificate.dns_names, SizeIs(kMaxAlternativeNames));
  EXPECT_THAT(certificate.ip_addresses, SizeIs(kMaxAlternativeNames));
}

TEST(Certificate, Extensions) {
  const Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256"), [](X509* x509) {
    add_extension(x509, NID_basic_constraints, "CA:FALSE");
    add_extension(x509, NID_key_usage, "keyCertSign,cRLSign,decipherOnly");
    add_extension(x509, NID_ext_key_usage, "clientAuth,1.2.3.4");
    // sct_list of two SCTs, 1 and 2 bytes long
    add_raw_extension(x509, NID_ct_precert_scts, hex("0409 0007 0001aa 0002bbcc"));
  }));
  EXPECT_EQ(certificate.ca, false);
  EXPECT_THAT(certificate.key_usage, ElementsAre("keyCertSign", "cRLSign", "decipherOnly"));
  EXPECT_THAT(certificate.extended_key_usage, ElementsAre("clientAuth", "1.2.3.4"));
  EXPECT_EQ(certificate.scts, 2u);
  EXPECT_FALSE(certificate.must_staple);
}

TEST(Certificate, BrokenExtensionsCostOnlyThemselves) {
  const Certificate certificate = dissect_certificate(make_certificate(ec_key("P-256"), [](X509* x509) {
    for (const int nid : {NID_subject_alt_name, NID_basic_constraints, NID_key_usage, NID_ext_key_usage, NID_tlsfeature,
                          NID_ct_precert_scts, NID_authority_key_identifier}) {
      add_raw_extension(x509, nid, hex("30ff"));
    }
  }));
  EXPECT_TRUE(certificate.decoded);
  EXPECT_EQ(certificate.subject, "CN=leaf");
  EXPECT_THAT(certificate.dns_names, IsEmpty());
  EXPECT_FALSE(certificate.ca.has_value());
  EXPECT_EQ(certificate.scts, 0u);
  EXPECT_TRUE(certificate.self_signed);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Certificate, BrokenDer) {
  for (const char* der : {"", "30", "3000", "deadbeef", "3003020101", "30840000ffff"}) {
    const Certificate certificate = dissect_certificate(hex(der));
    EXPECT_FALSE(certificate.decoded) << der;
    EXPECT_NE(certificate.error, "") << der;
    EXPECT_THAT(certificate.sha256, SizeIs(64));
    EXPECT_EQ(certificate.size, hex(der).size());
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(Certificate, EveryTruncationFails) {
  const Bytes whole = make_certificate(ec_key("P-256"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_FALSE(dissect_certificate(cut).decoded) << n;
  }
}

TEST(Certificate, TrailingBytesAreNoted) {
  Bytes der = make_certificate(ec_key("P-256"));
  der.push_back(0);
  const Certificate certificate = dissect_certificate(der);
  EXPECT_TRUE(certificate.decoded);
  EXPECT_EQ(certificate.error, "length mismatch");
}

TEST(DistinguishedName, Rfc2253) {
  const Bytes name = hex("301f 310b3009060355040613024445 3110300e06035504030c0761232c2b3b3c22");
  EXPECT_EQ(dissect_distinguished_name(name), "CN=a#\\,\\+\\;\\<\\\",C=DE");
  EXPECT_EQ(dissect_distinguished_name(hex("3000")), "");
  EXPECT_FALSE(dissect_distinguished_name(hex("300000")).has_value());  // trailing byte
  EXPECT_FALSE(dissect_distinguished_name(hex("020101")).has_value());
  EXPECT_FALSE(dissect_distinguished_name({}).has_value());
}

TEST(DistinguishedName, TextTypes) {
  const auto organization = [](const char* value) {  // SEQUENCE { SET { SEQUENCE { organizationName, value } } }
    const Bytes pair = join({hex("060355040a"), hex(value)});
    const auto wrap = [](std::uint8_t tag, const Bytes& body) { return join({{tag}, testing::vec8(body)}); };
    return dissect_distinguished_name(wrap(0x30, wrap(0x31, wrap(0x30, pair))));
  };
  EXPECT_EQ(organization("1e0400e40042"), "O=äB");    // BMPString
  EXPECT_EQ(organization("1603610062"), "O=a\\00b");  // IA5String with a NUL
  EXPECT_EQ(organization("0c0461c3a462"), "O=aäb");   // UTF8String
  // OpenSSL refuses a string that is not what its type says, and with it the whole name.
  EXPECT_FALSE(organization("0c0361ff62").has_value());
  EXPECT_FALSE(organization("1e03004100").has_value());
}

TEST(OcspResponse, Refusals) {
  CertificateStatus status;
  dissect_ocsp_response(hex("30030a0103"), status);  // tryLater
  EXPECT_EQ(status.status, "");
  dissect_ocsp_response({}, status);
  dissect_ocsp_response(hex("30030a0100"), status);  // successful without a body
  EXPECT_EQ(status.status + status.produced_at, "");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(OcspResponse, EveryTruncationIsHarmless) {
  const Bytes message = hex(testing::kCertificateStatusMessage);
  const Bytes whole(message.begin() + 4, message.end());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    CertificateStatus status;
    dissect_ocsp_response(cut, status);
    EXPECT_EQ(status.status, "") << n;
  }
}

}  // namespace
}  // namespace handlens::tls
