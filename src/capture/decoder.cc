#include "src/capture/decoder.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>

#include "src/capture/endian_load.h"
#include "src/capture/lz4_decoder.h"

namespace handlens {
namespace {

constexpr std::uint8_t kGzipId1 = 0x1f, kGzipId2 = 0x8b;  // RFC 1952 §2.3.1

// The largest window a zstd frame may ask for: 128 MiB, what `zstd -d` allows unless told otherwise.
constexpr int kZstdWindowLog = 27;

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() {
    constexpr int kGzipWrapper = 16;  // zlib: add to the window bits to expect a gzip header
    if (inflateInit2(&stream_, MAX_WBITS + kGzipWrapper) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  std::size_t decode(ByteView& input, std::span<std::uint8_t> out) override {
    std::size_t written = 0;
    while (!input.empty() && !failed()) {
      if (state_ != State::member && !start_member(input)) continue;
      const std::size_t capacity = std::min<std::size_t>(out.size() - written, kMaxStep);
      const std::size_t offered = std::min<std::size_t>(input.size(), kMaxStep);
      stream_.next_in = const_cast<Bytef*>(input.data());  // zlib's interface predates const
      stream_.avail_in = static_cast<uInt>(offered);
      stream_.next_out = out.data() + written;
      stream_.avail_out = static_cast<uInt>(capacity);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      input = input.subspan(offered - stream_.avail_in);
      written += capacity - stream_.avail_out;
      if (result == Z_STREAM_END) {
        state_ = State::between;
        (void)inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        reason_ = stream_.msg != nullptr ? stream_.msg : "invalid data";
      }
      if (written == out.size()) break;
    }
    // A full buffer may leave output inside zlib with no input left: it comes with the next input or its end.
    if (input.empty() && state_ == State::member && written < out.size() && !failed()) written += drain(out, written);
    return written;
  }
  [[nodiscard]] bool complete() const override { return state_ != State::member; }
  [[nodiscard]] std::string_view name() const override { return "gzip"; }

 private:
  enum class State { member, between, second_id, padding };
  static constexpr std::size_t kMaxStep = std::size_t{1} << 30;  // fits zlib's unsigned int

  // Between members: another member, zero padding (tapes and some archivers add it), or garbage.
  bool start_member(ByteView& input) {
    const std::uint8_t byte = input.front();
    if (state_ == State::second_id) {
      if (byte != kGzipId2) {
        reason_ = "what follows the end is not gzip";
        return false;
      }
      state_ = State::member;
      feed_first_id();
      return true;
    }
    if (byte == kGzipId1 && state_ == State::between) {
      state_ = State::second_id;
    } else if (byte == 0) {
      state_ = State::padding;
    } else {
      reason_ = "what follows the end is not gzip";
      return false;
    }
    input = input.subspan(1);
    return false;
  }
  // The first identification byte was looked at in another call; zlib still has to see it.
  void feed_first_id() {
    std::uint8_t id = kGzipId1, nothing = 0;
    stream_.next_in = &id;
    stream_.avail_in = 1;
    stream_.next_out = &nothing;
    stream_.avail_out = 0;
    (void)inflate(&stream_, Z_NO_FLUSH);
  }
  std::size_t drain(std::span<std::uint8_t> out, std::size_t written) {
    const std::size_t capacity = std::min<std::size_t>(out.size() - written, kMaxStep);
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
    stream_.next_out = out.data() + written;
    stream_.avail_out = static_cast<uInt>(capacity);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      state_ = State::between;
      (void)inflateReset(&stream_);
    }
    return capacity - stream_.avail_out;
  }

  z_stream stream_{};
  State state_ = State::member;
};

// A call that fails forgets what it wrote before it failed. So each call gets one block at most (libzstd hints at its
// size, with the header of the block after it), and none while output is pending: damage costs only its own block.
class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    (void)ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  std::size_t decode(ByteView& input, std::span<std::uint8_t> out) override {
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    std::size_t used = 0;
    while (target.pos < target.size && (used < input.size() || pending_)) {
      const std::size_t offered = pending_ ? 0 : std::min(step_, input.size() - used);
      ZSTD_inBuffer given{input.data() + used, offered, 0};
      const std::size_t result = ZSTD_decompressStream(stream_, &target, &given);
      if (ZSTD_isError(result) != 0) {
        reason_ = ZSTD_getErrorName(result);
        break;
      }
      used += given.pos;
      complete_ = result == 0;
      pending_ = !complete_ && target.pos == target.size;
      step_ = result > kBlockHeader ? result - kBlockHeader : 1;
    }
    input = input.subspan(used);
    return target.pos;
  }
  [[nodiscard]] bool complete() const override { return complete_; }
  [[nodiscard]] std::string_view name() const override { return "zstd"; }

