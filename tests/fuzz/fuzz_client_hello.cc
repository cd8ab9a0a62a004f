// ClientHello, both forms, and the fingerprints of what comes out. Bounds hold whatever the bytes are.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dissectors/tls_client_hello.h"
#include "dissectors/tls_fingerprint.h"

namespace {

using handlens::ByteView;
using handlens::ParseError;
using handlens::tls::ClientHello;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const ClientHello& hello, const ParseError& error, std::size_t size) {
  using namespace handlens::tls;
  require(error.offset <= size && hello.extension_error.offset <= size);
  require(hello.cipher_suites.size() <= kMaxCipherSuites && hello.extensions.size() <= kMaxExtensions);
  require(hello.groups.size() <= kMaxListEntries && hello.alpn.size() <= kMaxListEntries);
  require(hello.key_shares.size() <= kMaxListEntries && hello.session_id.size() <= 32);
  require(!hello.server_name || hello.server_name->size() <= kMaxNameBytes);
  (void)ja3(hello);
  const Ja4 fingerprint = ja4(hello);
  require(fingerprint.hash.empty() || fingerprint.hash.size() == 36);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  ParseError error;
  check(handlens::tls::dissect_client_hello(bytes, error), error, size);
  ParseError sslv2_error;
  const ClientHello sslv2 = handlens::tls::dissect_sslv2_client_hello(bytes, sslv2_error);
  check(sslv2, sslv2_error, size);
  return 0;
}
