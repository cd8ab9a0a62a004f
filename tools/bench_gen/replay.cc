#include "tools/bench_gen/replay.h"

#include <algorithm>

namespace handlens::bench_gen {
namespace {

constexpr std::uint64_t kRecordBody = 16384 + 17;  // the largest plaintext, its content type and the tag; RFC 8446 §5.2
constexpr std::uint64_t kRecord = 5 + kRecordBody;
constexpr std::size_t kLargestFrame = 1514;
constexpr std::size_t kNoise = std::size_t{1} << 16;
constexpr std::uint8_t kOptionNop = 1, kOptionSack = 5, kOptionTimestamps = 8;

// 10.0.0.0/8 from a bijection of 24 bits; what is left of the number moves the port on.
std::uint32_t client_address(std::uint64_t number) {
  return 0x0a000000u | static_cast<std::uint32_t>((number * 0x9e3779b1u) & 0xffffff);
}
std::uint16_t client_port(std::uint64_t number) {
  return static_cast<std::uint16_t>(1024 + ((number >> 24) + mix(number & 0xffffff) % 64512) % 64512);
}

class Replay final : public Talk {
 public:
  Replay(const SourceFlow& flow, const Identity& identity, std::int64_t start_ns, const Download& download)
      : flow_(flow), id_(identity), start_(start_ns), total_(download.stream_size()), download_(download) {
    Random secret(identity.secret);
    secret.fill(mask_.data(), kMaskSession);
    Random(identity.session).fill(mask_.data() + kMaskSession, kMaskSize - kMaskSession);
    for (unsigned side = 0; side < 2; ++side) {
      seq_shift_[side] = static_cast<std::uint32_t>(secret.next());
      clock_shift_[side] = static_cast<std::uint32_t>(secret.next() >> 2);
    }
    if (total_ > 0) find_templates();
  }

  [[nodiscard]] std::int64_t due() const override {
    const std::size_t at = std::min(next_, flow_.segments.size() - 1);
    if (downloading()) return start_ + before_download() + late_ + download_.pace;
    return start_ + flow_.segments[at].time_ns + late_;
  }

  bool write(CaptureOut& out) override {
    const std::int64_t now = due();
    if (downloading()) {
      late_ += download_.pace;
      write_download(out, now);
      return true;
    }
    const Segment& segment = flow_.segments[next_++];
    frame_ = segment.frame;
    emit(segment.layers, segment.from_client, segment.patches, out, now);
    return next_ < flow_.segments.size();
  }

 private:
  [[nodiscard]] bool downloading() const { return next_ == flow_.closing && (sent_ < total_ || acked_ < sent_); }
  [[nodiscard]] std::int64_t before_download() const { return flow_.segments[next_ == 0 ? 0 : next_ - 1].time_ns; }

  // The newest headers of either side before the download, to build its segments from.
  void find_templates() {
    for (std::size_t i = 0; i < flow_.closing; ++i) {
      const Segment& s = flow_.segments[i];
      const unsigned side = s.from_client ? 0 : 1;
      const std::uint32_t end = s.seq() + static_cast<std::uint32_t>(s.payload_size()) + (s.has(builder::kSyn) ? 1 : 0);
      stream_end_[side] = end;
      if (!s.has(builder::kSyn)) template_[side] = &s;
    }
    if (template_[0] == nullptr || template_[1] == nullptr) total_ = 0;
  }

  // A full segment of the server, or after every other one of them an acknowledgement of the client.
  void write_download(CaptureOut& out, std::int64_t now) {
    const bool acknowledge = sent_ == total_ || unacknowledged_ == 2;
    const Segment& like = *template_[acknowledge ? 0 : 1];
    const std::size_t room = kLargestFrame - like.layers.payload;
    const auto size = acknowledge ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(room, total_ - sent_));
    Layers layers = like.layers;
    layers.end = layers.payload + size;
    frame_.assign(like.frame.begin(), like.frame.begin() + static_cast<std::ptrdiff_t>(layers.payload));
    frame_.resize(layers.end);
    fill(layers.payload, size);
    put16(frame_, layers.ip + (layers.v6 ? 4 : 2), layers.end - (layers.v6 ? layers.transport : layers.ip));
    put32(frame_, layers.transport + 4, stream_end_[acknowledge ? 0 : 1]);
    put32(frame_, layers.transport + 8, stream_end_[acknowledge ? 1 : 0]);
    frame_[layers.transport + 13] = builder::kAck;
    emit(layers, acknowledge, {}, out, now);
    sent_ += size;
    if (acknowledge) acked_ = sent_;
    unacknowledged_ = acknowledge ? 0 : unacknowledged_ + 1;
  }

