#include "tools/bench_gen/source.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "tools/builder/capture_writer.h"

namespace handlens::bench_gen {
namespace {

constexpr std::uint8_t kAlertRecord = 21, kHandshakeRecord = 22, kDataRecord = 23;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kEncryptedAlert = 19;  // TLS 1.3: an alert, its content type and the tag
constexpr std::uint8_t kClientHello = 1, kServerHello = 2;

// (address and port of the sender, of the receiver) as bytes of the frame.
std::pair<Bytes, Bytes> endpoints(const Segment& s) {
  const std::size_t size = s.layers.v6 ? 16 : 4;
  const std::size_t source = s.layers.ip + (s.layers.v6 ? 8 : 12);
  return {builder::concat({builder::slice(s.frame, source, size), builder::slice(s.frame, s.layers.transport, 2)}),
          builder::concat(
              {builder::slice(s.frame, source + size, size), builder::slice(s.frame, s.layers.transport + 2, 2)})};
}

// The bytes one side sent, in order; what was sent twice stands here once.
Bytes stream_of(const SourceFlow& flow, bool client, std::uint32_t& start) {
  Bytes stream;
  bool started = false;
  for (const Segment& s : flow.segments) {
    if (s.from_client != client) continue;
    if (s.has(builder::kSyn)) {
      start = s.seq() + 1;
      started = true;
    }
    const std::size_t offset = s.seq() - start;
    if (!started || s.has(builder::kSyn) || s.payload_size() == 0 || offset > (1u << 24)) continue;
    stream.resize(std::max(stream.size(), offset + s.payload_size()));
    std::copy_n(s.frame.begin() + static_cast<std::ptrdiff_t>(s.layers.payload), s.payload_size(),
                stream.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  return stream;
}

struct Secret {
  std::size_t begin = 0, mask = 0, length = 0;
};

bool matches(const Bytes& stream, std::size_t at, const Bytes& wanted) {
  return stream.size() >= at + wanted.size() &&
         std::equal(wanted.begin(), wanted.end(), stream.begin() + static_cast<std::ptrdiff_t>(at));
}

// The random and the session id of the hello whose record begins at `at`; RFC 8446 §4.1.2, §4.1.3.
void find_in_hello(const Bytes& stream, std::size_t at, bool client, std::vector<Secret>& out) {
  // SHA-256 of "HelloRetryRequest", and the two endings that tell of a downgrade: both have a meaning and stay.
  static const Bytes kRetry = builder::from_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
  static const Bytes kDowngrade = builder::from_hex("444f574e475244");
  const std::size_t random = at + kRecordHeader + 4 + 2;
  if (!matches(stream, random, kRetry)) {
    out.push_back({random, kMaskRandom[client ? 0 : 1], matches(stream, random + 24, kDowngrade) ? 24u : 32u});
  }
  const std::size_t session = random + 33;
  out.push_back({session, kMaskSession, std::min<std::size_t>(stream[session - 1], 32)});
}

std::vector<Secret> find_secrets(const Bytes& stream, bool client) {
  std::vector<Secret> found;
  for (std::size_t at = 0; at + kRecordHeader + 4 + 2 + 33 + 32 < stream.size(); ++at) {
    const std::size_t record = get16(stream, at + 3), message = get32(stream, at + kRecordHeader) & 0xffffff;
    const bool hello = stream[at] == kHandshakeRecord && stream[at + 1] == 3 && stream[at + 2] <= 4 && record >= 44 &&
                       stream[at + kRecordHeader] == (client ? kClientHello : kServerHello) && message + 4 <= record &&
                       stream[at + kRecordHeader + 4] == 3 && stream[at + kRecordHeader + 5] <= 4;
    if (hello) find_in_hello(stream, at, client, found);
  }
  return found;
}

void add_patches(SourceFlow& flow, bool client) {
  std::uint32_t start = 0;
  const std::vector<Secret> secrets = find_secrets(stream_of(flow, client, start), client);
  for (Segment& s : flow.segments) {
    if (s.from_client != client || s.has(builder::kSyn)) continue;
    const std::size_t begin = s.seq() - start, end = begin + s.payload_size();
    for (const Secret& secret : secrets) {
      const std::size_t from = std::max(begin, secret.begin), to = std::min(end, secret.begin + secret.length);
      if (from >= to) continue;
      s.patches.push_back({static_cast<std::uint16_t>(s.layers.payload + from - begin),
                           static_cast<std::uint8_t>(secret.mask + from - secret.begin),
                           static_cast<std::uint8_t>(to - from)});
    }
  }
}

bool closes(const Segment& s) {
  if (s.has(builder::kFin | builder::kRst)) return true;
  for (std::size_t at = s.layers.payload; at + kRecordHeader <= s.layers.end;) {
    const std::size_t length = get16(s.frame, at + 3);
    if (s.frame[at + 1] != 3) return false;  // not the beginning of a record
    if (s.frame[at] == kAlertRecord || (s.frame[at] == kDataRecord && length == kEncryptedAlert)) return true;
    at += kRecordHeader + length;
  }
  return false;
}

void complete(SourceFlow& flow, const std::string& name) {
  const Segment& first = flow.segments.front();
  if (!first.has(builder::kSyn) || first.has(builder::kAck)) {
    throw std::runtime_error(name + ": a flow does not begin with a SYN");
  }
  flow.v6 = first.layers.v6;
  for (const bool client : {true, false}) add_patches(flow, client);
  while (flow.closing < flow.segments.size() && !closes(flow.segments[flow.closing])) ++flow.closing;
  for (const Segment& s : flow.segments) flow.bytes += s.frame.size();
}

std::vector<builder::Frame> read_pcap(const std::filesystem::path& path) {
  const std::optional<Bytes> read = builder::read_file(path);
  if (!read || read->size() < 24) throw std::runtime_error(path.string() + ": not a pcap file");
  const Bytes& file = *read;
  const std::uint32_t magic = get32(file, 0);
  const bool little = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
  const bool nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
  const auto word = [&](std::size_t at) { return little ? __builtin_bswap32(get32(file, at)) : get32(file, at); };
  if ((!little && !nano && magic != 0xa1b2c3d4) || (word(20) & 0xffff) != 1) {
    throw std::runtime_error(path.string() + ": not a classic pcap file of Ethernet frames");
  }
  std::vector<builder::Frame> frames;
  for (std::size_t at = 24; at + 16 <= file.size();) {
    const std::size_t captured = word(at + 8);
    builder::Frame frame;
    frame.time = std::int64_t{word(at)} * 1'000'000'000 + std::int64_t{word(at + 4)} * (nano ? 1 : 1000);
    frame.bytes = builder::slice(file, at + 16, captured);
    at += 16 + captured;
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace

Source make_source(const std::string& name, const std::vector<builder::Frame>& frames) {
  Source source;
  source.name = name;
  std::map<std::pair<Bytes, Bytes>, std::size_t> known;  // as the client's packets have it
  for (const builder::Frame& frame : frames) {
    Segment s;
    s.frame = frame.bytes;
    if (!find_layers(s.frame, s.layers) || s.layers.protocol != 6) continue;
    s.time_ns = frame.time - frames.front().time;
    const auto [from, to] = endpoints(s);
    const auto back = known.find({to, from});
    s.from_client = back == known.end();
    const auto entry = s.from_client ? known.try_emplace({from, to}, source.flows.size()).first : back;
    const std::size_t number = entry->second;
    if (number == source.flows.size()) source.flows.emplace_back();
    source.flows[number].segments.push_back(std::move(s));
  }
  if (source.flows.empty()) throw std::runtime_error(name + ": no TCP flow to repeat");
  for (SourceFlow& flow : source.flows) complete(flow, name);
  return source;
}

Source read_source(const std::filesystem::path& path) { return make_source(path.filename().string(), read_pcap(path)); }

}  // namespace handlens::bench_gen
