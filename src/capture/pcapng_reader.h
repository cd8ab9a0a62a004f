// pcapng files (draft-ietf-opsawg-pcapng).
//
// Blocks: type, total length, body, total length again, all in the section's byte order. A section header block says
// the order; interface description blocks give link type, snap length and time scale; enhanced, simple and old packet
// blocks hold packets; decryption secrets blocks hold key log text. Every other block is skipped without being kept.
//
// Limits: a block that must be seen whole is at most kMaxRecordBytes, 65,536 interfaces a section, kMaxSecretBytes of
// secrets a file (what is beyond them is skipped). Sections' interfaces are numbered on over the whole file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/capture/capture_reader.h"
#include "src/capture/pcapng_time.h"

namespace handlens {

inline constexpr std::size_t kMaxSecretBytes = 16 * 1024 * 1024;

class PcapngReader final : public CaptureReader {
 public:
  [[nodiscard]] static bool recognises(ByteView first);
  // REQUIRES: recognises(the buffer's bytes)
  [[nodiscard]] static std::unique_ptr<CaptureReader> open(std::unique_ptr<BlockBuffer> buffer, OpenFailure& failure);

  std::size_t next(std::span<RawPacket> out) override;
  [[nodiscard]] std::string_view format() const override { return "pcapng"; }
  [[nodiscard]] std::string_view secrets() const override { return secrets_; }
  [[nodiscard]] std::uint64_t dropped() const override;

 private:
  enum class Step : std::uint8_t { packet, other, wait, stop };
  struct Interface {
    std::uint16_t link = 0;
    bool used = false;
    std::uint32_t snap_length = 0;  // 0: no limit
    TimeScale time;
    std::uint64_t dropped = 0;  // of the last statistics block
  };
  struct Block {
    std::uint32_t type = 0;
    std::uint32_t length = 0;  // with its header and trailer
    const std::uint8_t* body = nullptr;
    std::size_t body_length = 0;
  };

  explicit PcapngReader(std::unique_ptr<BlockBuffer> buffer) : CaptureReader(std::move(buffer)) {}

  std::size_t walk_packets(std::span<RawPacket> out);
  // One block. With `may_read` false it stops at the buffer's end (wait): packets of this batch borrow from it.
  Step read_block(bool may_read, RawPacket& out);
  Step skip_block(bool may_read, const Block& block);
  Step read_whole(bool may_read, Block& block);
  bool read_block_header(Block& block);
  bool read_byte_order();
  bool check_trailer(const std::uint8_t* trailer, const Block& block, std::uint64_t at);
  Step take_block(const Block& block, RawPacket& out);

  bool on_section(const Block& block);
  bool on_interface(const Block& block);
  void on_statistics(const Block& block);
  void on_secrets(const Block& block);
  bool on_enhanced_packet(const Block& block, RawPacket& out);
  bool on_simple_packet(const Block& block, RawPacket& out);
  bool on_old_packet(const Block& block, RawPacket& out);
  bool fill_packet(const Block& block, std::size_t fixed, std::uint32_t interface, std::uint32_t captured,
                   std::uint32_t wire, RawPacket& out);

  // So far.
  [[nodiscard]] bool has_several_interfaces() const { return interfaces_before_ + interfaces_.size() > 1; }

  Step cut(const char* where);
  bool damaged(const std::string& what);
  [[nodiscard]] std::uint32_t u32(const std::uint8_t* p) const;

  bool big_endian_ = false;
  std::vector<Interface> interfaces_;    // of this section
  std::uint32_t interfaces_before_ = 0;  // of earlier sections
  std::uint64_t dropped_before_ = 0;
  std::int64_t last_time_ = 0;
  std::string secrets_;
};

}  // namespace handlens
