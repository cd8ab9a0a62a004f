// One TCP connection's application bytes, both directions, up to the end of its TLS handshake and beyond by record
// headers only.
//
// What it is: a state machine that (1) recognises what is spoken before TLS (STARTTLS protocols, proxies), (2) finds
// the start of TLS by content on any port, (3) frames records and joins handshake messages across them, (4) hands
// each message to its dissector, keeps what the record needs in TlsFacts and reports every event to a TlsSink in
// the order in which it became readable. After the handshake it hops from record header to record header.
//
// Owns everything it keeps. reset() makes it ready for another connection without giving memory back.
// Threads: belongs to one shard. Memory: bounded by TlsLimits.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dissectors/byte_reader.h"
#include "dissectors/direction.h"
#include "dissectors/event_kind.h"
#include "dissectors/packet.h"
#include "dissectors/tls_messages.h"

namespace handlens {

struct TlsLimits {
  std::uint32_t max_handshake_message = 128 * 1024;    // joined across records; longer: limit_reached, passed over
  std::uint32_t max_plaintext_before_tls = 64 * 1024;  // per direction; beyond: not TLS
  std::uint32_t max_line = 1024;                       // one line of a text protocol before TLS
  std::uint32_t max_alerts = 16;                       // kept in the facts; all are events
  bool keep_certificate_der = false;
};

// One thing that became readable. POD; what it carries depends on kind.
struct TlsEvent {
  EventKind kind = EventKind::count_;
  std::uint32_t size = 0;        // handshake message body, or record length
  std::uint8_t alert_level = 0;  // alert
  std::uint8_t alert_code = 0;   // alert
  bool decode_failed = false;    // the message is malformed; what could be read was kept
  // What an unreadable record most probably is, by its length and place; none: no guess. (rules: lengths of tls 3.1)
  enum class Likely : std::uint8_t {
    none,
    finished,
    alert,
    close_notify,
    empty_certificate,
    certificate,
    new_session_ticket,
    end_of_early_data
  };
  Likely likely = Likely::none;
  enum class Note : std::uint8_t {
    none,
    sslv2_hello,
    malformed_record,
    malformed_message,
    resynchronised,
    record_too_long,
    undecided  // the direction ended with bytes too few to tell whether TLS began
  };
  Note note = Note::none;
};
[[nodiscard]] std::string_view to_text(TlsEvent::Likely likely);  // "empty-certificate"
[[nodiscard]] std::string_view to_text(TlsEvent::Note note);      // kebab-case

class TlsSink {
 public:
  virtual ~TlsSink() = default;
  virtual void on_tls_event(Direction from, const TlsEvent& event) = 0;
};

// Why TLS came later than the first byte.
enum class Prelude : std::uint8_t {
  none,
  smtp,
  lmtp,
  imap,
  pop3,
  ftp,
  nntp,
  irc,
  sieve,
  xmpp,
  ldap,
  postgres,
  mysql,  // STARTTLS
  http_connect,
  socks4,
  socks5,
  proxy_protocol,  // tunnels
  unknown_text,
  count_
};
[[nodiscard]] std::string_view to_text(Prelude prelude);  // "smtp", "connect", "socks5", "proxy-protocol", ...
[[nodiscard]] bool is_tunnel(Prelude prelude);            // connect, socks, proxy-protocol

// The first bytes of a direction, as they came.
class FirstBytes {
 public:
  static constexpr std::size_t kMost = 32;
  // Takes as many as there is room for.
  void append(ByteView bytes) {
    const std::size_t taken = std::min(bytes.size(), kMost - size_);
    std::copy_n(bytes.begin(), taken, bytes_.begin() + size_);
    size_ = static_cast<std::uint8_t>(size_ + taken);
  }
  [[nodiscard]] ByteView view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::array<std::uint8_t, kMost> bytes_{};
  std::uint8_t size_ = 0;
};

struct PlaintextFacts {
  Prelude protocol = Prelude::none;
  bool tls_requested = false;        // the client asked (STARTTLS, CONNECT, SSLRequest ...)
  std::optional<bool> tls_accepted;  // the server's answer, if seen
  std::string reply;                 // the server's answer in its own words, at most 80 raw bytes
  FirstBytes first_bytes[2];         // of each direction when they are not TLS
  std::string target;                // CONNECT / SOCKS: "host:port" as asked for, at most 255 raw bytes
};

struct TlsAlertFact {
  PacketStamp stamp;
  Direction from = Direction::forward;
  bool encrypted = false;
  bool inferred = false;             // TLS 1.3: an alert-sized record where an alert is the only likely thing
  std::uint8_t level = 0, code = 0;  // when not encrypted
};

// One hello with where it was seen.
template <class Hello>
struct SeenHello {
  PacketStamp stamp;  // completing packet
  std::uint64_t first_frame = 0;
  std::uint32_t size = 0;      // handshake body bytes, without the 4-byte header
  std::uint16_t segments = 0;  // TCP segments that carried it
  std::uint16_t records = 0;   // TLS records that carried it
  std::uint16_t record_version = 0;
  Hello hello;
};

struct TlsFacts {
  std::uint64_t start_frame = 0;    // first packet with a TLS byte
  std::optional<Direction> client;  // sender of the ClientHello, or peer of the ServerHello's sender
  std::unique_ptr<SeenHello<tls::ClientHello>> client_hello;         // the first
  std::unique_ptr<SeenHello<tls::ClientHello>> second_client_hello;  // after a HelloRetryRequest
  std::unique_ptr<SeenHello<tls::ServerHello>> hello_retry_request;
  std::unique_ptr<SeenHello<tls::ServerHello>> server_hello;
  struct Chain {
    PacketStamp stamp;
    bool seen = false;
    bool truncated = false;
    std::vector<tls::SharedCertificate> certificates;  // never null
  };
  std::array<Chain, 2> chains;  // by direction of the sender; seen with no entries: an empty Certificate
  std::optional<tls::CertificateRequest> certificate_request;
  std::optional<tls::CertificateStatus> certificate_status;
  std::optional<tls::ServerKeyExchange> server_key_exchange;
  std::optional<tls::ClientKeyExchange> client_key_exchange;
  std::optional<tls::CertificateVerify> certificate_verify;  // client's, TLS <= 1.2
  std::optional<tls::NewSessionTicket> new_session_ticket;   // TLS <= 1.2
  bool server_hello_done = false;
  std::array<bool, 2> change_cipher_spec{};  // by direction
  std::array<bool, 2>
      protected_handshake{};  // an unreadable handshake record after ChangeCipherSpec (Finished, TLS <= 1.2)
  std::array<bool, 2>
      application_data{};  // TLS <= 1.2: type 23; TLS 1.3: type 23 after the handshake is known complete; without a
                           // ServerHello, type 23 both ways and more than a handshake can hold
  std::array<std::uint64_t, 2> protected_records{};  // type-23 records
  std::array<std::uint64_t, 2> records{};
  std::vector<TlsAlertFact> alerts;
  // The handshake is known to be complete: <= 1.2 both sides sent CCS and a protected handshake record;
  // 1.3: the client's Finished-shaped record was seen after the server's flight, or application data both ways. That
  // the server accepted it shows only by what the server sends afterwards.
  bool established = false;
  PacketStamp established_at;
  // A record or a handshake message that had begun when its direction ended.
  struct Cut {
    bool seen = false;
    std::uint8_t record_type = 0;     // content type; 0: not even a header, or too few bytes to tell TLS from anything
    std::uint8_t handshake_type = 0;  // type 22: of the unfinished message, if its first byte is there
    std::uint32_t length = 0;         // bytes of the record or message as announced; 0: not known
    std::uint32_t received = 0;
  };
  std::array<Cut, 2> cut{};         // by direction
  bool early_data_records = false;  // type-23 records from the client before the ServerHello
  bool end_of_early_data =
      false;         // TLS 1.3: a record of that message's size where only it can stand: the server accepted
  bool gap = false;  // bytes were missing inside TLS, or before the first ones that were recognised
  bool malformed = false;
  PlaintextFacts plaintext;
};

class TlsStream {
 public:
  explicit TlsStream(const TlsLimits& limits);
  ~TlsStream();
  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;

