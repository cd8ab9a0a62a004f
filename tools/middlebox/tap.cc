#include "tools/middlebox/tap.h"

namespace handlens::middlebox {

namespace {

constexpr std::uint32_t kMagicNanoseconds = 0xa1b23c4d, kSnapLength = 262144, kEthernet = 1;
constexpr std::int64_t kSecond = 1'000'000'000;

void put_little(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

Bytes pcap_header() {
  Bytes header;
  put_little(header, kMagicNanoseconds, 4);
  put_little(header, 2, 2);
  put_little(header, 4, 2);
  put_little(header, 0, 8);
  put_little(header, kSnapLength, 4);
  put_little(header, kEthernet, 4);
  return header;
}

Bytes pcap_record(View frame, std::int64_t unix_nanoseconds) {
  Bytes record;
  put_little(record, static_cast<std::uint64_t>(unix_nanoseconds / kSecond), 4);
  put_little(record, static_cast<std::uint64_t>(unix_nanoseconds % kSecond), 4);
  put_little(record, frame.size(), 4);
  put_little(record, frame.size(), 4);
  record.insert(record.end(), frame.begin(), frame.end());
  return record;
}

bool Tap::open(const std::string& path) {
  file_.reset(std::fopen(path.c_str(), "wb"));
  if (!file_) return false;
  const Bytes header = pcap_header();
  return std::fwrite(header.data(), 1, header.size(), file_.get()) == header.size() && std::fflush(file_.get()) == 0;
}

void Tap::write(View frame, std::int64_t unix_nanoseconds) {
  if (!file_) return;
  const Bytes record = pcap_record(frame, unix_nanoseconds);
  std::fwrite(record.data(), 1, record.size(), file_.get());
  std::fflush(file_.get());
}

}  // namespace handlens::middlebox
