#include "src/capture/libpcap_reader.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "src/capture/link_types.h"

namespace handlens {
namespace {

// What stdio asks for (fopencookie(3)): how many bytes were read, 0 at the end.
ssize_t read_buffer(void* cookie, char* out, std::size_t size) {
  auto* buffer = static_cast<BlockBuffer*>(cookie);
  if (size == 0 || !buffer->require(1)) return 0;
  const std::size_t n = std::min(size, buffer->size());
  std::memcpy(out, buffer->data(), n);
  buffer->consume(n);
  return static_cast<ssize_t>(n);
}

}  // namespace

std::unique_ptr<CaptureReader> LibpcapReader::open(std::unique_ptr<BlockBuffer> buffer) {
  std::unique_ptr<LibpcapReader> reader(new LibpcapReader(std::move(buffer)));
  if (!reader->attach()) return nullptr;
  return reader;
}

LibpcapReader::~LibpcapReader() {
  if (handle_ != nullptr) pcap_close(handle_);  // closes the stream too
}

bool LibpcapReader::attach() {
  cookie_io_functions_t functions{};
  functions.read = read_buffer;
  std::FILE* stream = ::fopencookie(buffer_.get(), "rb", functions);
  if (stream == nullptr) return false;  // no memory
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_ = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error.data());
  if (handle_ == nullptr) {
    std::fclose(stream);
    return false;
  }
  link_ = link_type_of_dlt(pcap_datalink(handle_));
  add_link(link_);
  return true;
}

std::size_t LibpcapReader::next(std::span<RawPacket> out) {
  if (stopped()) return 0;
  slab_.clear();
  sizes_.clear();
  std::size_t n = 0;
  for (; n < out.size(); ++n) {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int result = pcap_next_ex(handle_, &header, &bytes);
    if (result != 1) {
      stop_with(result);
      break;
    }
    out[n].wire_length = std::max(header->len, header->caplen);
    out[n].link = link_;
    out[n].interface_id = kNoInterface;
    out[n].direction = CaptureDirection::unknown;
    out[n].stamp.number = ++packets_;
    // With PCAP_TSTAMP_PRECISION_NANO `tv_usec` holds nanoseconds.
    constexpr std::int64_t kMaxSeconds = 9'000'000'000;  // beyond this nanoseconds do not fit: a time that is damage
    const std::int64_t seconds = std::clamp<std::int64_t>(header->ts.tv_sec, -kMaxSeconds, kMaxSeconds);
    out[n].stamp.time.ns = seconds * 1'000'000'000 + header->ts.tv_usec;
    slab_.insert(slab_.end(), bytes, bytes + header->caplen);
    sizes_.push_back(header->caplen);
  }
  std::size_t at = 0;
  // Only now: the slab moved while it grew.
  for (std::size_t i = 0; i < n; ++i) {
    out[i].bytes = ByteView(slab_.data() + at, sizes_[i]);
    at += sizes_[i];
  }
  return n;
}

void LibpcapReader::stop_with(int result) {
  if (result == PCAP_ERROR_BREAK) {  // the end of the file
    stop_at_end();
    return;
  }
  // The stream has read ahead, so where libpcap stood is not known, only that it was before this byte.
  const std::uint64_t end = buffer_->end_offset();
  const std::string_view what = pcap_geterr(handle_);
  if (what.starts_with("truncated")) {
    stop_cut(fmt::format("cut short at byte {} in packet {} ({})", end, packets_ + 1, what));
  } else {
    stop_damaged(fmt::format("damaged before byte {} in packet {} ({})", buffer_->offset(), packets_ + 1, what));
  }
}

}  // namespace handlens
