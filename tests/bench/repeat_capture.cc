// Makes a large capture out of a small one, to measure with: the same connections again and again, each time from new
// client addresses and ports and at a later time.
//
//   repeat_capture [--bulk KIB] SMALL.pcap LARGE.pcap MEGABYTES
//
// Copies are interleaved, up to kTogether at a time, as connections of a busy link are. --bulk puts KIB of
// application-data records in full-size segments from the server into each connection, before it closes: a download.
// Reads classic pcap files (either byte order, either resolution) of Ethernet frames; takes their whole TCP packets
// over IPv4 and leaves the rest out, telling how many. Every checksum of the result is right.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kTogether = 64;
constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kSegment = 1448;              // 1500 - IPv4 - TCP with timestamps
constexpr std::size_t kRecord = 16384;              // the largest TLS plaintext, RFC 8446 §5.1
constexpr std::uint32_t kFirstClient = 0x0a000001;  // 10.0.0.1

std::uint16_t get16(const Bytes& b, std::size_t at) { return static_cast<std::uint16_t>((b[at] << 8) | b[at + 1]); }
std::uint32_t get32(const Bytes& b, std::size_t at) {
  return (static_cast<std::uint32_t>(get16(b, at)) << 16) | get16(b, at + 2);
}
void put16(Bytes& b, std::size_t at, std::uint32_t v) {
  b[at] = static_cast<std::uint8_t>(v >> 8);
  b[at + 1] = static_cast<std::uint8_t>(v);
}
void put32(Bytes& b, std::size_t at, std::uint32_t v) {
  put16(b, at, v >> 16);
  put16(b, at + 2, v);
}

// One TCP segment in an Ethernet frame. The offsets are those of its headers' fields.
struct Segment {
  Bytes frame;
  std::uint64_t time_ns = 0;  // since the capture's first packet
  std::size_t tcp = 0, payload = 0, end = 0;
  std::size_t flow = 0;
  bool from_client = false;

  [[nodiscard]] std::size_t payload_size() const { return end - payload; }
  [[nodiscard]] bool closes() const {
    constexpr int kFinOrRst = 0x05;
    constexpr std::uint8_t kAlertRecord = 21;  // TLS 1.2: close_notify stands before the FIN
    return (frame[tcp + 13] & kFinOrRst) != 0 || (payload_size() > 0 && frame[payload] == kAlertRecord);
  }
  [[nodiscard]] std::uint32_t next_seq() const {
    const int flags = frame[tcp + 13];
    const auto controls = static_cast<std::uint32_t>((flags & 1) + ((flags >> 1) & 1));  // FIN and SYN
    return get32(frame, tcp + 4) + static_cast<std::uint32_t>(payload_size()) + controls;
  }
};

struct Flow {
  std::size_t client = 0;  // which of the capture's client addresses
  std::size_t last = 0;    // its last segment
  bool data[2] = {false, false};
};

struct Capture {
  std::vector<Segment> segments;
  std::vector<Flow> flows;
  std::size_t clients = 0;
  std::size_t left_out = 0;
  std::uint64_t duration_ns = 0;
};

// Fills in the offsets; false if the frame is not a whole TCP packet over IPv4.
bool find_headers(Segment& s) {
  const Bytes& f = s.frame;
  constexpr std::size_t ip = kEthernetHeader;
  if (f.size() < ip + 40 || get16(f, 12) != 0x0800 || (f[ip] >> 4) != 4 || f[ip + 9] != 6) return false;
  if ((get16(f, ip + 6) & 0x3fff) != 0) return false;  // a fragment
  s.tcp = ip + static_cast<std::size_t>(f[ip] & 15) * 4;
  s.end = ip + get16(f, ip + 2);
  if (s.end > f.size() || s.tcp + 20 > s.end) return false;
  s.payload = s.tcp + static_cast<std::size_t>(f[s.tcp + 12] >> 4) * 4;
  return s.payload >= s.tcp + 20 && s.payload <= s.end;
}

// Gives each segment its flow. The client is who sends the flow's first segment.
class FlowFinder {
 public:
  explicit FlowFinder(Capture& capture) : capture_(capture) {}

