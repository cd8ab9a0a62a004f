// Bytes on their way to a file descriptor: one buffer, written with write(2) when full.
//
// Interrupted and short writes are continued. The first error is kept and ends all writing: callers look at good()
// when it suits them. Does not own the descriptor. Threads: one.
#pragma once
#include <string_view>

#include "src/output/text_buffer.h"

namespace handlens {

class OutputBuffer {
 public:
  static constexpr std::size_t kCapacity = 1024 * 1024;

  explicit OutputBuffer(int descriptor) : descriptor_(descriptor) { static_cast<void>(bytes_.room(kCapacity)); }
  ~OutputBuffer() { flush(); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  void append(std::string_view text) {
    bytes_.append(text);
    flush_if_full();
  }
  // The pending bytes, for appending in place; call flush_if_full() after each record.
  [[nodiscard]] TextBuffer& pending() { return bytes_; }
  void flush_if_full() {
    if (bytes_.size() >= kCapacity - kHeadroom) flush();
  }
  void flush();

  [[nodiscard]] bool good() const { return error_ == 0; }
  [[nodiscard]] int error_number() const { return error_; }

 private:
  static constexpr std::size_t kHeadroom = 64 * 1024;  // a usual record fits without growing the buffer

  int descriptor_;
  int error_ = 0;
  TextBuffer bytes_;
};

}  // namespace handlens
