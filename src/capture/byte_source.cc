#include "src/capture/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "src/capture/decoder.h"

namespace handlens {
namespace {

class DescriptorSource final : public ByteSource {
 public:
  explicit DescriptorSource(int descriptor) : descriptor_(descriptor) {
    // Only a hint: pipes and terminals refuse it.
    (void)::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~DescriptorSource() override { ::close(descriptor_); }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

  std::size_t read(std::span<std::uint8_t> out) override {
    if (ended_ || out.empty()) return 0;
    ssize_t got = 0;
    do {
      got = ::read(descriptor_, out.data(), out.size());
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
      ended_ = true;
      if (got < 0) {
        problem_ = fmt::format("reading failed at byte {}: {}", stored_bytes_, std::generic_category().message(errno));
      }
      return 0;
    }
    stored_bytes_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_bytes_; }

 private:
  int descriptor_;
  std::uint64_t stored_bytes_ = 0;
  bool ended_ = false;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) : bytes_(bytes) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    const std::size_t n = std::min(out.size(), bytes_.size() - at_);
    if (n != 0) std::memcpy(out.data(), bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return at_; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

// The first bytes of a stream, which the choice of a decoder has already read.
struct Peeked {
  std::array<std::uint8_t, 4> bytes{};
  std::size_t size = 0;
};

// Plain bytes: the peeked ones first, then straight from the input into the caller's buffer.
class PlainSource final : public ByteSource {
 public:
  PlainSource(std::unique_ptr<ByteSource> stored, const Peeked& peeked) : stored_(std::move(stored)), peeked_(peeked) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    const std::size_t n = std::min(peeked_.size - given_, out.size());
    if (n == 0) return stored_->read(out);
    std::memcpy(out.data(), peeked_.bytes.data() + given_, n);
    given_ += n;
    return n;
  }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_->stored_bytes(); }
  [[nodiscard]] const std::string& problem() const override { return stored_->problem(); }

 private:
  std::unique_ptr<ByteSource> stored_;
  Peeked peeked_;
  std::size_t given_ = 0;
};

class DecodedSource final : public ByteSource {
 public:
  DecodedSource(std::unique_ptr<ByteSource> stored, const Peeked& peeked, std::unique_ptr<Decoder> decoder,
                std::size_t piece)
      : stored_(std::move(stored)),
        decoder_(std::move(decoder)),
        buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(piece)),
        piece_(piece) {
    std::memcpy(buffer_.get(), peeked.bytes.data(), peeked.size);
    input_ = ByteView(buffer_.get(), peeked.size);
  }

  std::size_t read(std::span<std::uint8_t> out) override {
    if (ended_ || out.empty()) return 0;
    for (;;) {
      if (input_.empty() && !input_ended_) refill();
      const std::size_t had = input_.size();
      const std::size_t got = decoder_->decode(input_, out);
      if (decoder_->failed()) {
        end(fmt::format("the {} data is damaged at byte {} ({})", decoder_->name(), position() - decoder_->held(),
                        decoder_->reason()));
        return got;
      }
      if (got != 0) return got;
      if (input_.empty() && input_ended_) {
        if (const std::size_t rest = decoder_->finish(out); rest != 0) return rest;
        if (!stored_->problem().empty()) {
          end(stored_->problem());
        } else if (!decoder_->complete()) {
          end(fmt::format("the {} data ends early at byte {}", decoder_->name(), position()));
        }
        ended_ = true;
        return 0;
      }
      if (!input_.empty() && input_.size() == had) {  // no decoder does this; a guard against looping
        end(fmt::format("the {} data is damaged at byte {} (no progress)", decoder_->name(), position()));
        return 0;
      }
    }
  }
  [[nodiscard]] std::string_view compression() const override { return decoder_->name(); }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_->stored_bytes(); }

 private:
  void refill() {
    const std::size_t got = stored_->read({buffer_.get(), piece_});
    input_ = ByteView(buffer_.get(), got);
    input_ended_ = got == 0;
  }
  void end(std::string problem) {
    ended_ = true;
    problem_ = std::move(problem);
  }
  [[nodiscard]] std::uint64_t position() const { return stored_->stored_bytes() - input_.size(); }

  std::unique_ptr<ByteSource> stored_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t piece_;
  ByteView input_;  // of buffer_: not yet decoded
  bool input_ended_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> read_descriptor(int descriptor) { return std::make_unique<DescriptorSource>(descriptor); }

std::unique_ptr<ByteSource> read_memory(ByteView bytes) { return std::make_unique<MemorySource>(bytes); }

std::unique_ptr<ByteSource> decompress(std::unique_ptr<ByteSource> stored, std::size_t piece) {
  Peeked peeked;
  while (peeked.size < peeked.bytes.size()) {
    const std::size_t got = stored->read(std::span(peeked.bytes).subspan(peeked.size));
    if (got == 0) break;
    peeked.size += got;
  }
  auto decoder = decoder_for(ByteView(peeked.bytes.data(), peeked.size));
  if (!decoder) return std::make_unique<PlainSource>(std::move(stored), peeked);
  return std::make_unique<DecodedSource>(std::move(stored), peeked, std::move(decoder),
                                         std::max(piece, peeked.bytes.size()));
}

}  // namespace handlens
