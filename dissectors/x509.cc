// All that is read through OpenSSL stands in this one file, so that the library has one place; hence its length.
#include "dissectors/x509.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <memory>
#include <string_view>

#include "dissectors/digest.h"

namespace handlens::tls {
namespace {

template <auto free_function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <typename T, auto free_function>
using Owned = std::unique_ptr<T, Free<free_function>>;

// What OpenSSL complained about on the way stays with us.
struct ErrorQueueGuard {
  ErrorQueueGuard() { ERR_clear_error(); }
  ~ErrorQueueGuard() { ERR_clear_error(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

// The first entry of the queue is the cause, the later ones are the callers giving up.
std::string first_openssl_error() {
  const unsigned long code = ERR_peek_error();
  if (code == 0) return "not a certificate";
  const char* library = ERR_lib_error_string(code);
  const char* reason = ERR_reason_error_string(code);
  if (reason == nullptr) return "error " + std::to_string(code);
  return library == nullptr ? std::string(reason) : std::string(library) + ": " + reason;
}

// ---- text ---------------------------------------------------------------------------------------------------------

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none (RFC 3629 §4).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f)) return 0;  // overlong, surrogates
  if ((lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) return 0;  // overlong, > U+10FFFF
  return length;
}

bool is_control(std::string_view sequence) {
  const auto lead = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1) return lead < 0x20 || lead == 0x7f;
  return lead == 0xc2 && static_cast<std::uint8_t>(sequence[1]) < 0xa0;  // U+0080 to U+009F
}

// How a text makes odd bytes visible.
struct Escaping {
  std::string_view prefix;
  std::string_view digits;
  bool backslash;  // escape it too
};
constexpr Escaping kNameEscaping = {"\\", "0123456789ABCDEF", false};  // RFC 2253 §2.4; OpenSSL did the backslash
// Raw names are where certificates deceive (a NUL ends the name for some readers); without an escaped backslash the
// escapes themselves could be forged.
constexpr Escaping kRawEscaping = {"\\x", "0123456789abcdef", true};

// Copies `text`; control characters and bytes that are not UTF-8 become the prefix and two hex digits each.
std::string escape(std::string_view text, const Escaping& how) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t valid = utf8_length(text);
    const std::size_t size = std::max<std::size_t>(valid, 1);
    const std::string_view sequence = text.substr(0, size);
    if (valid != 0 && !is_control(sequence) && !(how.backslash && sequence == "\\")) {
      out.append(sequence);
    } else {
      for (const char c : sequence) {
        const auto byte = static_cast<std::uint8_t>(c);
        out.append(how.prefix).append(1, how.digits[byte >> 4]).append(1, how.digits[byte & 0x0f]);
      }
    }
    text.remove_prefix(size);
  }
  return out;
}

// Cuts at `limit` bytes without leaving half a UTF-8 sequence.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 && data != nullptr ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

using Bio = Owned<BIO, BIO_free>;

// RFC 2253, but with UTF-8 as it is where OpenSSL would escape every byte above 0x7f.
std::string name_text(const X509_NAME* name) {
  if (name == nullptr) return {};
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr) return {};
  const unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (X509_NAME_print_ex(bio.get(), name, 0, flags) < 0) return {};
  return cut(escape(bio_text(bio.get()), kNameEscaping), kMaxTextBytes);
}

