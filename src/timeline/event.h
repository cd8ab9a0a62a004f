// One entry of a flow's timeline: small, owned, in the order in which things became visible in the capture.
#pragma once
#include <cstdint>

#include "dissectors/direction.h"
#include "dissectors/event_kind.h"
#include "dissectors/packet.h"
#include "dissectors/tls_stream.h"

namespace handlens {

struct Event {
  // What the packet did beyond its kind; printed as `note`.
  enum class Note : std::uint8_t {
    none,
    same_bytes,
    conflicting_bytes,
    fast_open,
    with_data,
    simultaneous_open,
    snaplen,
    unacknowledged  // gap: the receiver did not have these bytes either
  };
  std::uint64_t frame = 0;
  Timestamp time;
  std::uint32_t size = 0;  // bytes: message body, record length, gap or payload, by kind; ICMP: the MTU
  EventKind kind = EventKind::count_;
  Direction from = Direction::forward;
  std::uint8_t code_a = 0;  // alert level | ICMP type
  std::uint8_t code_b = 0;  // alert description | ICMP code
  TlsEvent::Likely likely = TlsEvent::Likely::none;
  TlsEvent::Note tls_note = TlsEvent::Note::none;
  Note note = Note::none;
  bool icmp_v6 = false;
  bool decode_failed = false;
};
static_assert(sizeof(Event) <= 40);
[[nodiscard]] std::string_view to_text(Event::Note note);  // kebab-case

}  // namespace handlens
