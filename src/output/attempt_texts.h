// What tells one attempt from the other, as text: written once for each record, however often the record names it.
// Threads: one.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/output/time_text.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

class AttemptTexts {
 public:
  enum class Fill : std::uint8_t { id, community, connection, ip, port, date, frame, since_first, seq, ip_id };
  // A fill of one Direction, or of the attempt as a whole.
  struct Number {
    std::uint8_t value = 0;
    bool operator==(const Number&) const = default;
  };
  [[nodiscard]] static constexpr Number number(Fill fill, std::size_t which) {
    return {static_cast<std::uint8_t>(static_cast<std::size_t>(fill) * 2 + which)};
  }
  // What the connection key consists of.
  struct Isns {
    std::uint8_t client = 0;          // the Direction of what the client sends
    std::array<bool, 2> are_known{};  // by Direction
  };
  static constexpr std::size_t kRoom = 64;  // a connection key has 49 characters, an IPv6 address up to 45

  // REQUIRES: before the connection's, the community's was written of the same attempt.
  void write(Number number, const FlowAttempt& attempt, const Isns& isns);
  // Copies what was written last. `out` has kRoom bytes; returns the text's end.
  [[nodiscard]] char* copy(Number number, char* out) const {
    const Text& text = texts_[number.value];
    // Fixed sizes, which need no call. Most texts are short.
    std::memcpy(out, text.bytes.data(), kShort);
    if (text.size > kShort) std::memcpy(out + kShort, text.bytes.data() + kShort, kRoom - kShort);
    return out + text.size;
  }

 private:
  static constexpr std::size_t kShort = 16;
  static constexpr std::size_t kNumbers = 2 * (static_cast<std::size_t>(Fill::ip_id) + 1);
  struct Text {
    std::array<char, kRoom> bytes{};
    std::size_t size = 0;
  };
  [[nodiscard]] char* put_connection(const FlowAttempt& attempt, const Isns& isns, char* out) const;

  std::array<Text, kNumbers> texts_;
  DateWriter dates_;
};

}  // namespace handlens