std::string time_text(const ASN1_TIME* time) {
  std::tm tm{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return {};  // a null time would mean "now"
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return {text, static_cast<std::size_t>(std::clamp(size, 0, static_cast<int>(sizeof text) - 1))};
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const Owned<BIGNUM, BN_free> number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (number == nullptr) return {};
  struct FreeText {
    void operator()(char* text) const { OPENSSL_free(text); }
  };
  const std::unique_ptr<char, FreeText> hex(BN_bn2hex(number.get()));
  return hex == nullptr ? std::string() : std::string(hex.get());
}

std::string object_name(const ASN1_OBJECT* object, bool long_name) {
  const int nid = OBJ_obj2nid(object);
  if (nid != NID_undef) {
    const char* name = long_name ? OBJ_nid2ln(nid) : OBJ_nid2sn(nid);
    if (name != nullptr) return name;
  }
  std::array<char, 128> dotted{};
  const int size = OBJ_obj2txt(dotted.data(), static_cast<int>(dotted.size()), object, 1);
  return size > 0 ? std::string(dotted.data()) : std::string();
}

ByteView string_bytes(const ASN1_STRING* string) {
  const int size = ASN1_STRING_length(string);
  return size > 0 ? ByteView(ASN1_STRING_get0_data(string), static_cast<std::size_t>(size)) : ByteView();
}

// ---- the parts of a certificate -----------------------------------------------------------------------------------

std::string dns_text(ByteView raw) {
  const std::string text(raw.begin(), raw.end());
  return cut(escape(text, kRawEscaping), kMaxTextBytes);
}

std::string ip_text(ByteView address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.size() == 4 ? AF_INET : address.size() == 16 ? AF_INET6 : AF_UNSPEC;
  if (family == AF_UNSPEC || inet_ntop(family, address.data(), text.data(), text.size()) == nullptr) {
    return "#" + to_hex(address.first(std::min(address.size(), kMaxNameBytes)));
  }
  return text.data();
}

// Null if there is none or it is malformed.
template <typename T, auto free_function>
Owned<T, free_function> find_extension(const X509* x509, int nid) {
  return Owned<T, free_function>(static_cast<T*>(X509_get_ext_d2i(x509, nid, nullptr, nullptr)));
}

void read_alternative_names(const X509* x509, Certificate& out) {
  const auto names = find_extension<GENERAL_NAMES, GENERAL_NAMES_free>(x509, NID_subject_alt_name);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {  // num of a null stack is -1
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (value == nullptr) continue;
    if (type == GEN_DNS && out.dns_names.size() < kMaxAlternativeNames) {
      out.dns_names.push_back(dns_text(string_bytes(static_cast<const ASN1_STRING*>(value))));
    } else if (type == GEN_IPADD && out.ip_addresses.size() < kMaxAlternativeNames) {
      out.ip_addresses.push_back(ip_text(string_bytes(static_cast<const ASN1_STRING*>(value))));
    }
  }
}

// The names people use, for OpenSSL's names of the curves TLS has.
std::string curve_text(std::string_view group) {
  if (group == "prime256v1") return "P-256";
  if (group == "secp384r1") return "P-384";
  if (group == "secp521r1") return "P-521";
  return std::string(group);
}

struct KeyType {
  int nid;
  const char* text;
  std::uint32_t bits;  // 0: depends on the key
};
constexpr KeyType kKeyTypes[] = {
    {NID_rsaEncryption, "rsa", 0}, {NID_rsassaPss, "rsa-pss", 0}, {NID_X9_62_id_ecPublicKey, "ec", 0},
    {NID_dsa, "dsa", 0},           {NID_dhKeyAgreement, "dh", 0}, {NID_dhpublicnumber, "dh", 0},
    {NID_ED25519, "ed25519", 256}, {NID_ED448, "ed448", 456},     {NID_X25519, "x25519", 256},
    {NID_X448, "x448", 448},
};

// Bits of the first INTEGER of a DER SEQUENCE: the modulus of an RSA key, the prime of DSA and DH parameters.
std::uint32_t first_integer_bits(ByteView der) {
  struct FreeSequence {
    void operator()(ASN1_SEQUENCE_ANY* sequence) const { sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free); }
  };
  const unsigned char* at = der.data();
  const std::unique_ptr<ASN1_SEQUENCE_ANY, FreeSequence> sequence(
      d2i_ASN1_SEQUENCE_ANY(nullptr, &at, static_cast<long>(der.size())));
  if (sk_ASN1_TYPE_num(sequence.get()) < 1) return 0;
  const ASN1_TYPE* first = sk_ASN1_TYPE_value(sequence.get(), 0);
  if (first->type != V_ASN1_INTEGER) return 0;
  const ByteView number = string_bytes(first->value.integer);  // the magnitude, without leading zeros
  if (number.empty()) return 0;
  return static_cast<std::uint32_t>((number.size() - 1) * 8) + static_cast<std::uint32_t>(std::bit_width(number[0]));
}

// RFC 5480 §2.1.1: the parameters are the curve's identifier. Explicit curves are obsolete; of them only the size of
// the point is told.
void read_curve(int parameter_type, const void* parameters, ByteView point, Certificate& out) {
  const int nid =
      parameter_type == V_ASN1_OBJECT ? OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameters)) : NID_undef;
  if (parameter_type == V_ASN1_OBJECT) {
    out.key_curve = curve_text(object_name(static_cast<const ASN1_OBJECT*>(parameters), false));
  }
  switch (nid) {
    case NID_X9_62_prime256v1:
      out.key_bits = 256;
      return;
    case NID_secp384r1:
      out.key_bits = 384;
      return;
    case NID_secp521r1:
      out.key_bits = 521;
      return;
    default:
      break;
  }
  const Owned<EC_GROUP, EC_GROUP_free> group(nid == NID_undef ? nullptr : EC_GROUP_new_by_curve_name(nid));
  constexpr std::uint8_t kUncompressed = 4;
  if (group != nullptr) {
    out.key_bits = static_cast<std::uint32_t>(std::max(EC_GROUP_order_bits(group.get()), 0));
  } else if (!point.empty() && point[0] == kUncompressed) {
    out.key_bits = static_cast<std::uint32_t>((point.size() - 1) / 2 * 8);
  }
}

