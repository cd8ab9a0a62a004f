// Certificates of the record, and what was asked and said about them. Names come from the wire: escaped as text.
#include <fmt/format.h>

#include <array>

#include "src/output/base64.h"
#include "src/output/record.h"
#include "src/output/record_shared.h"
#include "src/output/record_texts.h"

namespace handlens {
namespace {

template <class Out>
void text_if(Out& out, RecordVisitor::Key key, const std::string& value) {
  if (!value.empty()) out.text(key, value);
}

template <class Out>
void visit_key(const tls::Certificate& certificate, Out& out) {
  if (certificate.key_type.empty()) return;
  out.begin_object("key");
  out.text("type", certificate.key_type);
  if (certificate.key_bits > 0) out.number("bits", certificate.key_bits);
  text_if(out, "curve", certificate.key_curve);
  out.end_object();
}

template <class Out>
void visit_decoded(const tls::Certificate& certificate, Out& out) {
  out.text("subject", certificate.subject);
  out.text("issuer", certificate.issuer);
  text_if(out, "serial", certificate.serial);
  text_if(out, "not_before", certificate.not_before);
  text_if(out, "not_after", certificate.not_after);
  visit_texts("dns_names", certificate.dns_names, out);
  visit_texts("ip_addresses", certificate.ip_addresses, out);
  visit_key(certificate, out);
  text_if(out, "signature", certificate.signature);
}

template <class Out>
void visit_certificate(const tls::Certificate& certificate, const RecordOptions& options, Out& out) {
  out.begin_object("");
  if (certificate.decoded) visit_decoded(certificate, out);
  text_if(out, "error", certificate.error);
  out.word("sha256", certificate.sha256);
  out.word("sha1", certificate.sha1);
  text_if(out, "spki_sha256", certificate.spki_sha256);
  if (certificate.ca) out.boolean("ca", *certificate.ca);
  if (certificate.decoded) out.boolean("self_signed", certificate.self_signed);
  visit_texts("eku", certificate.extended_key_usage, out);
  visit_texts("key_usage", certificate.key_usage, out);
  if (certificate.scts > 0) out.number("scts", certificate.scts);
  if (certificate.must_staple) out.boolean("must_staple", true);
  out.number("size", certificate.size);
  if (options.certificate_der && !certificate.der.empty()) out.word("der", base64(certificate.der));
  out.end_object();
}

template <class Out>
void visit_chain(RecordVisitor::Key key, const TlsFacts::Chain& chain, const RecordOptions& options, RecordMemo& memo,
                 Out& out) {
  if (!chain.seen) return;
  out.begin_array(key);
  for (const tls::SharedCertificate& certificate : chain.certificates) {
    const auto write = [&certificate, &options](auto& to) { visit_certificate(*certificate, options, to); };
    can_share<Out>(memo) ? visit_shared(memo.certificate(*certificate), memo, out, write) : write(out);
  }
  out.end_array();
}

// ClientCertificateType, RFC 5246 §7.4.4 and RFC 8422 §5.5.
std::string certificate_type_name(std::uint8_t type) {
  switch (type) {
    case 1:
      return "rsa_sign";
    case 2:
      return "dss_sign";
    case 3:
      return "rsa_fixed_dh";
    case 4:
      return "dss_fixed_dh";
    case 5:
      return "rsa_ephemeral_dh";
    case 6:
      return "dss_ephemeral_dh";
    case 20:
      return "fortezza_dms";
    case 64:
      return "ecdsa_sign";
    case 65:
      return "rsa_fixed_ecdh";
    case 66:
      return "ecdsa_fixed_ecdh";
    case 67:
      return "gost_sign256";
    case 68:
      return "gost_sign512";
    default:
      return fmt::format("{:#04x}", type);
  }
}

template <class Out>
void visit_request(const tls::CertificateRequest& request, RecordMemo& memo, Out& out) {
  out.begin_object("certificate_request");
  out.begin_array("types");
  for (const std::uint8_t type : request.certificate_types) out.word("", certificate_type_name(type));
  out.end_array();
  if (!request.signature_algorithms.empty()) {
    out.begin_array("signature_algorithms");
    for (const std::uint16_t scheme : request.signature_algorithms) out.word("", memo.schemes(scheme));
    out.end_array();
  }
  out.begin_array("authorities");
  for (const std::string& name : request.authorities) out.text("", name);
  out.end_array();
  out.end_object();
}

template <class Out>
void visit_status(const tls::CertificateStatus& status, Out& out) {
  out.begin_object("certificate_status");
  out.number("type", status.type);
  out.number("size", status.response_length);
  text_if(out, "status", status.status);
  text_if(out, "produced_at", status.produced_at);
  text_if(out, "this_update", status.this_update);
  text_if(out, "next_update", status.next_update);
  out.end_object();
}

}  // namespace

template <class Out>
void walk_certificates(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, Out& out) {
  const TlsFacts& tls = report.tls;
  const Direction client = report.tls_client();
  visit_chain("certificates", tls.chains[index(opposite(client))], options, memo, out);
  visit_chain("client_certificates", tls.chains[index(client)], options, memo, out);
  if (tls.certificate_request) visit_request(*tls.certificate_request, memo, out);
  if (tls.certificate_status) visit_status(*tls.certificate_status, out);
}

void visit_certificates(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, RecordVisitor& out) {
  walk_certificates(report, options, memo, out);
}
void visit_certificates(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, JsonWriter& out) {
  walk_certificates(report, options, memo, out);
}

}  // namespace handlens
