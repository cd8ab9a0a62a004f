// The inside of TlsStream: shared by tls_stream.cc (where TLS starts, plain text, ends and gaps) and
// tls_stream_records.cc (records, messages, encrypted phases). Nobody else includes this.
#pragma once

#include "dissectors/tls_handshake.h"
#include "dissectors/tls_likely.h"
#include "dissectors/tls_prelude.h"
#include "dissectors/tls_record.h"
#include "dissectors/tls_stream.h"

namespace handlens {

struct TlsStream::State {
  enum class Phase : std::uint8_t {
    start,      // nothing decided
    plaintext,  // not TLS so far; a hello at the start of a segment still changes that
    records,    // TLS
    resync,     // TLS, but where the next record begins is not known
    stopped,
  };

  // One direction.
  struct Half {
    Phase phase = Phase::start;
    bool is_tls = false;       // was in Phase::records once
    bool lost_start = false;   // a gap before anything was decided
    bool joined_late = false;  // began without a hello: the first handshake record may be encrypted or a fragment
    bool had_gap = false;
    bool note_resync = false;  // the next event says so
    bool encrypted = false;    // TLS <= 1.2: after ChangeCipherSpec
    bool boundary = false;     // window[0] of the next call is the start of a segment, or of a protocol unit
    bool plaintext_seen = false;
    bool application_event = false;
    bool early_data_event = false;
    bool tail_pending = false;  // the last byte of a type-23 record that will be an event
    std::uint16_t tail_length = 0;
    std::uint32_t encrypted_events = 0;
    std::uint32_t alert_sized_events = 0;
    std::uint32_t heartbeat_events = 0;
    std::uint32_t passing_alert_events = 0;
    std::uint32_t encrypted_alert_events = 0;
    std::uint64_t plaintext_bytes = 0;
    std::uint64_t scanned_bytes = 0;  // while resynchronising
    std::uint64_t position = 0;       // bytes consumed so far
    std::uint64_t delivered = 0;      // end of what was shown so far
    std::uint64_t arrivals = 0;       // calls that brought new bytes
    std::uint64_t start_arrival = 0;  // in which the first unconsumed byte came
    std::uint8_t last_type = 0;       // of the last whole record
    std::uint16_t last_length = 0;
    PacketStamp last_stamp;
    tls::HandshakeJoiner joiner;
  };

  // One call of on_bytes.
  struct Input {
    Direction from;
    ByteView window;
    std::size_t fresh;
    std::uint64_t window_first_frame;
    const PacketStamp& stamp;
    TlsSink& sink;
    std::uint64_t at = 0;  // consumed so far; may pass the end of the window

    [[nodiscard]] ByteView rest() const {
      return at >= window.size() ? ByteView{} : window.subspan(static_cast<std::size_t>(at));
    }
    // The packet that carried window[at], as far as the caller said.
    [[nodiscard]] std::uint64_t frame_here() const { return at == 0 || at < fresh ? window_first_frame : stamp.number; }
  };

  explicit State(const TlsLimits& given) : limits(given), prelude(facts.plaintext, given.max_line) {}
  State(const State&) = delete;  // prelude refers to facts
  State& operator=(const State&) = delete;
  ~State() = default;
  void reset();

  [[nodiscard]] Half& half(Direction d) { return halves[index(d)]; }
  [[nodiscard]] const Half& half(Direction d) const { return halves[index(d)]; }
  [[nodiscard]] bool is_tls(Direction d) const { return half(d).is_tls; }
  [[nodiscard]] bool is_over_plaintext_limit(Direction d) const;
  void emit(Direction from, TlsEvent event, TlsSink& sink);

  // tls_stream.cc. Each returns false when more bytes are needed; `in.at` is then how far it came.
  void run(Input& in);
  [[nodiscard]] bool decide_start(Input& in);
  [[nodiscard]] bool read_plaintext(Input& in);
  [[nodiscard]] bool read_prelude_unit(Input& in);
  [[nodiscard]] bool resynchronise(Input& in);
  [[nodiscard]] tls::Verdict tls_begins(Direction from, ByteView bytes) const;
  void enter_records(Input& in, bool joined_late);
  void take_plaintext(Input& in, std::size_t bytes);
  void take_undecided(Direction from, ByteView bytes, TlsSink& sink);
  void read_sslv2_hello(Input& in);
  void stop(Direction from, const TlsEvent& event, TlsSink& sink);
  void note_cut(Direction from, ByteView unconsumed);

  // tls_stream_records.cc
  [[nodiscard]] bool read_records(Input& in);
  void on_record(Input& in, const tls::RecordHeader& header, ByteView body);
  void on_handshake_record(Input& in, const tls::RecordHeader& header, ByteView body);
  void on_handshake_message(Input& in, tls::HandshakeMessage& message);
  void on_alert_record(Input& in, const tls::RecordHeader& header, ByteView body);
  void on_plain_alert(Input& in, ByteView body);
  void on_change_cipher_spec(Input& in, const tls::RecordHeader& header);
  void on_heartbeat(Input& in, const tls::RecordHeader& header);
  // Type 23: whether the record becomes an event, which is then due at its last byte.
  [[nodiscard]] bool wants_last_byte(Direction from, std::uint16_t length) const;
  void on_protected_record(Direction from, std::uint16_t length, const PacketStamp& stamp, TlsSink& sink);
  void on_tls13_record(Direction from, std::uint16_t length, const PacketStamp& stamp, TlsSink& sink);
  [[nodiscard]] bool may_hide_handshake() const;
  [[nodiscard]] bool is_beyond_handshake(Direction from, std::uint16_t length);
  void on_application_data(Direction from, std::uint16_t length, const PacketStamp& stamp, TlsSink& sink);
  void on_encrypted_handshake(Input& in, std::uint32_t size, bool guess);
  void on_hello_settled();
  void establish(const PacketStamp& stamp);
  [[nodiscard]] bool is_plain_handshake(const Half& half, ByteView body) const;
  [[nodiscard]] bool is_early_data(Direction from) const;

  TlsLimits limits;
  TlsFacts facts;
  std::array<Half, 2> halves;
  tls::PreludeReader prelude;
  tls::Negotiation negotiation;
  tls::ProtectedLengths lengths;
  tls::Tls13Flight flight;
  bool flight_started = false;
  // While nobody knows whether type-23 records are a handshake or data.
  std::optional<Direction> last_speaker;
  std::uint32_t turns = 0;
  std::array<std::uint64_t, 2> data_bytes{};
  bool after_prelude = false;  // TLS began after plain text in the direction that began first
};

}  // namespace handlens