void read_key(const X509* x509, Certificate& out) {
  X509_PUBKEY* spki = X509_get_X509_PUBKEY(x509);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(spki, &der);
  if (size > 0) {
    out.spki_sha256 = sha256_hex(ByteView(der, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
  }
  ASN1_OBJECT* algorithm = nullptr;
  const unsigned char* key_data = nullptr;
  int key_size = 0;
  X509_ALGOR* identifier = nullptr;
  if (X509_PUBKEY_get0_param(&algorithm, &key_data, &key_size, &identifier, spki) != 1) return;
  const ByteView key(key_data, static_cast<std::size_t>(std::max(key_size, 0)));
  int parameter_type = V_ASN1_UNDEF;
  const void* parameters = nullptr;
  X509_ALGOR_get0(nullptr, &parameter_type, &parameters, identifier);

  const int nid = OBJ_obj2nid(algorithm);
  const auto* known =
      std::find_if(std::begin(kKeyTypes), std::end(kKeyTypes), [nid](const KeyType& t) { return t.nid == nid; });
  if (known == std::end(kKeyTypes)) {
    out.key_type = object_name(algorithm, false);
    return;
  }
  out.key_type = known->text;
  out.key_bits = known->bits;
  if (nid == NID_rsaEncryption || nid == NID_rsassaPss) {
    out.key_bits = first_integer_bits(key);
  } else if (nid == NID_X9_62_id_ecPublicKey) {
    read_curve(parameter_type, parameters, key, out);
  } else if (known->bits == 0 && parameter_type == V_ASN1_SEQUENCE) {
    out.key_bits = first_integer_bits(string_bytes(static_cast<const ASN1_STRING*>(parameters)));
  }
}

void read_key_usage(const X509* x509, Certificate& out) {
  constexpr std::array<const char*, 9> kBits = {// RFC 5280 §4.2.1.3
                                                "digitalSignature", "nonRepudiation", "keyEncipherment",
                                                "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                "cRLSign",          "encipherOnly",   "decipherOnly"};
  const auto bits = find_extension<ASN1_BIT_STRING, ASN1_BIT_STRING_free>(x509, NID_key_usage);
  if (bits == nullptr) return;
  for (std::size_t i = 0; i < kBits.size(); ++i) {
    if (ASN1_BIT_STRING_get_bit(bits.get(), static_cast<int>(i)) == 1) out.key_usage.emplace_back(kBits[i]);
  }
}

void read_extended_key_usage(const X509* x509, Certificate& out) {
  const auto usages = find_extension<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>(x509, NID_ext_key_usage);
  const int count = std::min(sk_ASN1_OBJECT_num(usages.get()), static_cast<int>(kMaxListEntries));
  for (int i = 0; i < count; ++i) {
    out.extended_key_usage.push_back(object_name(sk_ASN1_OBJECT_value(usages.get(), i), false));
  }
}

void read_basic_constraints(const X509* x509, Certificate& out) {
  const auto constraints = find_extension<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(x509, NID_basic_constraints);
  if (constraints != nullptr) out.ca = constraints->ca != 0;
}

void read_must_staple(const X509* x509, Certificate& out) {
  constexpr long kStatusRequest = 5, kStatusRequestV2 = 17;  // RFC 7633: features are TLS extension numbers
  const auto features = find_extension<TLS_FEATURE, TLS_FEATURE_free>(x509, NID_tlsfeature);
  for (int i = 0; i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    const long feature = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i));
    if (feature == kStatusRequest || feature == kStatusRequestV2) out.must_staple = true;
  }
}

// RFC 6962 §3.3: an OCTET STRING inside the extension's OCTET STRING, in it sct_list<1..> of sct<1..>.
void read_scts(const X509* x509, Certificate& out) {
  const int index = X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1);
  if (index < 0) return;
  const ByteView value = string_bytes(X509_EXTENSION_get_data(X509_get_ext(x509, index)));
  const unsigned char* at = value.data();
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> inner(
      d2i_ASN1_OCTET_STRING(nullptr, &at, static_cast<long>(value.size())));
  if (inner == nullptr) return;
  ParseError error;
  ByteReader reader(string_bytes(inner.get()), error);
  ByteReader list = reader.vec16("sct_list");
  while (!list.empty()) {
    (void)list.vec16("sct");
    if (list.ok()) ++out.scts;
  }
}

