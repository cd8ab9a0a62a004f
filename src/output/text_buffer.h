// Text that grows at its end, as std::string does, but may be written in place first and counted afterwards: room that
// is made costs nothing until it is used. Threads: one.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace handlens {

class TextBuffer {
 public:
  // At least `bytes` behind the text, to be written to. Valid until the next call of anything.
  [[nodiscard]] char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
    return at_;
  }
  // The text now ends here. REQUIRES: a place within what room() gave, or within the text.
  void set_end(char* end) { at_ = end; }

  void append(std::string_view text) {
    char* out = room(text.size());
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    at_ = out + text.size();
  }
  void append(char c) {
    *room(1) = c;
    ++at_;
  }
  // Takes `count` bytes out at `from`. REQUIRES: they are there.
  void erase(std::size_t from, std::size_t count) {
    char* const place = bytes_.get() + from;
    std::memmove(place, place + count, static_cast<std::size_t>(at_ - place) - count);
    at_ -= count;
  }
  // The memory stays.
  void clear() { at_ = bytes_.get(); }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - bytes_.get()); }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size()}; }

 private:
  void grow(std::size_t bytes);

  std::unique_ptr<char[]> bytes_;
  char* at_ = nullptr;   // behind the text
  char* end_ = nullptr;  // of the memory
};

}  // namespace handlens
