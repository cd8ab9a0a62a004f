// ServerHello, HelloRetryRequest and the older drafts' form of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dissectors/tls_fingerprint.h"
#include "dissectors/tls_server_hello.h"

namespace {

void check(const handlens::tls::ServerHello& hello, const handlens::ParseError& error, std::size_t size) {
  using namespace handlens::tls;
  if (error.offset > size || hello.extension_error.offset > size) std::abort();
  if (hello.extensions.size() > kMaxExtensions || hello.session_id.size() > 32) std::abort();
  if (hello.alpn && hello.alpn->size() > kMaxNameBytes) std::abort();
  (void)ja3s(hello);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const handlens::ByteView bytes(data, size);
  handlens::ParseError error;
  check(handlens::tls::dissect_server_hello(bytes, error), error, size);
  handlens::ParseError retry_error;
  check(handlens::tls::dissect_draft_hello_retry_request(bytes, retry_error), retry_error, size);
  return 0;
}
