// The words of the record contract for the enumerations of this folder.
#include "src/timeline/event.h"
#include "src/timeline/flow_report.h"

namespace handlens {

std::string_view to_text(Event::Note note) {
  switch (note) {
    case Event::Note::none:
      return "";
    case Event::Note::same_bytes:
      return "same-bytes";
    case Event::Note::conflicting_bytes:
      return "conflicting-bytes";
    case Event::Note::fast_open:
      return "fast-open";
    case Event::Note::with_data:
      return "with-data";
    case Event::Note::simultaneous_open:
      return "simultaneous-open";
    case Event::Note::snaplen:
      return "snaplen";
    case Event::Note::unacknowledged:
      return "unacknowledged";
  }
  return "";
}

std::string_view to_text(Side side) { return side == Side::client ? "client" : "server"; }

std::string_view to_text(ClientBy by) {
  switch (by) {
    case ClientBy::syn:
      return "syn";
    case ClientBy::syn_ack:
      return "syn-ack";
    case ClientBy::client_hello:
      return "client-hello";
    case ClientBy::port:
      return "port";
  }
  return "";
}

std::string_view to_text(TcpState state) {
  switch (state) {
    case TcpState::syn_sent:
      return "syn-sent";
    case TcpState::syn_received:
      return "syn-received";
    case TcpState::established:
      return "established";
    case TcpState::closing:
      return "closing";
    case TcpState::closed:
      return "closed";
    case TcpState::reset:
      return "reset";
    case TcpState::midstream:
      return "midstream";
  }
  return "";
}

std::string_view to_text(CutShort reason) {
  switch (reason) {
    case CutShort::none:
      return "";
    case CutShort::interrupted:
      return "interrupted";
    case CutShort::evicted:
      return "evicted";
    case CutShort::memory_limit:
      return "memory-limit";
  }
  return "";
}

std::string_view to_text(IpIdPattern pattern) {
  switch (pattern) {
    case IpIdPattern::unknown:
      return "unknown";
    case IpIdPattern::zero:
      return "zero";
    case IpIdPattern::constant:
      return "constant";
    case IpIdPattern::incrementing:
      return "incrementing";
    case IpIdPattern::other:
      return "other";
  }
  return "";
}

}  // namespace handlens