  void reset();

  // In-order bytes of one direction. `window` begins at the first byte not yet consumed and holds all that is
  // available; `fresh` is the offset in `window` of the first byte that arrived with this packet (a TCP segment starts
  // there). `stamp` is the packet whose arrival made the last byte of `window` readable; `window_first_frame` the
  // packet that carried window[0]. Returns how many bytes are consumed. It may be MORE than window.size(): the rest is
  // skipped by the caller as it arrives, without being delivered (bodies of application-data records). 0: "show me more
  // later".
  [[nodiscard]] std::uint64_t on_bytes(Direction from, ByteView window, std::size_t fresh,
                                       std::uint64_t window_first_frame, const PacketStamp& stamp, TlsSink& sink);
  // `bytes` bytes of one direction are missing for good, starting at the first byte not yet consumed (and what was
  // unconsumed before them is void). Called only outside a region that is being skipped.
  void on_gap(Direction from, std::uint64_t bytes, const PacketStamp& stamp, TlsSink& sink);
  // The direction ends (FIN, RST, end of input); `unconsumed` bytes were never enough. Reports a cut record if any.
  void on_end(Direction from, ByteView unconsumed, const PacketStamp& stamp, TlsSink& sink);

  // TLS was recognised in at least one direction.
  [[nodiscard]] bool is_tls() const;
  // Nothing more will ever be wanted from this direction: it is not TLS, or a limit was met. The caller stops
  // reassembling it.
  [[nodiscard]] bool is_done(Direction from) const;

  [[nodiscard]] const TlsFacts& facts() const;
  // Bytes of unfinished messages.
  [[nodiscard]] std::size_t held_bytes() const;
  [[nodiscard]] TlsFacts take_facts();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace handlens
