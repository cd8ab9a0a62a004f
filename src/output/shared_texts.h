// Texts that stand in very many records of one output, each kept once.
//
// A rendered record may name them instead of holding them: a mark and the text's number, which expand() writes out. So
// what waits for its turn, in memory or in a temporary file, is a fraction of what will be written. The mark is a
// control character, which no JSON text holds (RFC 8259 §7). Bounded: kMostTexts, of kMostBytes together; what is
// beyond is written by whoever renders it.
// Threads: add() may be called by every renderer; at() and expand() by whoever was handed the numbers.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/output/text_buffer.h"

namespace handlens {

class SharedTexts {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = 0;
  static constexpr std::size_t kMostTexts = 8192, kMostBytes = 8 * 1024 * 1024;
  static constexpr char kMark = '\x01';
  static constexpr std::size_t kReference = 1 + sizeof(Number);  // bytes of a mark with its number

  // The number of an equal text, if there is one. kNone: there is no room for one more.
  [[nodiscard]] Number add(std::string_view text);
  // A text that is not there yet cannot be added.
  [[nodiscard]] bool is_full() const { return is_full_.load(std::memory_order_relaxed); }
  // "" if there is none with this number.
  [[nodiscard]] std::string_view at(Number number) const;

  // Writes a reference; returns its end. REQUIRES: room for kReference bytes.
  static char* put_reference(Number number, char* out) {
    *out = kMark;
    std::memcpy(out + 1, &number, sizeof(number));
    return out + kReference;
  }
  // Appends the record with every reference replaced by its text.
  void expand(std::string_view record, TextBuffer& out) const;

 private:
  static constexpr std::size_t kPage = 128;
  using Page = std::array<std::string, kPage>;

  std::mutex mutex_;
  std::array<std::unique_ptr<Page>, kMostTexts / kPage> pages_;  // texts never move
  std::unordered_map<std::string_view, Number> numbers_;         // of each of them
  std::size_t bytes_ = 0;
  std::atomic<Number> count_{0};
  std::atomic<bool> is_full_{false};  // so many texts, or one came that was too large for what is left
};

// One text of a renderer's that repeats: nothing is kept of one that is met once.
struct SharedText {
  enum class State : std::uint8_t { met, once, kept, not_kept };
  State state = State::met;
  SharedTexts::Number number = SharedTexts::kNone;  // of one that is kept
};

}  // namespace handlens