// Subject equals issuer and the authority key identifier, if any, does not point at another key (RFC 5280 §4.2.1.1).
bool is_self_signed(const X509* x509) {
  if (X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) != 0) return false;
  const auto authority = find_extension<AUTHORITY_KEYID, AUTHORITY_KEYID_free>(x509, NID_authority_key_identifier);
  if (authority == nullptr) return true;
  const auto own_id = find_extension<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>(x509, NID_subject_key_identifier);
  const bool other_id =
      authority->keyid != nullptr && own_id != nullptr && ASN1_OCTET_STRING_cmp(authority->keyid, own_id.get()) != 0;
  const bool other_serial =
      authority->serial != nullptr && ASN1_INTEGER_cmp(authority->serial, X509_get0_serialNumber(x509)) != 0;
  return !other_id && !other_serial;
}

// A certificate in a library context that knows no algorithms. Decoding in the default one would load the public key
// into a provider, which takes ten times as long as all the rest, and we never compute with it. The context lives as
// long as the process: freeing it would race with OpenSSL's own clean-up at exit.
X509* new_certificate() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* created = OSSL_LIB_CTX_new();
    if (created != nullptr) (void)OSSL_PROVIDER_load(created, "null");
    return created;
  }();
  return X509_new_ex(context, nullptr);
}

void read_certificate(const X509* x509, Certificate& out) {
  out.subject = name_text(X509_get_subject_name(x509));
  out.issuer = name_text(X509_get_issuer_name(x509));
  out.serial = serial_text(X509_get0_serialNumber(x509));
  out.not_before = time_text(X509_get0_notBefore(x509));
  out.not_after = time_text(X509_get0_notAfter(x509));
  const X509_ALGOR* algorithm = X509_get0_tbs_sigalg(x509);
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  out.signature = object_name(object, true);
  read_alternative_names(x509, out);
  read_key(x509, out);
  read_basic_constraints(x509, out);
  read_key_usage(x509, out);
  read_extended_key_usage(x509, out);
  read_must_staple(x509, out);
  read_scts(x509, out);
  out.self_signed = is_self_signed(x509);
}

// ---- OCSP -----------------------------------------------------------------------------------------------------------

const char* ocsp_status_text(int status) {
  switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
      return "good";
    case V_OCSP_CERTSTATUS_REVOKED:
      return "revoked";
    case V_OCSP_CERTSTATUS_UNKNOWN:
      return "unknown";
    default:
      return "";
  }
}

}  // namespace

Certificate dissect_certificate(ByteView der) {
  const ErrorQueueGuard guard;
  Certificate out;
  out.sha256 = sha256_hex(der);
  out.sha1 = sha1_hex(der);
  out.size = static_cast<std::uint32_t>(der.size());
  const unsigned char* at = der.data();
  X509* decoded = new_certificate();
  if (decoded != nullptr) (void)d2i_X509(&decoded, &at, static_cast<long>(der.size()));  // on failure frees, nulls
  const Owned<X509, X509_free> x509(decoded);
  if (x509 == nullptr) {
    out.error = first_openssl_error();
    return out;
  }
  out.decoded = true;
  read_certificate(x509.get(), out);
  if (at != der.data() + der.size()) out.error = "length mismatch";  // as OpenSSL says of it in a Certificate message
  return out;
}

std::optional<std::string> dissect_distinguished_name(ByteView der) {
  const ErrorQueueGuard guard;
  const unsigned char* at = der.data();
  const Owned<X509_NAME, X509_NAME_free> name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  if (name == nullptr || at != der.data() + der.size()) return std::nullopt;
  return name_text(name.get());
}

void dissect_ocsp_response(ByteView der, CertificateStatus& status) {
  const ErrorQueueGuard guard;
  const unsigned char* at = der.data();
  const Owned<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (response == nullptr || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return;
  const Owned<OCSP_BASICRESP, OCSP_BASICRESP_free> basic(OCSP_response_get1_basic(response.get()));
  if (basic == nullptr) return;
  status.produced_at = time_text(OCSP_resp_get0_produced_at(basic.get()));
  OCSP_SINGLERESP* single = OCSP_resp_get0(basic.get(), 0);
  if (single == nullptr) return;
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  status.status = ocsp_status_text(OCSP_single_get0_status(single, nullptr, nullptr, &this_update, &next_update));
  status.this_update = time_text(this_update);
  status.next_update = time_text(next_update);
}

}  // namespace handlens::tls
