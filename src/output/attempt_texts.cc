#include "src/output/attempt_texts.h"

#include <charconv>
#include <optional>

#include "src/output/community_id.h"

namespace handlens {
namespace {

constexpr std::size_t kLongestNumber = 20;  // digits of a 64-bit number

// Divisions of 32 bits are quicker, and few numbers need more.
char* put_number(std::uint64_t value, char* out) {
  const auto low = static_cast<std::uint32_t>(value);
  return (low == value ? std::to_chars(out, out + kLongestNumber, low)
                       : std::to_chars(out, out + kLongestNumber, value))
      .ptr;
}

}  // namespace

void AttemptTexts::write(Number number, const FlowAttempt& attempt, const Isns& isns) {
  Text& text = texts_[number.value];
  const std::size_t which = number.value % 2;
  const AttemptPacket& packet = attempt.packets[which];
  const Endpoint& end = attempt.ends[which];
  char* to = text.bytes.data();
  switch (static_cast<Fill>(number.value / 2)) {
    case Fill::id:
      to = put_number(attempt.id, to);
      break;
    case Fill::community:
      to = put_community_id(attempt.ends[0], attempt.ends[1], to);
      break;
    case Fill::connection:
      to = put_connection(attempt, isns, to);
      break;
    case Fill::ip:
      to = put_text(end.ip, to);
      break;
    case Fill::port:
      to = put_number(end.port, to);
      break;
    case Fill::date:
      to = dates_.put(packet.time, to);
      break;
    case Fill::frame:
      to = put_number(packet.frame, to);
      break;
    case Fill::since_first:
      to = put_seconds(packet.time.ns - attempt.packets[0].time.ns, to);
      break;
    case Fill::seq:
      to = put_number(packet.seq, to);
      break;
    case Fill::ip_id:
      to = put_number(packet.ip_id, to);
      break;
  }
  text.size = static_cast<std::size_t>(to - text.bytes.data());
}

char* AttemptTexts::put_connection(const FlowAttempt& attempt, const Isns& isns, char* out) const {
  const Text& community = texts_[number(Fill::community, 0).value];
  std::memcpy(out, community.bytes.data(), community.size);
  const auto isn_of = [&](std::size_t from) {
    return isns.are_known[from] ? std::optional(attempt.packets[from].seq) : std::nullopt;
  };
  return put_connection_key(isn_of(isns.client), isn_of(std::size_t{1} - isns.client), out + community.size);
}

}  // namespace handlens