 private:
  static constexpr std::size_t kBlockHeader = 3;  // RFC 8878 §3.1.1.2

  ZSTD_DStream* stream_;
  bool complete_ = false;
  bool pending_ = false;  // the last call filled the output: there may be more without new input
  std::size_t step_ = 1;
};

// RFC 8878 §3.1.1
bool is_zstd(ByteView first) { return first.size() >= 4 && load_u32(first.data(), false) == 0xfd2fb528; }

// RFC 8878 §3.1.2: 0x184D2A50 to 0x184D2A5F; lz4 has the same ones.
bool is_skippable(ByteView first) {
  return first.size() >= 4 && (load_u32(first.data(), false) & 0xfffffff0) == 0x184d2a50;
}

// Skippable frames may stand before frames of zstd (pzstd writes them) and of lz4: skips them, then decides.
class SkippableDecoder final : public Decoder {
 public:
  std::size_t decode(ByteView& input, std::span<std::uint8_t> out) override {
    while (!inner_ && !input.empty() && !failed()) {
      if (left_ != 0) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
        input = input.subspan(n);
        left_ -= n;
        continue;
      }
      word_[collected_++] = input.front();
      input = input.subspan(1);
      if (collected_ == word_.size()) take_word();
    }
    if (!inner_) return 0;
    // The decoder still has to see the magic number that chose it; it gives no output for it.
    for (ByteView magic = ByteView(word_).first(collected_); !magic.empty() && !inner_->failed(); collected_ = 0) {
      (void)inner_->decode(magic, out);
    }
    const std::size_t written = inner_->decode(input, out);
    reason_ = inner_->reason();
    return written;
  }
  [[nodiscard]] bool complete() const override {
    return inner_ ? inner_->complete() : left_ == 0 && collected_ == 0 && !is_size_;
  }
  [[nodiscard]] std::string_view name() const override { return inner_ ? inner_->name() : "zstd"; }
  [[nodiscard]] std::size_t held() const override { return inner_ ? inner_->held() : 0; }
  std::size_t finish(std::span<std::uint8_t> out) override { return inner_ ? inner_->finish(out) : 0; }

 private:
  void take_word() {
    if (is_size_) {
      left_ = load_u32(word_.data(), false);
      is_size_ = false;
    } else if (is_skippable(word_)) {
      is_size_ = true;
    } else {
      inner_ = decoder_for(word_);
      if (!inner_) reason_ = "what follows the skippable frame is neither zstd nor lz4";
      return;
    }
    collected_ = 0;
  }

  std::unique_ptr<Decoder> inner_;
  std::array<std::uint8_t, 4> word_{};
  std::size_t collected_ = 0;
  bool is_size_ = false;  // the word is the size of a skippable frame
  std::uint64_t left_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> decoder_for(ByteView first) {
  if (first.size() >= 2 && first[0] == kGzipId1 && first[1] == kGzipId2) return std::make_unique<GzipDecoder>();
  if (is_zstd(first)) return std::make_unique<ZstdDecoder>();
  if (is_lz4_frame(first)) return make_lz4_decoder();
  if (is_lz4_legacy_frame(first)) return make_lz4_legacy_decoder();
  if (is_skippable(first)) return std::make_unique<SkippableDecoder>();
  return nullptr;
}

}  // namespace handlens