  void take(Segment& s) {
    const std::size_t ip = kEthernetHeader;
    const Endpoint source{get32(s.frame, ip + 12), get16(s.frame, s.tcp)};
    const Endpoint destination{get32(s.frame, ip + 16), get16(s.frame, s.tcp + 2)};
    if (const auto back = flows_.find({destination, source}); back != flows_.end()) {
      s.flow = back->second;
    } else {
      const auto [entry, fresh] = flows_.try_emplace({source, destination}, capture_.flows.size());
      s.flow = entry->second;
      s.from_client = true;
      if (fresh) capture_.flows.push_back({clients_.try_emplace(source.first, clients_.size()).first->second});
    }
    Flow& flow = capture_.flows[s.flow];
    flow.last = capture_.segments.size();
    if (s.payload_size() > 0) flow.data[s.from_client ? 0 : 1] = true;
    capture_.clients = clients_.size();
  }

 private:
  using Endpoint = std::pair<std::uint32_t, std::uint16_t>;
  Capture& capture_;
  std::map<std::pair<Endpoint, Endpoint>, std::size_t> flows_;
  std::map<std::uint32_t, std::size_t> clients_;
};

Capture read_capture(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (file.size() < 24) throw std::runtime_error(path + ": not a pcap file");
  const std::uint32_t magic = get32(file, 0);
  const bool little = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
  const bool nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
  if (!little && !nano && magic != 0xa1b2c3d4) throw std::runtime_error(path + ": not a classic pcap file");
  const auto word = [&](std::size_t at) {
    const std::uint32_t v = get32(file, at);
    return little ? __builtin_bswap32(v) : v;
  };
  if ((word(20) & 0xffff) != 1) throw std::runtime_error(path + ": not a capture of Ethernet frames");

  Capture capture;
  FlowFinder finder(capture);
  std::uint64_t first = 0;
  for (std::size_t at = 24; at + 16 <= file.size();) {
    const std::uint64_t time = word(at) * 1'000'000'000ULL + word(at + 4) * (nano ? 1ULL : 1000ULL);
    const std::size_t captured = word(at + 8);
    at += 16;
    if (captured > file.size() - at) break;
    Segment s;
    s.frame.assign(file.begin() + static_cast<std::ptrdiff_t>(at),
                   file.begin() + static_cast<std::ptrdiff_t>(at + captured));
    at += captured;
    if (!find_headers(s)) {
      ++capture.left_out;
      continue;
    }
    if (capture.segments.empty()) first = time;
    s.time_ns = time > first ? time - first : 0;
    capture.duration_ns = std::max(capture.duration_ns, s.time_ns);
    finder.take(s);
    capture.segments.push_back(std::move(s));
  }
  if (capture.segments.empty()) throw std::runtime_error(path + ": no TCP packet over IPv4 to repeat");
  return capture;
}

