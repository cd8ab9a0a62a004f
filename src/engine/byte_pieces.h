// Short strings of bytes that come and go, in pieces of one size: what is released is used anew.
// Threads: belongs to one shard.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/byte_reader.h"
#include "src/flow/huge_pages.h"

namespace handlens {

class BytePieces {
 public:
  using Handle = std::uint32_t;
  static constexpr Handle kNone = 0xffff'ffffu;
  static constexpr std::size_t kLongest = 255;
  using Room = std::array<std::uint8_t, kLongest>;

  // REQUIRES: no longer than kLongest.
  Handle add(ByteView bytes) {
    const Handle first = take_piece();
    Handle at = first;
    pieces_.at(at).bytes[0] = static_cast<std::uint8_t>(bytes.size());
    for (std::size_t from = 1;; from = 0) {
      const std::size_t n = std::min(bytes.size(), kPieceBytes - from);
      std::copy_n(bytes.begin(), n, pieces_.at(at).bytes.begin() + static_cast<std::ptrdiff_t>(from));
      bytes = bytes.subspan(n);
      if (bytes.empty()) return first;
      const Handle next = take_piece();
      pieces_.at(at).next = next;
      at = next;
    }
  }
  // Copied into `room`, which has to live as long as what is returned.
  [[nodiscard]] ByteView read(Handle handle, Room& room) const {
    const std::size_t size = pieces_.at(handle).bytes[0];
    std::size_t done = 0;
    for (std::size_t from = 1; done < size; from = 0) {
      const Piece& piece = pieces_.at(handle);
      const std::size_t n = std::min(size - done, kPieceBytes - from);
      std::copy_n(piece.bytes.begin() + static_cast<std::ptrdiff_t>(from), n,
                  room.begin() + static_cast<std::ptrdiff_t>(done));
      done += n;
      handle = piece.next;
    }
    return ByteView(room).first(size);
  }
  void release(Handle handle) {
    for (; handle != kNone; handle = pieces_.at(handle).next) free_.push_back(handle);
  }
  // Of the pieces in use.
  [[nodiscard]] std::size_t held_bytes() const { return (pieces_.size() - free_.size()) * sizeof(Piece); }

 private:
  static constexpr std::size_t kPieceBytes = 28;  // MAC addresses and a tunnel's identity usually fit one
  struct Piece {
    Handle next = kNone;
    std::array<std::uint8_t, kPieceBytes> bytes{};
  };
  static_assert(sizeof(Piece) == 32);

  Handle take_piece() {
    if (free_.empty()) {
      pieces_.add();
      return pieces_.size() - 1;
    }
    const Handle handle = free_.back();
    free_.pop_back();
    pieces_.at(handle).next = kNone;
    return handle;
  }

  RecordArena<Piece> pieces_;
  std::vector<Handle> free_;
};

}  // namespace handlens
