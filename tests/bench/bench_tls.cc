// TLS: framing of records, a ClientHello, its fingerprints, and a whole handshake through TlsStream.
#include <benchmark/benchmark.h>

#include "dissectors/tls_client_hello.h"
#include "dissectors/tls_fingerprint.h"
#include "dissectors/tls_record.h"
#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"
#include "tools/builder/tls_builder.h"

namespace handlens {
namespace {

// One iteration: the headers of 64 application-data records of 1400 bytes, from one to the next.
void RecordFraming(benchmark::State& state) {
  builder::Bytes stream;
  for (int i = 0; i < 64; ++i) builder::append(stream, builder::encrypted_record(1400));
  for (auto _ : state) {
    ByteView rest = stream;
    std::size_t faults = 0;
    while (rest.size() >= tls::kRecordHeaderSize) {
      const tls::RecordHeader header = tls::read_record_header(rest);
      faults += tls::check_record_header(header) == tls::HeaderFault::none ? 0u : 1u;
      rest = rest.subspan(header.size());
    }
    benchmark::DoNotOptimize(faults);
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(RecordFraming);

// OpenSSL's hello: 31 cipher suites.
void ClientHelloDissection(benchmark::State& state) {
  const builder::Bytes body = tls::testing::hex(tls::testing::kOpenSslTls13ClientHello);
  for (auto _ : state) {
    ParseError error;
    benchmark::DoNotOptimize(tls::dissect_client_hello(body, error));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(ClientHelloDissection);

tls::ClientHello sample_hello() {
  ParseError error;
  return tls::dissect_client_hello(tls::testing::hex(tls::testing::kOpenSslTls13ClientHello), error);
}

void FingerprintJa3(benchmark::State& state) {
  const tls::ClientHello hello = sample_hello();
  for (auto _ : state) benchmark::DoNotOptimize(tls::ja3(hello));
}
BENCHMARK(FingerprintJa3);

void FingerprintJa4(benchmark::State& state) {
  const tls::ClientHello hello = sample_hello();
  for (auto _ : state) benchmark::DoNotOptimize(tls::ja4(hello));
}
BENCHMARK(FingerprintJa4);

}  // namespace
}  // namespace handlens