// RFC 1071.
std::uint16_t checksum(const Bytes& b, std::size_t begin, std::size_t end, std::uint64_t sum) {
  for (; begin + 1 < end; begin += 2) sum += get16(b, begin);
  if (begin < end) sum += static_cast<std::uint64_t>(b[begin]) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void fix_checksums(Segment& s) {
  const std::size_t ip = kEthernetHeader;
  put16(s.frame, ip + 10, 0);
  put16(s.frame, ip + 10, checksum(s.frame, ip, s.tcp, 0));
  std::uint64_t pseudo = 6 + (s.end - s.tcp);  // RFC 9293 §3.1: addresses, protocol, length
  for (std::size_t at = ip + 12; at < ip + 20; at += 2) pseudo += get16(s.frame, at);
  put16(s.frame, s.tcp + 16, 0);
  put16(s.frame, s.tcp + 16, checksum(s.frame, s.tcp, s.end, pseudo));
}

class Writer {
 public:
  explicit Writer(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) throw std::runtime_error(path + ": cannot be written");
    Bytes header(24);
    put32(header, 0, 0xa1b23c4d);  // big endian, nanoseconds
    put16(header, 4, 2);
    put16(header, 6, 4);
    put32(header, 16, 262144);
    put32(header, 20, 1);
    write(header);
  }
  ~Writer() { std::fclose(file_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Times never run backwards: a segment that would be earlier than the one before it is as late as that one.
  void segment(const Segment& s, std::uint64_t time_ns) {
    clock_ = std::max(clock_, time_ns);
    Bytes header(16);
    put32(header, 0, static_cast<std::uint32_t>(kStart + clock_ / 1'000'000'000));
    put32(header, 4, static_cast<std::uint32_t>(clock_ % 1'000'000'000));
    put32(header, 8, static_cast<std::uint32_t>(s.frame.size()));
    put32(header, 12, static_cast<std::uint32_t>(s.frame.size()));
    write(header);
    write(s.frame);
    ++packets_;
  }
  void finish() {
    if (std::fflush(file_) != 0) throw std::runtime_error("the disk is full?");
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t clock() const { return clock_; }

 private:
  static constexpr std::uint64_t kStart = 1'700'000'000;  // 2023-11-14

  void write(const Bytes& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
      throw std::runtime_error("the disk is full?");
    bytes_ += bytes.size();
  }

  std::FILE* file_;
  std::uint64_t bytes_ = 0, packets_ = 0, clock_ = 0;
};

// The bytes of a download: whole application-data records.
Bytes make_download(std::size_t kib) {
  Bytes records;
  std::uint32_t noise = 1;
  while (records.size() < kib * 1024) {
    for (const int byte : {23, 3, 3, static_cast<int>(kRecord >> 8), static_cast<int>(kRecord & 255)}) {
      records.push_back(static_cast<std::uint8_t>(byte));
    }
    for (std::size_t i = 0; i < kRecord; ++i) {
      noise = noise * 1664525 + 1013904223;
      records.push_back(static_cast<std::uint8_t>(noise >> 24));
    }
  }
  return records;
}

// One connection of one copy while it is being written.
struct OpenFlow {
  std::uint32_t next[2] = {0, 0};  // next sequence number: client's, server's
  bool downloaded = false;
};

class Repeater {
 public:
  Repeater(const Capture& capture, Bytes download, Writer& out)
      : capture_(capture), download_(std::move(download)), out_(out) {}

  // Writes `together` copies, one segment of each in turn.
  void copies(std::uint64_t first_copy, std::size_t together) {
    std::vector<std::vector<OpenFlow>> open(together, std::vector<OpenFlow>(capture_.flows.size()));
    const std::uint64_t start = out_.clock() + 1'000'000;
    for (std::size_t i = 0; i < capture_.segments.size(); ++i) {
      for (std::size_t j = 0; j < together; ++j) {
        const Segment& s = capture_.segments[i];
        segment(s, i, first_copy + j, open[j][s.flow], start + s.time_ns + j * 1000);
      }
    }
  }

 private:
  void segment(const Segment& original, std::size_t index, std::uint64_t copy, OpenFlow& open, std::uint64_t time) {
    const Flow& flow = capture_.flows[original.flow];
    const bool wanted = !download_.empty() && !open.downloaded && flow.data[0] && flow.data[1];
    Segment s = original;
    readdress(s, copy);
    if (wanted && original.closes()) download(s, open, time);
    if (open.downloaded) {  // what follows the download moves up by its length
      const std::size_t field = s.tcp + (s.from_client ? 8 : 4);
      put32(s.frame, field, get32(s.frame, field) + static_cast<std::uint32_t>(download_.size()));
    }
    fix_checksums(s);
    out_.segment(s, time);
    open.next[s.from_client ? 0 : 1] = s.next_seq();
    if (wanted && !open.downloaded && index == flow.last) download(s, open, time);
  }

  // The copy's client address and port instead of the original's.
  void readdress(Segment& s, std::uint64_t copy) const {
    const std::uint64_t client = copy * capture_.clients + capture_.flows[s.flow].client;
    put32(s.frame, kEthernetHeader + (s.from_client ? 12U : 16U), static_cast<std::uint32_t>(kFirstClient + client));
    const std::size_t port = s.tcp + (s.from_client ? 0U : 2U);
    // Exclusive or keeps the ports of one copy distinct.
    put16(s.frame, port, get16(s.frame, port) ^ static_cast<std::uint16_t>(copy & 0x1ff));
  }

  // The download in full-size segments, acknowledged every other one. `like` gives addresses and ports.
  void download(const Segment& like, OpenFlow& open, std::uint64_t time) {
    for (std::size_t at = 0; at < download_.size(); at += kSegment) {
      const std::size_t size = std::min(kSegment, download_.size() - at);
      made(like, false, open.next[1] + static_cast<std::uint32_t>(at), open.next[0], at, size, time);
      if ((at / kSegment) % 2 == 1) {
        made(like, true, open.next[0], open.next[1] + static_cast<std::uint32_t>(at + size), 0, 0, time);
      }
    }
    open.downloaded = true;
  }

  void made(const Segment& like, bool from_client, std::uint32_t seq, std::uint32_t ack, std::size_t at,
            std::size_t size, std::uint64_t time) {
    Segment s;
    const std::size_t ip = kEthernetHeader;
    s.from_client = from_client;
    s.tcp = ip + 20;
    s.payload = s.tcp + 20;
    s.end = s.payload + size;
    s.frame.assign(s.end, 0);
    const bool same_way = like.from_client == from_client;
    const auto copy = [&](std::size_t to, std::size_t from, std::size_t n) {
      std::copy_n(like.frame.begin() + static_cast<std::ptrdiff_t>(from), n,
                  s.frame.begin() + static_cast<std::ptrdiff_t>(to));
    };
    copy(0, same_way ? 0 : 6, 6);
    copy(6, same_way ? 6 : 0, 6);
    put16(s.frame, 12, 0x0800);
    s.frame[ip] = 0x45;
    put16(s.frame, ip + 2, static_cast<std::uint32_t>(s.end - ip));
    s.frame[ip + 6] = 0x40;  // don't fragment
    s.frame[ip + 8] = 64;
    s.frame[ip + 9] = 6;
    copy(ip + 12, ip + (same_way ? 12 : 16), 4);
    copy(ip + 16, ip + (same_way ? 16 : 12), 4);
    copy(s.tcp, like.tcp + (same_way ? 0 : 2), 2);
    copy(s.tcp + 2, like.tcp + (same_way ? 2 : 0), 2);
    put32(s.frame, s.tcp + 4, seq);
    put32(s.frame, s.tcp + 8, ack);
    s.frame[s.tcp + 12] = 0x50;
    s.frame[s.tcp + 13] = 0x10;  // ACK
    put16(s.frame, s.tcp + 14, 0xffff);
    std::copy_n(download_.begin() + static_cast<std::ptrdiff_t>(at), size,
                s.frame.begin() + static_cast<std::ptrdiff_t>(s.payload));
    fix_checksums(s);
    out_.segment(s, time);
  }

  const Capture& capture_;
  Bytes download_;
  Writer& out_;
};

int run(std::vector<std::string> arguments) {
  std::size_t bulk = 0;
  if (arguments.size() == 5 && arguments[0] == "--bulk") {
    bulk = std::stoul(arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.size() != 3) {
    std::fprintf(stderr, "usage: repeat_capture [--bulk KIB] SMALL.pcap LARGE.pcap MEGABYTES\n");
    return 2;
  }
  const Capture capture = read_capture(arguments[0]);
  const std::uint64_t target = std::stoull(arguments[2]) * 1'000'000;
  Writer out(arguments[1]);
  Repeater repeater(capture, bulk > 0 ? make_download(bulk) : Bytes{}, out);
  std::size_t copy_bytes = capture.flows.size() * bulk * 1024;
  for (const Segment& segment : capture.segments) copy_bytes += segment.frame.size();
  const auto together = static_cast<std::size_t>(std::clamp<std::uint64_t>(target / copy_bytes, 1, kTogether));
  std::uint64_t copies = 0;
  for (; out.bytes() < target; copies += together) repeater.copies(copies, together);
  out.finish();
  std::printf("%llu bytes, %llu packets, %llu connections; %zu packets of the original left out\n",
              static_cast<unsigned long long>(out.bytes()), static_cast<unsigned long long>(out.packets()),
              static_cast<unsigned long long>(copies * capture.flows.size()), capture.left_out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "repeat_capture: %s\n", error.what());
    return 1;
  }
}
