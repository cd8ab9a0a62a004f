// What it is: what stands before TLS on a connection: mail, chat, directory and database protocols that switch to TLS
//   on request (STARTTLS), and tunnels whose first words are for a proxy.
// On the wire: lines that end in LF, XML tags, or short length-framed messages; kTextProtocols and kBinaryProtocols
//   (tls_prelude_text.cc, tls_prelude_binary.cc) list who is known.
// Recognise it by: the client's commands, the server's greeting, the first bytes of a direction.
// We keep: which protocol, whether TLS was asked for, whether and in which words the server agreed, the target
//   of a tunnel.
// We ignore and why: everything else that is said, and protocols that wrap TLS in their own packets (TDS). A TLS hello
//   at the start of a segment is found by TlsStream whether or not the protocol is known.
// Limits: a line or message longer than TlsLimits::max_line is not understood any more: the direction is then
//   swallowed as it comes. After kMostUnits lines without a known protocol nobody looks further. Where both
//   sides that spoke began as HTTP only a CONNECT is looked for.
// RFC sections: RFC 3207 (SMTP), 2033 (LMTP), 2595 (IMAP, POP3), 4217 (FTP), 4642 (NNTP), 5804 (Sieve), 6120 §5 (XMPP),
//   4511 §4.14 (LDAP), 9110 §9.3.6 (CONNECT), 1928 (SOCKS5); PostgreSQL, MySQL, SOCKS4 and PROXY: their own documents.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dissectors/byte_reader.h"
#include "dissectors/direction.h"
#include "dissectors/tls_stream.h"

namespace handlens::tls {

// What one line or message means for the switch to TLS.
enum class Signal : std::uint8_t { none, asked, accepted, refused };

// What the recognisers share about one connection.
struct PreludeMemory {
  PlaintextFacts& facts;                   // the stream's
  std::optional<Direction> client{};       // who asks
  Direction speaker = Direction::forward;  // of the line being read
  std::array<std::string, 2> greeting{};   // first line of each direction, at most 80 bytes
  std::array<std::uint32_t, 2> units{};    // lines or messages so far, by direction
  std::array<bool, 2> lost{};              // framing lost: swallow
  std::array<bool, 2> spoke{};             // said something that is no PROXY header
  std::array<bool, 2> http{};              // began as HTTP/1 does
  std::string tag{};                       // IMAP: of the STARTTLS command
  bool waiting = false;                    // asked, no answer yet
  bool in_body = false;                    // the client's lines are a mail or an article, up to a line of one dot
  std::uint64_t body_left = 0;             // bytes of a mail that the client announced (BDAT, RFC 3030 §2)
};

// One unit at the start of some bytes. size 0: the bytes are not this protocol's, or (wait) too few.
struct PreludeUnit {
  std::size_t size = 0;
  Signal signal = Signal::none;
  bool wait = false;
};

// A protocol of lines. `client` recognises its own commands also when no protocol is known yet (`known` false) and says
// whether the line belongs to it; `server` reads answers once the protocol is known.
struct TextProtocol {
  Prelude id;
  bool (*greets)(std::string_view line);  // a server's first line that no other protocol uses
  bool (*client)(std::string_view line, bool known, PreludeMemory& memory, Signal& signal);
  Signal (*server)(std::string_view line, PreludeMemory& memory);
};

// A protocol of messages. `begins` looks at the first bytes of the side that speaks first; `unit` reads one message of
// either side.
struct BinaryProtocol {
  Prelude id;
  bool server_first;
  PreludeUnit (*begins)(ByteView bytes);  // size != 0: yes; wait; else no
  PreludeUnit (*unit)(bool from_client, ByteView bytes, PreludeMemory& memory);
};

[[nodiscard]] const TextProtocol* find_text_protocol(Prelude id);
[[nodiscard]] std::span<const TextProtocol> text_protocols();
[[nodiscard]] const BinaryProtocol* find_binary_protocol(Prelude id);
[[nodiscard]] std::span<const BinaryProtocol> binary_protocols();

// Reads the bytes before TLS, unit by unit. Owns its memory; belongs to one TlsStream.
class PreludeReader {
 public:
  // `facts` must outlive the reader; the reader fills it and never clears it.
  PreludeReader(PlaintextFacts& facts, std::uint32_t max_line) : memory_{.facts = facts}, max_line_(max_line) {}
  void reset();

  struct Step {
    std::size_t consumed = 0;  // 0: wait for more
    Signal signal = Signal::none;
  };
  // `bytes` starts where the last unit of this direction ended. REQUIRES: not empty.
  [[nodiscard]] Step next(Direction from, ByteView bytes);

 private:
  [[nodiscard]] bool is_body_line(Direction from, std::string_view line);
  [[nodiscard]] Step next_unit(Direction from, ByteView bytes);
  [[nodiscard]] std::optional<Step> next_binary(Direction from, ByteView bytes);
  [[nodiscard]] Step next_line(Direction from, ByteView bytes);
  [[nodiscard]] Signal on_line(Direction from, std::string_view line);
  [[nodiscard]] Step swallow(Direction from, ByteView bytes);
  void note_signal(Signal signal);

  PreludeMemory memory_;
  std::uint32_t max_line_;
};

}  // namespace handlens::tls
