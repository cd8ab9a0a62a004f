#include "tools/bench_gen/capture_out.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace handlens::bench_gen {
namespace {

constexpr std::int64_t kStart = 1'768'478'400'000'000'000;  // 2026-01-15 12:00:00 UTC
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr std::uint32_t kSnapLength = 262144, kEthernet = 1;

std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

CaptureOut::CaptureOut(const std::string& path, bool pcapng)
    : path_(path), pcapng_(pcapng), file_(std::fopen(path.c_str(), "wb")), buffer_(kBuffer) {
  if (file_ == nullptr) throw std::runtime_error(path_ + ": cannot be written");
  std::setvbuf(file_, buffer_.data(), _IOFBF, buffer_.size());
  if (!pcapng_) {
    words({0xa1b23c4d, 4u << 16 | 2u, 0, 0, kSnapLength, kEthernet});
    return;
  }
  words({0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28});
  // One interface; if_tsresol (9, one byte, padded to four): 10^-9 s.
  words({1, 32, kEthernet, kSnapLength, 1u << 16 | 9u, 9, 0, 32});
}

CaptureOut::~CaptureOut() {
  if (file_ != nullptr) std::fclose(file_);
}

void CaptureOut::frame(const Bytes& bytes, std::int64_t time_ns) {
  clock_ = std::max(clock_, time_ns);
  const auto time = static_cast<std::uint64_t>(kStart + clock_);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  ++packets_;
  if (!pcapng_) {
    words({low(time / kSecond), low(time % kSecond), size, size});
    write(bytes.data(), bytes.size());
    return;
  }
  constexpr std::array<std::uint8_t, 3> kZeros = {};
  const std::uint32_t padding = (4 - size % 4) % 4;
  const std::uint32_t total = 32 + size + padding;
  words({6, total, 0, high(time), low(time), size, size});
  write(bytes.data(), bytes.size());
  write(kZeros.data(), padding);
  words({total});
}

void CaptureOut::words(const std::vector<std::uint32_t>& words) {
  std::array<std::uint8_t, 32> out{};
  std::size_t at = 0;
  for (const std::uint32_t word : words) {
    for (unsigned i = 0; i < 4; ++i) out.at(at++) = static_cast<std::uint8_t>(word >> (8 * i));
  }
  write(out.data(), at);
}

void CaptureOut::write(const void* data, std::size_t size) {
  if (std::fwrite(data, 1, size, file_) != size) throw std::runtime_error(path_ + ": cannot be written to its end");
  bytes_ += size;
}

void CaptureOut::finish() {
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) throw std::runtime_error(path_ + ": cannot be written to its end");
}

}  // namespace handlens::bench_gen
