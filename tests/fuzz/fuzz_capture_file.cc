// Any bytes as a capture file: pcap, pcapng, gzip, zstd or lz4. Checks what every reader promises of its packets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "src/capture/capture_reader.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

// Reads the whole input with one piece size and returns the number of packets.
std::uint64_t read_all(handlens::ByteView input, std::size_t piece, std::size_t batch) {
  handlens::OpenFailure failure;
  const auto reader = handlens::open_capture(handlens::read_memory(input), failure, piece);
  if (!reader) {
    check(failure.kind != handlens::OpenFailure::Kind::none && !failure.what.empty());
    return 0;
  }
  // Compressed input of a few bytes may hold gigabytes of tiny packets; memory stays bounded, time must too.
  constexpr std::uint64_t kEnough = 100'000;
  std::vector<handlens::RawPacket> out(batch);
  std::uint64_t packets = 0, sum = 0;
  std::size_t n = 0;
  while (packets < kEnough && (n = reader->next(out)) != 0) {
    check(n <= out.size());
    for (std::size_t i = 0; i < n; ++i) {
      check(out[i].wire_length >= out[i].bytes.size());
      check(out[i].bytes.size() <= handlens::kMaxRecordBytes);
      check(out[i].stamp.number == ++packets);
      for (const std::uint8_t byte : out[i].bytes) sum += byte;  // the sanitizer sees a view that outlived its bytes
    }
  }
  if (n == 0) check(reader->stop().kind != handlens::ReadStop::Kind::reading);
  check(sum <= packets * handlens::kMaxRecordBytes * 255);
  return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const handlens::ByteView input(data, size);
  // How the bytes arrive must not matter.
  check(read_all(input, 64, 3) == read_all(input, handlens::kReadPiece, 64));
  return 0;
}
