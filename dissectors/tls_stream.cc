#include "dissectors/tls_stream.h"

#include <algorithm>
#include <utility>

#include "dissectors/tls_dissect.h"
#include "dissectors/tls_stream_state.h"

namespace handlens {
namespace {

using tls::Verdict;

constexpr std::uint64_t kMostScannedBytes = 1024 * 1024;  // for a record after a gap

}  // namespace

std::string_view to_text(TlsEvent::Likely likely) {
  switch (likely) {
    case TlsEvent::Likely::none:
      return "none";
    case TlsEvent::Likely::finished:
      return "finished";
    case TlsEvent::Likely::alert:
      return "alert";
    case TlsEvent::Likely::close_notify:
      return "close-notify";
    case TlsEvent::Likely::empty_certificate:
      return "empty-certificate";
    case TlsEvent::Likely::certificate:
      return "certificate";
    case TlsEvent::Likely::new_session_ticket:
      return "new-session-ticket";
    case TlsEvent::Likely::end_of_early_data:
      return "end-of-early-data";
  }
  return "unknown";
}

std::string_view to_text(TlsEvent::Note note) {
  switch (note) {
    case TlsEvent::Note::none:
      return "none";
    case TlsEvent::Note::sslv2_hello:
      return "sslv2-hello";
    case TlsEvent::Note::malformed_record:
      return "malformed-record";
    case TlsEvent::Note::malformed_message:
      return "malformed-message";
    case TlsEvent::Note::resynchronised:
      return "resynchronised";
    case TlsEvent::Note::record_too_long:
      return "record-too-long";
    case TlsEvent::Note::undecided:
      return "undecided";
  }
  return "unknown";
}

TlsStream::TlsStream(const TlsLimits& limits) : state_(std::make_unique<State>(limits)) {}
TlsStream::~TlsStream() = default;
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;

void TlsStream::reset() { state_->reset(); }

std::uint64_t TlsStream::on_bytes(Direction from, ByteView window, std::size_t fresh, std::uint64_t window_first_frame,
                                  const PacketStamp& stamp, TlsSink& sink) {
  State::Input in{from, window, std::min(fresh, window.size()), window_first_frame, stamp, sink};
  state_->run(in);
  return in.at;
}

bool TlsStream::is_tls() const { return state_->is_tls(Direction::forward) || state_->is_tls(Direction::reverse); }

bool TlsStream::is_done(Direction from) const {
  return state_->half(from).phase == State::Phase::stopped || state_->is_over_plaintext_limit(from);
}

std::size_t TlsStream::held_bytes() const {
  return state_->half(Direction::forward).joiner.pending() + state_->half(Direction::reverse).joiner.pending();
}
const TlsFacts& TlsStream::facts() const { return state_->facts; }

TlsFacts TlsStream::take_facts() { return std::exchange(state_->facts, TlsFacts{}); }

void TlsStream::State::reset() {
  facts = TlsFacts{};
  for (Half& each : halves) {
    tls::HandshakeJoiner joiner = std::move(each.joiner);  // keeps its buffer
    joiner.clear();
    each = Half{};
    each.joiner = std::move(joiner);
  }
  prelude.reset();
  negotiation = {};
  lengths = {};
  flight = {};
  flight_started = false;
  last_speaker.reset();
  turns = 0;
  data_bytes = {};
  after_prelude = false;
}

bool TlsStream::State::is_over_plaintext_limit(Direction d) const {
  return half(d).phase == Phase::plaintext && half(d).plaintext_bytes > limits.max_plaintext_before_tls;
}

void TlsStream::State::emit(Direction from, TlsEvent event, TlsSink& sink) {
  Half& self = half(from);
  if (self.note_resync && event.note == TlsEvent::Note::none) event.note = TlsEvent::Note::resynchronised;
  self.note_resync = false;
  if (event.kind != EventKind::encrypted_handshake) self.joined_late = false;
  sink.on_tls_event(from, event);
}

void TlsStream::State::stop(Direction from, const TlsEvent& event, TlsSink& sink) {
  half(from).phase = Phase::stopped;
  half(from).joiner.clear();
  emit(from, event, sink);
}

void TlsStream::State::run(Input& in) {
  Half& self = half(in.from);
  const std::uint64_t end = self.position + in.window.size();
  if (end > self.delivered) {
    ++self.arrivals;
    self.delivered = end;
    if (in.fresh == 0) self.start_arrival = self.arrivals;
  }
  bool more = true;
  while (more && in.at < in.window.size()) {
    switch (self.phase) {
      case Phase::start:
        more = decide_start(in);
        break;
      case Phase::plaintext:
        more = read_plaintext(in);
        break;
      case Phase::records:
        more = read_records(in);
        break;
      case Phase::resync:
        more = resynchronise(in);
        break;
      case Phase::stopped:
        in.at = in.window.size();
        break;
    }
  }
  // What stays behind began in this call, unless it begins with bytes of an earlier one.
  if (in.at != 0 && in.at >= in.fresh) self.start_arrival = self.arrivals;
  self.position += in.at;
}

bool TlsStream::State::decide_start(Input& in) {
  Half& self = half(in.from);
  const bool other_is_tls = is_tls(opposite(in.from));
  const ByteView bytes = in.rest();
  const Verdict sslv2 = tls::starts_sslv2_hello(bytes);
  if (sslv2 == Verdict::yes) {
    if (bytes.size() < 2U + (read_u16(bytes.data()) & 0x7fffU)) return false;
    read_sslv2_hello(in);
    return true;
  }
  const Verdict hello = tls::starts_hello(bytes);
  const Verdict alert = tls::starts_alert(bytes);
  if (hello == Verdict::yes || alert == Verdict::yes) {
    enter_records(in, false);
    return true;
  }
  // A hello cut into tiny pieces must not be taken for the middle of a stream: these answers come first.
  if (sslv2 == Verdict::wait || hello == Verdict::wait || alert == Verdict::wait) return false;
  const Verdict record = other_is_tls ? tls::starts_record(bytes) : tls::starts_midstream(bytes);
  if (record == Verdict::wait) return false;
  if (record == Verdict::yes) {
    enter_records(in, true);
  } else if (other_is_tls && (self.lost_start || half(opposite(in.from)).joined_late)) {
    // The capture began, or lost something, in the middle of a record.
    self.phase = Phase::resync;
    self.had_gap = true;
  } else {
    self.phase = Phase::plaintext;
    self.boundary = true;
  }
  return true;
}

void TlsStream::State::enter_records(Input& in, bool joined_late) {
  Half& self = half(in.from);
  if (facts.start_frame == 0) facts.start_frame = in.frame_here();
  if (self.plaintext_bytes != 0 && !is_tls(opposite(in.from))) after_prelude = true;
  PlaintextFacts& plain = facts.plaintext;
  // Some servers agree by simply starting TLS.
  const bool by_server = facts.client ? *facts.client != in.from : is_tls(opposite(in.from));
  if (plain.tls_requested && !plain.tls_accepted && by_server) plain.tls_accepted = true;
  self.phase = Phase::records;
  self.is_tls = true;
  self.joined_late = joined_late;
  if (self.lost_start && joined_late) facts.gap = true;
}

void TlsStream::State::read_sslv2_hello(Input& in) {
  const std::size_t size = 2U + (read_u16(in.rest().data()) & 0x7fffU);
  ParseError error;
  auto seen = std::make_unique<SeenHello<tls::ClientHello>>();
  seen->hello = tls::dissect_sslv2_client_hello(in.rest().first(size), error);
  seen->stamp = in.stamp;
  seen->first_frame = in.frame_here();
  seen->size = static_cast<std::uint32_t>(size - 2);
  const Half& self = half(in.from);
  const std::uint64_t started = in.at < in.fresh || in.at == 0 ? self.start_arrival : self.arrivals;
  seen->segments = static_cast<std::uint16_t>(std::min<std::uint64_t>(self.arrivals - started + 1, UINT16_MAX));
  seen->records = 1;
  seen->record_version = seen->hello.legacy_version;
  TlsEvent event;
  event.kind = EventKind::client_hello;
  event.size = seen->size;
  event.note = TlsEvent::Note::sslv2_hello;
  event.decode_failed = error.failed();
  if (error.failed()) facts.malformed = true;
  enter_records(in, false);
  if (!facts.client) facts.client = in.from;
  if (!facts.client_hello) facts.client_hello = std::move(seen);
  ++facts.records[index(in.from)];
  in.at += size;
  emit(in.from, event, in.sink);
}

// TLS after plain text: a hello anywhere; once the other side has switched, any record.
Verdict TlsStream::State::tls_begins(Direction from, ByteView bytes) const {
  const Verdict hello = tls::starts_hello(bytes);
  if (hello != Verdict::no) return hello;
  if (after_prelude && is_tls(opposite(from))) return tls::starts_record(bytes);
  return half(from).lost_start ? tls::starts_midstream(bytes) : Verdict::no;
}

bool TlsStream::State::read_plaintext(Input& in) {
  Half& self = half(in.from);
  const auto at = static_cast<std::size_t>(in.at);
  const bool here = self.boundary || at != 0 || in.fresh == 0;
  const Verdict begins = here ? tls_begins(in.from, in.rest()) : Verdict::no;
  if (begins == Verdict::wait) return false;
  if (begins == Verdict::yes) {
    enter_records(in, tls::starts_hello(in.rest()) != Verdict::yes);
    return true;
  }
  // A segment that begins with a hello ends whatever was being said, even an unfinished line.
  if (in.fresh > at) {
    const Verdict later = tls_begins(in.from, in.window.subspan(in.fresh));
    if (in.fresh < in.window.size() && later == Verdict::yes) {
      take_plaintext(in, in.fresh - at);
      return true;
    }
  }
  return read_prelude_unit(in);
}

bool TlsStream::State::read_prelude_unit(Input& in) {
  const Direction other = opposite(in.from);
  // An answer to a ClientHello that is not TLS is no prelude to anything.
  if (is_tls(other) && !after_prelude) {
    take_plaintext(in, in.rest().size());
    return true;
  }
  const tls::PreludeReader::Step step = prelude.next(in.from, in.rest());
  half(in.from).boundary = true;
  if (step.consumed == 0) return false;
  take_plaintext(in, step.consumed);
  if (step.signal != tls::Signal::none) {
    TlsEvent event;
    event.kind = is_tunnel(facts.plaintext.protocol) ? EventKind::proxy_connect : EventKind::starttls;
    event.size = static_cast<std::uint32_t>(step.consumed);
    emit(in.from, event, in.sink);
  }
  return true;
}

void TlsStream::State::take_plaintext(Input& in, std::size_t bytes) {
  Half& self = half(in.from);
  const ByteView taken = in.rest().first(bytes);
  if (!self.plaintext_seen) {
    TlsEvent event;
    event.kind = EventKind::plaintext;
    event.size = static_cast<std::uint32_t>(bytes);
    if (tls::looks_like_sslv2_server_hello(taken)) event.note = TlsEvent::Note::sslv2_hello;
    emit(in.from, event, in.sink);
  }
  self.plaintext_seen = true;
  facts.plaintext.first_bytes[index(in.from)].append(taken);
  if (facts.plaintext.protocol == Prelude::none && !is_tls(opposite(in.from))) {
    facts.plaintext.protocol = Prelude::unknown_text;
  }
  self.plaintext_bytes += bytes;
  self.boundary = true;
  in.at += bytes;
}

bool TlsStream::State::resynchronise(Input& in) {
  Half& self = half(in.from);
  const tls::Resync found = tls::find_record(in.rest());
  in.at += found.discard;
  self.scanned_bytes += found.discard;
  if (found.found) {
    if (facts.start_frame == 0) facts.start_frame = in.frame_here();
    if (self.lost_start) facts.gap = true;
    self.phase = Phase::records;
    self.is_tls = true;
    self.joined_late = true;
    self.note_resync = true;
    return true;
  }
  if (self.scanned_bytes > kMostScannedBytes) self.phase = Phase::stopped;
  return self.phase == Phase::stopped;
}

void TlsStream::on_gap(Direction from, std::uint64_t bytes, const PacketStamp& stamp, TlsSink& sink) {
  State::Half& self = state_->half(from);
  self.position += bytes;
  self.delivered = self.position;
  self.start_arrival = self.arrivals + 1;
  self.boundary = true;
  switch (self.phase) {
    case State::Phase::start:
    case State::Phase::plaintext:
      self.lost_start = true;
      if (self.phase == State::Phase::start && state_->is_tls(opposite(from))) state_->facts.gap = true;
      break;
    case State::Phase::records: {
      state_->facts.gap = true;
      self.had_gap = true;
      self.joiner.clear();
      const bool only_the_last_byte = self.tail_pending && bytes == 1;
      if (self.tail_pending) {
        self.tail_pending = false;
        state_->on_protected_record(from, self.tail_length, stamp, sink);
      }
      if (!only_the_last_byte) self.phase = State::Phase::resync;
      break;
    }
    case State::Phase::resync:
      state_->facts.gap = true;
      break;
    case State::Phase::stopped:
      break;
  }
}

void TlsStream::State::note_cut(Direction from, ByteView unconsumed) {
  Half& self = half(from);
  TlsFacts::Cut& cut = facts.cut[index(from)];
  if (self.tail_pending) {
    cut = {true, static_cast<std::uint8_t>(tls::ContentType::application_data), 0, self.tail_length,
           self.tail_length - 1U};
  } else if (!unconsumed.empty()) {
    cut = {true, 0, 0, 0, static_cast<std::uint32_t>(unconsumed.size())};
    if (unconsumed.size() < tls::kRecordHeaderSize) return;
    const tls::RecordHeader header = tls::read_record_header(unconsumed);
    cut.record_type = header.type;
    cut.length = header.length;
    cut.received -= static_cast<std::uint32_t>(tls::kRecordHeaderSize);
    if (!header.is(tls::ContentType::handshake) || self.encrypted) return;
    if (self.joiner.pending() != 0) {
      cut.handshake_type = self.joiner.pending_type();
    } else if (unconsumed.size() > tls::kRecordHeaderSize) {
      cut.handshake_type = unconsumed[tls::kRecordHeaderSize];
    }
  } else if (self.joiner.pending() != 0) {
    cut = {true, static_cast<std::uint8_t>(tls::ContentType::handshake), self.joiner.pending_type(), 0,
           static_cast<std::uint32_t>(self.joiner.pending())};
  }
}

void TlsStream::State::take_undecided(Direction from, ByteView bytes, TlsSink& sink) {
  TlsFacts::Cut& cut = facts.cut[index(from)];
  cut.seen = true;
  cut.received = static_cast<std::uint32_t>(bytes.size());
  facts.plaintext.first_bytes[index(from)].append(bytes);
  TlsEvent event;
  event.kind = EventKind::plaintext;
  event.size = cut.received;
  event.note = TlsEvent::Note::undecided;
  emit(from, event, sink);
}

void TlsStream::on_end(Direction from, ByteView unconsumed, const PacketStamp& stamp, TlsSink& sink) {
  State::Half& self = state_->half(from);
  if (self.phase == State::Phase::start && !unconsumed.empty()) {
    // All that came may be the beginning of TLS, or of anything else.
    state_->take_undecided(from, unconsumed, sink);
  } else if (self.phase == State::Phase::plaintext && !unconsumed.empty()) {
    State::Input in{from, unconsumed, 0, stamp.number, stamp, sink};
    state_->take_plaintext(in, unconsumed.size());
  }
  if (self.phase == State::Phase::records) {
    state_->note_cut(from, unconsumed);
    // TLS 1.3 hides alerts among data; the last record of a direction, of an alert's size, is one (RFC 8446 §6.1).
    const bool alert_sized = state_->negotiation.tls13 && self.last_type == 23 &&
                             self.last_length == state_->flight.alert_length() && self.last_length != 0;
    if (alert_sized && !state_->facts.cut[index(from)].seen &&
        state_->facts.alerts.size() < state_->limits.max_alerts) {
      state_->facts.alerts.push_back({self.last_stamp, from, true, true, 0, 0});
    }
  }
  self.phase = State::Phase::stopped;
}

}  // namespace handlens
