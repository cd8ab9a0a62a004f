#include "src/capture/lz4_decoder.h"

#include <lz4.h>
#include <lz4frame.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "src/capture/endian_load.h"

namespace handlens {
namespace {

constexpr std::uint32_t kFrameMagic = 0x184d2204, kLegacyMagic = 0x184c2102;
constexpr std::size_t kWord = 4;                               // magic numbers and sizes of blocks
constexpr std::size_t kMaxBlock = std::size_t{4} << 20;        // of a frame
constexpr std::size_t kMaxStage = kMaxBlock + 2 * kWord;       // a block, its checksum, the size of the next
constexpr std::size_t kMaxLegacyBlock = std::size_t{8} << 20;  // decompressed
constexpr std::uint32_t kUncompressed = 0x80000000;            // flag in the size of a block

std::uint32_t little_endian(const std::uint8_t* p) { return load_u32(p, false); }

// 0x184D2A50 to 0x184D2A5F; the size of what to skip follows.
bool is_skippable(std::uint32_t magic) { return (magic & 0xfffffff0) == 0x184d2a50; }

// Collects input until there are as many bytes as were asked for.
class Stage {
 public:
  // True if `wanted` bytes are there.
  bool fill(ByteView& input, std::size_t wanted) {
    const std::size_t n = std::min(input.size(), wanted - std::min(wanted, bytes_.size()));
    bytes_.insert(bytes_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(n));
    input = input.subspan(n);
    return bytes_.size() >= wanted;
  }
  void clear() { bytes_.clear(); }
  [[nodiscard]] ByteView bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Decoded bytes that did not fit into the caller's buffer yet.
class Waiting {
 public:
  void set(std::vector<std::uint8_t> bytes) {
    bytes_ = std::move(bytes);
    at_ = 0;
  }
  std::size_t give(std::span<std::uint8_t> out) {
    const std::size_t n = std::min(out.size(), bytes_.size() - at_);
    if (n != 0) std::memcpy(out.data(), bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  [[nodiscard]] bool empty() const { return at_ == bytes_.size(); }
  // Room for `size` bytes, to be written by the caller; nothing waits afterwards until `set_size`.
  std::vector<std::uint8_t>& storage() { return bytes_; }
  void restart() { at_ = 0; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

// liblz4 says how many bytes it wants next: a block with the size of the block after it. It gets exactly these, so
// that damage costs only its own block and the block that the input breaks off in is known.
class Lz4Decoder final : public Decoder {
 public:
  Lz4Decoder() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) throw std::bad_alloc();
  }
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }
  Lz4Decoder(const Lz4Decoder&) = delete;
  Lz4Decoder& operator=(const Lz4Decoder&) = delete;

  std::size_t decode(ByteView& input, std::span<std::uint8_t> out) override {
    std::size_t written = 0;
    while (written < out.size() && !failed()) {
      if (!pending_ && used_ == 0 && !stage_.fill(input, wanted_)) break;
      if (complete_ && !starts_frame()) break;
      written += step(out.subspan(written));
    }
    return written;
  }
  [[nodiscard]] bool complete() const override { return complete_ && stage_.empty(); }
  [[nodiscard]] std::string_view name() const override { return "lz4"; }
  [[nodiscard]] std::size_t held() const override { return stage_.size(); }
  std::size_t finish(std::span<std::uint8_t> out) override {
    if (!finished_) {
      finished_ = true;
      tail_.set(unfinished_block());
    }
    return tail_.give(out);
  }

 private:
  // Between frames, with four bytes of what comes next.
  bool starts_frame() {
    const std::uint32_t magic = little_endian(stage_.bytes().data());
    if (magic != kFrameMagic && !is_skippable(magic)) {
      reason_ = "what follows the end is not lz4";
      return false;
    }
    complete_ = false;
    frame_bytes_ = 0;
    is_data_ = magic == kFrameMagic;
    return true;
  }
  std::size_t step(std::span<std::uint8_t> out) {
    const ByteView given = stage_.bytes().subspan(used_);
    std::size_t took = given.size(), gave = out.size();
    const std::size_t hint = LZ4F_decompress(context_, out.data(), &gave, given.data(), &took, nullptr);
    if (LZ4F_isError(hint) != 0) {
      reason_ = LZ4F_getErrorName(hint);
      return 0;
    }
    if (took == 0 && gave == 0 && !pending_) reason_ = "no progress";
    if (took >= kWord) std::memcpy(last_word_, given.data() + took - kWord, kWord);
    frame_bytes_ += gave;
    used_ += took;
    pending_ = hint != 0 && gave == out.size();  // there may be more without new input
    if (used_ == stage_.size()) {
      stage_.clear();
      used_ = 0;
      complete_ = hint == 0;
      wanted_ = complete_ ? kWord : std::min(hint, kMaxStage);
    }
    return gave;
  }
  // The input has ended: what the block that it broke off in says. Of blocks that refer to the one before them only the
  // first of a frame can be told.
  [[nodiscard]] std::vector<std::uint8_t> unfinished_block() const {
    LZ4F_frameInfo_t frame{};
    std::size_t nothing = 0;
    if (complete_ || !is_data_ || failed() || used_ != 0 || stage_.empty()) return {};
    if (LZ4F_isError(LZ4F_getFrameInfo(context_, &frame, nullptr, &nothing)) != 0) return {};
    const std::uint32_t header = little_endian(last_word_);
    const std::size_t size = header & ~kUncompressed;
    const std::size_t checksum = frame.blockChecksumFlag == LZ4F_noBlockChecksum ? 0 : kWord;
    if (size == 0 || wanted_ != size + checksum + kWord) return {};  // not in a block
    if (frame.blockMode == LZ4F_blockLinked && frame_bytes_ != 0) return {};
    const ByteView block = stage_.bytes().first(std::min(size, stage_.size()));
    if ((header & kUncompressed) != 0) return {block.begin(), block.end()};
    return lz4_block_prefix(block, kMaxBlock);
  }

  LZ4F_dctx* context_ = nullptr;
  Stage stage_;
  Waiting tail_;
  std::size_t wanted_ = kWord;
  std::size_t used_ = 0;  // of the stage
  std::uint8_t last_word_[kWord] = {};
  std::uint64_t frame_bytes_ = 0;  // decoded of this frame
  bool complete_ = true;
  bool is_data_ = false;  // not a skippable frame
  bool pending_ = false;
  bool finished_ = false;
};

class Lz4LegacyDecoder final : public Decoder {
 public:
  std::size_t decode(ByteView& input, std::span<std::uint8_t> out) override {
    std::size_t written = 0;
    while (written < out.size() && !failed()) {
      if (!waiting_.empty()) {
        written += waiting_.give(out.subspan(written));
      } else if (!stage_.fill(input, wanted_)) {
        break;
      } else if (in_block_) {
        decode_block();
      } else {
        take_word(little_endian(stage_.bytes().data()));
      }
    }
    return written;
  }
  [[nodiscard]] bool complete() const override { return !in_block_ && started_ && stage_.empty(); }
  [[nodiscard]] std::string_view name() const override { return "lz4"; }
  [[nodiscard]] std::size_t held() const override { return stage_.size(); }
  std::size_t finish(std::span<std::uint8_t> out) override {
    if (in_block_ && !failed()) {
      waiting_.set(lz4_block_prefix(stage_.bytes(), kMaxLegacyBlock));
      in_block_ = false;
    }
    return waiting_.give(out);
  }

