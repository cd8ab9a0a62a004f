#include <algorithm>

#include "dissectors/tls_dissect.h"
#include "dissectors/tls_stream_state.h"

namespace handlens {
namespace {

using tls::ContentType;
using tls::RecordHeader;

// Events of one direction that may repeat for ever; beyond, records are only counted.
constexpr std::uint32_t kMostEncryptedEvents = 32;
constexpr std::uint32_t kMostAlertSizedEvents = 4;
constexpr std::uint32_t kMostHeartbeatEvents = 8;
constexpr std::uint32_t kMostPassingAlertEvents = 16;
constexpr std::uint32_t kMostEncryptedAlertEvents = 16;

// More than a handshake holds: turns of speaking (server's flight, client's, the server's answer, data), and bytes of
// one side (a chain of certificates may have 128 KiB).
constexpr std::uint32_t kMoreTurnsThanAHandshake = 4;
constexpr std::uint64_t kMoreBytesThanAHandshake = 256 * 1024;
constexpr std::uint16_t kLongestAlertRecord13 = 2 + 1 + 16;  // level and description, inner type, tag

TlsEvent event_of(EventKind kind, std::uint32_t size) {
  TlsEvent event;
  event.kind = kind;
  event.size = size;
  return event;
}

}  // namespace

bool TlsStream::State::read_records(Input& in) {
  Half& self = half(in.from);
  const ByteView rest = in.rest();
  if (self.tail_pending) {
    if (rest.empty()) return false;
    self.tail_pending = false;
    ++in.at;
    on_protected_record(in.from, self.tail_length, in.stamp, in.sink);
    return true;
  }
  if (rest.size() < tls::kRecordHeaderSize) return false;
  const RecordHeader header = tls::read_record_header(rest);
  if (const tls::HeaderFault fault = tls::check_record_header(header); fault != tls::HeaderFault::none) {
    if (self.had_gap) {  // what looked like a record after the gap was none
      self.phase = Phase::resync;
      ++in.at;
      return true;
    }
    TlsEvent event = event_of(EventKind::plaintext, static_cast<std::uint32_t>(rest.size()));
    event.note =
        fault == tls::HeaderFault::too_long ? TlsEvent::Note::record_too_long : TlsEvent::Note::malformed_record;
    facts.malformed = true;
    stop(in.from, event, in.sink);
    return true;
  }
  if (header.is(ContentType::application_data)) {
    in.at += tls::kRecordHeaderSize;
    ++facts.records[index(in.from)];
    if (header.length != 0 && wants_last_byte(in.from, header.length)) {
      self.tail_pending = true;
      self.tail_length = header.length;
      in.at += header.length - 1U;
    } else {
      in.at += header.length;
      on_protected_record(in.from, header.length, in.stamp, in.sink);
    }
    return true;
  }
  if (rest.size() < header.size()) return false;
  ++facts.records[index(in.from)];
  on_record(in, header, rest.subspan(tls::kRecordHeaderSize, header.length));
  self.last_type = header.type;
  self.last_length = header.length;
  self.last_stamp = in.stamp;
  in.at += header.size();
  return true;
}

void TlsStream::State::on_record(Input& in, const RecordHeader& header, ByteView body) {
  switch (static_cast<ContentType>(header.type)) {
    case ContentType::change_cipher_spec:
      return on_change_cipher_spec(in, header);
    case ContentType::alert:
      return on_alert_record(in, header, body);
    case ContentType::handshake:
      return on_handshake_record(in, header, body);
    case ContentType::heartbeat:
      return on_heartbeat(in, header);
    case ContentType::application_data:
      return;  // never comes here
  }
}

void TlsStream::State::on_change_cipher_spec(Input& in, const RecordHeader& header) {
  facts.change_cipher_spec[index(in.from)] = true;
  // In TLS 1.3 it is a disguise for middleboxes and changes nothing, RFC 8446 §D.4.
  if (!negotiation.tls13) half(in.from).encrypted = true;
  emit(in.from, event_of(EventKind::change_cipher_spec, header.length), in.sink);
}

void TlsStream::State::on_heartbeat(Input& in, const RecordHeader& header) {
  if (half(in.from).heartbeat_events++ >= kMostHeartbeatEvents) return;
  emit(in.from, event_of(EventKind::heartbeat, header.length), in.sink);
}

void TlsStream::State::on_alert_record(Input& in, const RecordHeader& header, ByteView body) {
  const bool readable = !half(in.from).encrypted || negotiation.tls13;
  if (readable && header.length == 2) return on_plain_alert(in, body);
  // RFC 5246 §6.2.1 lets alerts share a record; RFC 8446 §5.1 does not.
  if (readable && !negotiation.tls13 && header.length == 4 && (body[0] == 1 || body[0] == 2) &&
      (body[2] == 1 || body[2] == 2)) {
    on_plain_alert(in, body.first(2));
    return on_plain_alert(in, body.subspan(2));
  }
  TlsEvent event = event_of(EventKind::encrypted_alert, header.length);
  const bool farewell = facts.established || facts.application_data[0] || facts.application_data[1];
  event.likely = farewell ? TlsEvent::Likely::close_notify : TlsEvent::Likely::alert;
  if (facts.alerts.size() < limits.max_alerts) facts.alerts.push_back({in.stamp, in.from, true, false, 0, 0});
  if (half(in.from).encrypted_alert_events++ >= kMostEncryptedAlertEvents) return;
  emit(in.from, event, in.sink);
}

void TlsStream::State::on_plain_alert(Input& in, ByteView body) {
  ParseError error;
  const tls::Alert alert = tls::dissect_alert(body, error);
  TlsEvent event = event_of(EventKind::alert, static_cast<std::uint32_t>(body.size()));
  event.alert_level = alert.level;
  event.alert_code = alert.description;
  // Warnings that change nothing may come in any number; they leave room for the one that matters.
  const bool passing = tls::is_passing_alert(alert.level, alert.description);
  if (facts.alerts.size() < (passing ? limits.max_alerts / 2 : limits.max_alerts)) {
    facts.alerts.push_back({in.stamp, in.from, false, false, alert.level, alert.description});
  }
  if (passing && half(in.from).passing_alert_events++ >= kMostPassingAlertEvents) return;
  emit(in.from, event, in.sink);
}

// After ChangeCipherSpec only a second ClientHello is readable: a TLS 1.3 client sends a ChangeCipherSpec for show
// before it knows the version, RFC 8446 §D.4.
bool TlsStream::State::is_plain_handshake(const Half& self, ByteView body) const {
  if (self.encrypted && !negotiation.tls13) {
    constexpr std::size_t kShortestHello = 42;
    if (negotiation.known || body.size() < kShortestHello || body[0] != 1) return false;
    const std::uint32_t length = (static_cast<std::uint32_t>(body[1]) << 16) | read_u16(body.data() + 2);
    return length + 4 == body.size();
  }
  return !self.joined_late || self.joiner.pending() != 0 || tls::looks_like_handshake(body);
}

void TlsStream::State::on_handshake_record(Input& in, const RecordHeader& header, ByteView body) {
  Half& self = half(in.from);
  if (!is_plain_handshake(self, body)) return on_encrypted_handshake(in, header.length, false);
  const bool continues = in.at != 0 && in.at < in.fresh;
  const std::uint64_t arrival = in.at == 0 || continues ? self.start_arrival : self.arrivals;
  self.joiner.on_record(body, in.frame_here(), arrival, header.version);
  tls::HandshakeMessage message;
  for (;;) {
    switch (self.joiner.next(limits.max_handshake_message, message)) {
      case tls::HandshakeJoiner::Next::message:
        on_handshake_message(in, message);
        break;
      case tls::HandshakeJoiner::Next::need_more:
        return;
      case tls::HandshakeJoiner::Next::not_a_message:
        return on_encrypted_handshake(in, self.joiner.rejected_size(), true);
      case tls::HandshakeJoiner::Next::too_large:
        emit(in.from, event_of(EventKind::limit_reached, self.joiner.rejected_size()), in.sink);
        break;
    }
  }
}

void TlsStream::State::on_handshake_message(Input& in, tls::HandshakeMessage& message) {
  message.from = in.from;
  message.stamp = in.stamp;
  const std::uint64_t segments = half(in.from).arrivals - message.first_arrival + 1;
  message.segments = static_cast<std::uint16_t>(std::min<std::uint64_t>(segments, UINT16_MAX));
  const TlsEvent event = tls::keep_handshake_message(message, limits, negotiation, facts);
  if (event.kind == EventKind::server_hello || event.kind == EventKind::hello_retry_request) on_hello_settled();
  emit(in.from, event, in.sink);
}

void TlsStream::State::on_hello_settled() {
  if (!negotiation.known) return;
  lengths = tls::protected_lengths(negotiation.version, negotiation.cipher_suite, negotiation.encrypt_then_mac);
  if (!negotiation.tls13) return;
  for (Half& each : halves) each.encrypted = false;
  if (!facts.server_hello || flight_started) return;
  flight_started = true;
  // A HelloRetryRequest ends early data, RFC 8446 §4.2.10.
  const bool early_data = facts.client_hello && facts.client_hello->hello.early_data && !facts.hello_retry_request;
  // Nor is it accepted without the key that it was encrypted with, §4.2.10; then some may still be under way.
  const bool resumed = facts.server_hello->hello.selected_identity.has_value();
  flight.start(lengths, early_data, resumed);
}

// `guess`: the record should have been readable, but holds no handshake message.
void TlsStream::State::on_encrypted_handshake(Input& in, std::uint32_t size, bool guess) {
  const std::size_t side = index(in.from);
  TlsEvent event = event_of(EventKind::encrypted_handshake, size);
  if (guess) {
    event.note = TlsEvent::Note::malformed_message;
    facts.malformed = true;
  } else if (facts.change_cipher_spec[side]) {
    if (!facts.protected_handshake[side] && tls::may_be_finished(lengths, size)) {
      event.likely = TlsEvent::Likely::finished;
    }
    facts.protected_handshake[side] = true;
    if (facts.protected_handshake[0] && facts.protected_handshake[1]) establish(in.stamp);
  }
  emit(in.from, event, in.sink);
}

bool TlsStream::State::is_early_data(Direction from) const {
  return !facts.server_hello && facts.client == from && facts.client_hello && facts.client_hello->hello.early_data;
}

bool TlsStream::State::wants_last_byte(Direction from, std::uint16_t length) const {
  const Half& self = half(from);
  if (is_early_data(from)) return !self.early_data_event;
  if (!negotiation.tls13) return !self.application_event;
  if (length == flight.alert_length()) return true;  // may turn out to be the last of its direction
  if (!flight.complete()) return self.encrypted_events < kMostEncryptedEvents;
  return !self.application_event;
}

void TlsStream::State::on_protected_record(Direction from, std::uint16_t length, const PacketStamp& stamp,
                                           TlsSink& sink) {
  Half& self = half(from);
  ++facts.protected_records[index(from)];
  self.last_type = static_cast<std::uint8_t>(ContentType::application_data);
  self.last_length = length;
  self.last_stamp = stamp;
  if (is_early_data(from)) {
    facts.early_data_records = true;
    if (!self.early_data_event) emit(from, event_of(EventKind::application_data, length), sink);
    self.early_data_event = true;
  } else if (negotiation.tls13 && flight_started) {
    on_tls13_record(from, length, stamp, sink);
  } else {
    on_application_data(from, length, stamp, sink);
  }
}

void TlsStream::State::on_tls13_record(Direction from, std::uint16_t length, const PacketStamp& stamp, TlsSink& sink) {
  using Place = tls::Tls13Flight::Place;
  Half& self = half(from);
  const tls::Tls13Flight::Reading reading = flight.on_record(facts.client == from, length);
  if (flight.complete()) establish(stamp);
  // No handshake has so many records: one side of the connection was not captured, or data flows unrecognised.
  const bool overrun = reading.place == Place::handshake && self.encrypted_events >= kMostEncryptedEvents;
  if (reading.place == Place::application || overrun) return on_application_data(from, length, stamp, sink);
  std::uint32_t& events = reading.place == Place::alert ? self.alert_sized_events : self.encrypted_events;
  const std::uint32_t most = reading.place == Place::alert ? kMostAlertSizedEvents : kMostEncryptedEvents;
  if (events >= most) return;
  ++events;
  TlsEvent event = event_of(EventKind::encrypted_record, length);
  event.likely = reading.likely;
  if (reading.likely == TlsEvent::Likely::end_of_early_data) facts.end_of_early_data = true;
  emit(from, event, sink);
}

// Whether records of type 23 may be those of a TLS 1.3 handshake whose ServerHello is missing.
bool TlsStream::State::may_hide_handshake() const {
  if (flight_started || (negotiation.known && !negotiation.tls13)) return false;
  // Only before TLS 1.3 can these be read, or come behind a ChangeCipherSpec.
  const bool older = facts.chains[0].seen || facts.chains[1].seen || facts.server_key_exchange ||
                     facts.server_hello_done || facts.client_key_exchange || facts.protected_handshake[0] ||
                     facts.protected_handshake[1];
  if (older) return false;
  if (!facts.client_hello) return true;
  const auto& offered = facts.client_hello->hello.supported_versions;
  return std::any_of(offered.begin(), offered.end(), tls::is_tls13_family);
}

// True once both sides' records are more than a handshake can hold.
bool TlsStream::State::is_beyond_handshake(Direction from, std::uint16_t length) {
  data_bytes[index(from)] += length;
  if (length > kLongestAlertRecord13 && last_speaker != from) {
    last_speaker = from;
    ++turns;
  }
  const bool bulk = data_bytes[0] > kMoreBytesThanAHandshake || data_bytes[1] > kMoreBytesThanAHandshake;
  return turns >= kMoreTurnsThanAHandshake || (turns >= 2 && bulk);
}

void TlsStream::State::on_application_data(Direction from, std::uint16_t length, const PacketStamp& stamp,
                                           TlsSink& sink) {
  Half& self = half(from);
  if (!may_hide_handshake()) {
    facts.application_data[index(from)] = true;
  } else if (is_beyond_handshake(from, length)) {
    facts.application_data = {true, true};
  }
  // Data both ways cannot come before the handshake is over, whatever the capture missed of it.
  if (facts.application_data[0] && facts.application_data[1]) establish(stamp);
  if (self.application_event) return;
  self.application_event = true;
  emit(from, event_of(EventKind::application_data, length), sink);
}

void TlsStream::State::establish(const PacketStamp& stamp) {
  if (facts.established) return;
  facts.established = true;
  facts.established_at = stamp;
}

}  // namespace handlens
