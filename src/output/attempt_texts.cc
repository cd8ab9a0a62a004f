#include "src/output/attempt_texts.h"

#include <charconv>
#include <string_view>

#include "src/output/community_id.h"

namespace handlens {
namespace {

constexpr std::size_t kLongestNumber = 20;  // digits of a 64-bit number

template <class Number>
char* put_number(Number value, char* out) {
  return std::to_chars(out, out + kLongestNumber, value).ptr;
}

char* put_text(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_isn(std::uint32_t isn, char* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4) *out++ = kHex[isn >> shift & 0xf];
  return out;
}

}  // namespace

void AttemptTexts::write(Number number, const FlowAttempt& attempt, const Isns& isns) {
  Text& text = texts_[number.value];
  text.size = static_cast<std::size_t>(put(number, attempt, isns, text.bytes.data()) - text.bytes.data());
}

char* AttemptTexts::put(Number number, const FlowAttempt& attempt, const Isns& isns, char* out) {
  const std::size_t which = number.value % 2;
  const AttemptPacket& packet = attempt.packets[which];
  const Endpoint& end = attempt.ends[which];
  switch (static_cast<Fill>(number.value / 2)) {
    case Fill::id:
      return put_number(attempt.id, out);
    case Fill::community:
      return put_community_id(attempt.ends[0], attempt.ends[1], out);
    case Fill::connection:
      return put_connection(attempt, isns, out);
    case Fill::ip:
      return put_text(end.ip, out);
    case Fill::port:
      return put_number(end.port, out);
    case Fill::date:
      return dates_.put(packet.time, out);
    case Fill::frame:
      return put_number(packet.frame, out);
    case Fill::since_first:
      return put_seconds(packet.time.ns - attempt.packets[0].time.ns, out);
    case Fill::seq:
      return put_number(packet.seq, out);
    case Fill::ip_id:
      return put_number(packet.ip_id, out);
  }
  return out;
}

// As connection_key does.
char* AttemptTexts::put_connection(const FlowAttempt& attempt, const Isns& isns, char* out) const {
  const Text& community = texts_[number(Fill::community, 0).value];
  out = put_text({community.bytes.data(), community.size}, out);
  for (const std::size_t from : {std::size_t{isns.client}, std::size_t{1} - isns.client}) {
    *out++ = from == isns.client ? '#' : '-';
    if (isns.are_known[from]) {
      out = put_isn(attempt.packets[from].seq, out);
    } else {
      *out++ = '?';
    }
  }
  return out;
}

}  // namespace handlens