 private:
  void take_word(std::uint32_t word) {
    if (word == kLegacyMagic) {
      started_ = true;
    } else if (word == 0 || word > static_cast<std::uint32_t>(LZ4_compressBound(static_cast<int>(kMaxLegacyBlock)))) {
      reason_ = "no block of this format is so large";
      return;
    } else {
      in_block_ = true;
    }
    wanted_ = in_block_ ? word : kWord;
    stage_.clear();
  }
  void decode_block() {
    std::vector<std::uint8_t>& plain = waiting_.storage();
    plain.resize(kMaxLegacyBlock);
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the library's bytes are char
    const int size =
        LZ4_decompress_safe(reinterpret_cast<const char*>(stage_.bytes().data()), reinterpret_cast<char*>(plain.data()),
                            static_cast<int>(stage_.size()), static_cast<int>(plain.size()));
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    plain.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    waiting_.restart();
    if (size < 0) {
      reason_ = "a block does not decode";
      return;
    }
    stage_.clear();
    in_block_ = false;
    wanted_ = kWord;
  }

  Stage stage_;
  Waiting waiting_;
  std::size_t wanted_ = kWord;
  bool started_ = false;
  bool in_block_ = false;
};

// A length that goes on while its bytes are 255; false if it does not end.
bool read_length(ByteView block, std::size_t& at, std::size_t& length) {
  constexpr std::size_t kGoesOn = 15;
  if (length != kGoesOn) return true;
  while (at < block.size()) {
    const std::uint8_t more = block[at++];
    length += more;
    if (more != 255) return true;
  }
  return false;
}

}  // namespace

std::vector<std::uint8_t> lz4_block_prefix(ByteView block, std::size_t most) {
  constexpr std::size_t kLeastMatch = 4;
  std::vector<std::uint8_t> out;
  std::size_t at = 0;
  while (at < block.size() && out.size() < most) {
    const std::uint8_t token = block[at++];
    std::size_t literals = token >> 4, match = token & 15;
    if (!read_length(block, at, literals)) break;
    const std::size_t there = std::min({literals, block.size() - at, most - out.size()});
    out.insert(out.end(), block.begin() + static_cast<std::ptrdiff_t>(at),
               block.begin() + static_cast<std::ptrdiff_t>(at + there));
    at += there;
    if (there < literals || block.size() - at < 2) break;
    const std::size_t distance = load_u16(block.data() + at, false);
    at += 2;
    if (distance == 0 || distance > out.size() || !read_length(block, at, match)) break;
    for (match += kLeastMatch; match > 0 && out.size() < most; --match) {
      out.push_back(out[out.size() - distance]);  // may read what it has just written: that is how runs are stored
    }
  }
  return out;
}

bool is_lz4_frame(ByteView first) { return first.size() >= kWord && little_endian(first.data()) == kFrameMagic; }

bool is_lz4_legacy_frame(ByteView first) {
  return first.size() >= kWord && little_endian(first.data()) == kLegacyMagic;
}

std::unique_ptr<Decoder> make_lz4_decoder() { return std::make_unique<Lz4Decoder>(); }

std::unique_ptr<Decoder> make_lz4_legacy_decoder() { return std::make_unique<Lz4LegacyDecoder>(); }

}  // namespace handlens
