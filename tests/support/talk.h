// Conversations told in a few words, for tests of judgements: TLS as it looks on the wire, without keys.
#pragma once
#include <string>

#include "tests/support/engine_run.h"
#include "tools/builder/tls_builder.h"

namespace handlens::testing {

using builder::Bytes;
using builder::concat;

inline constexpr std::size_t kAlert13 = 19, kFinished13 = 53;  // record bodies under TLS_AES_128_GCM_SHA256

inline Bytes data(std::size_t size) { return builder::encrypted_record(size); }
inline Bytes text(std::string_view characters) { return builder::from_text(characters); }
inline Bytes hello_record(const builder::ClientHelloFields& fields = {}) {
  return builder::record(builder::kHandshakeRecord, builder::client_hello(fields), builder::kTls10);
}
inline Bytes handshake_record(const Bytes& messages) { return builder::record(builder::kHandshakeRecord, messages); }

// TLS 1.3: ServerHello to Finished; with a request for the client's certificate.
inline Bytes flight13(bool asks_certificate = false) {
  const Bytes hello = concat({handshake_record(builder::server_hello({})), builder::change_cipher_spec_record()});
  const Bytes rest = concat({data(900), data(280), data(kFinished13)});
  return asks_certificate ? concat({hello, data(40), data(60), rest}) : concat({hello, data(40), rest});
}
inline Bytes finished13(bool with_certificate = false) {
  const Bytes ccs = builder::change_cipher_spec_record();
  return with_certificate ? concat({ccs, data(900), data(280), data(kFinished13)}) : concat({ccs, data(kFinished13)});
}
// TLS 1.2: ChangeCipherSpec and Finished.
inline Bytes finished12() { return concat({builder::change_cipher_spec_record(), builder::encrypted_record(40, 22)}); }

inline AnalyzedFlow only_flow(const builder::Capture& capture, const RunOptions& options = {}) {
  Analysis analysis = analyze_capture(capture, options);
  if (analysis.flows.size() != 1) throw std::runtime_error("one flow was expected");
  return std::move(analysis.flows.front());
}
inline bool says(const AnalyzedFlow& flow, std::string_view part) {
  return flow.outcome.sentence.find(part) != std::string::npos;
}

}  // namespace handlens::testing