  void fill(std::size_t at, std::size_t size) {
    const Bytes& bytes = noise();
    std::uint64_t position = sent_;
    for (const std::size_t end = at + size; at < end;) {
      const std::uint64_t in_record = position % kRecord;
      if (download_.records && in_record < 5) {
        constexpr std::uint8_t kHeader[5] = {23, 3, 3, kRecordBody >> 8, kRecordBody & 0xff};
        frame_[at++] = kHeader[in_record];
        ++position;
        continue;
      }
      const std::size_t from = (position + id_.number * 61) % (kNoise / 2);
      const std::size_t wanted = download_.records ? std::min<std::size_t>(end - at, kRecord - in_record) : end - at;
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), wanted,
                  frame_.begin() + static_cast<std::ptrdiff_t>(at));
      at += wanted;
      position += wanted;
    }
  }

  // Turns frame_, which speaks in the source's numbers, into this connection's, and writes it.
  void emit(const Layers& layers, bool from_client, const std::vector<Patch>& patches, CaptureOut& out,
            std::int64_t now) {
    for (const Patch& patch : patches) {
      for (std::size_t i = 0; i < patch.length; ++i) frame_[patch.at + i] ^= mask_[patch.mask + i];
    }
    const unsigned self = from_client ? 0 : 1, peer = 1 - self;
    put_addresses(layers, from_client);
    put16(frame_, layers.transport + (from_client ? 0 : 2), client_port(id_.number));
    const std::uint32_t seq = get32(frame_, layers.transport + 4), ack = get32(frame_, layers.transport + 8);
    // sent_ counts the download's bytes, which the source's numbers do not know.
    const auto downloaded = static_cast<std::uint32_t>(from_client ? 0 : sent_);
    const auto fetched = static_cast<std::uint32_t>(from_client ? sent_ : 0);
    // What refuses a SYN has no sequence numbers of its own: it bears 0 (RFC 9293 §3.10.7.1).
    const bool refuses = !from_client && next_ == 2 && (frame_[layers.transport + 13] & builder::kRst) != 0;
    put32(frame_, layers.transport + 4, refuses ? 0 : seq + seq_shift_[self] + downloaded);
    if ((frame_[layers.transport + 13] & builder::kAck) != 0) {
      put32(frame_, layers.transport + 8, ack + seq_shift_[peer] + fetched);
      shift_options(layers, seq_shift_[peer] + fetched, self, peer);
    } else {
      shift_options(layers, 0, self, self);
    }
    fix_checksums(frame_, layers);
    out.frame(frame_, now);
  }

  void put_addresses(const Layers& layers, bool from_client) {
    const std::uint32_t client = client_address(id_.number);
    const std::uint32_t host = std::uint32_t{id_.flow} * 64 + 1 + static_cast<std::uint32_t>(id_.number % 63);
    const std::uint32_t server = std::uint32_t{id_.source} << 8 | host;
    const std::size_t size = layers.v6 ? 16 : 4;
    const std::size_t source = layers.ip + (layers.v6 ? 8 : 12);
    const std::size_t client_at = from_client ? source : source + size;
    const std::size_t server_at = from_client ? source + size : source;
    if (!layers.v6) {
      put32(frame_, client_at, client);
      put32(frame_, server_at, 0xc6120000u | server);  // 198.18.0.0/15, for benchmarks: RFC 2544
      return;
    }
    for (const auto& [at, end] : {std::pair{client_at, client}, std::pair{server_at, server}}) {
      put32(frame_, at, 0x20010002);  // 2001:2::/48, for benchmarks: RFC 5180
      for (const std::size_t word : {4u, 8u}) put32(frame_, at + word, 0);
      put32(frame_, at + 12, end);
    }
  }

  // RFC 2018 (SACK names the peer's sequence numbers) and RFC 7323 (TSval, TSecr).
  void shift_options(const Layers& layers, std::uint32_t sack_shift, unsigned self, unsigned echoed) {
    std::size_t at = layers.transport + 20;
    while (at + 1 < layers.payload && frame_[at] != 0) {
      const std::size_t length = frame_[at] == kOptionNop ? 1 : frame_[at + 1];
      if (length == 0 || at + length > layers.payload) return;
      if (frame_[at] == kOptionSack) {
        for (std::size_t edge = at + 2; edge + 4 <= at + length; edge += 4) {
          put32(frame_, edge, get32(frame_, edge) + sack_shift);
        }
      } else if (frame_[at] == kOptionTimestamps && length == 10) {
        put32(frame_, at + 2, get32(frame_, at + 2) + clock_shift_[self]);
        if (echoed != self) put32(frame_, at + 6, get32(frame_, at + 6) + clock_shift_[echoed]);
      }
      at += length;
    }
  }

  const SourceFlow& flow_;
  Identity id_;
  std::int64_t start_;
  std::int64_t late_ = 0;  // by how much the download delays the rest
  std::uint64_t total_, sent_ = 0, acked_ = 0;
  Download download_;
  std::size_t next_ = 0;  // segment of the source
  unsigned unacknowledged_ = 0;
  std::array<std::uint8_t, kMaskSize> mask_{};
  std::array<std::uint32_t, 2> seq_shift_{}, clock_shift_{}, stream_end_{};
  std::array<const Segment*, 2> template_{};
  Bytes frame_;
};

}  // namespace

std::uint64_t Download::stream_size() const {
  return records ? (size + kRecordBody - 1) / kRecordBody * kRecord : size;
}

std::unique_ptr<Talk> make_replay(const SourceFlow& flow, const Identity& identity, std::int64_t start_ns,
                                  const Download& download) {
  return std::make_unique<Replay>(flow, identity, start_ns, download);
}

const Bytes& noise() {
  static const Bytes kBytes = [] {
    Bytes bytes(kNoise);
    Random(0).fill(bytes.data(), bytes.size());
    return bytes;
  }();
  return kBytes;
}

}  // namespace handlens::bench_gen
