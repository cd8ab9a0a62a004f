#include "dissectors/tls_prelude.h"

#include <algorithm>

namespace handlens {

std::string_view to_text(Prelude prelude) {
  switch (prelude) {
    case Prelude::none:
      return "none";
    case Prelude::smtp:
      return "smtp";
    case Prelude::lmtp:
      return "lmtp";
    case Prelude::imap:
      return "imap";
    case Prelude::pop3:
      return "pop3";
    case Prelude::ftp:
      return "ftp";
    case Prelude::nntp:
      return "nntp";
    case Prelude::irc:
      return "irc";
    case Prelude::sieve:
      return "sieve";
    case Prelude::xmpp:
      return "xmpp";
    case Prelude::ldap:
      return "ldap";
    case Prelude::postgres:
      return "postgres";
    case Prelude::mysql:
      return "mysql";
    case Prelude::http_connect:
      return "connect";
    case Prelude::socks4:
      return "socks4";
    case Prelude::socks5:
      return "socks5";
    case Prelude::proxy_protocol:
      return "proxy-protocol";
    case Prelude::unknown_text:
      return "unknown-text";
    case Prelude::count_:
      break;
  }
  return "unknown";
}

bool is_tunnel(Prelude prelude) {
  return prelude == Prelude::http_connect || prelude == Prelude::socks4 || prelude == Prelude::socks5 ||
         prelude == Prelude::proxy_protocol;
}

}  // namespace handlens

namespace handlens::tls {
namespace {

constexpr std::uint32_t kMostUnits = 64;
constexpr std::size_t kGreetingBytes = 80;

bool is_unidentified(Prelude id) {
  // A PROXY header says nothing of what it carries.
  return id == Prelude::none || id == Prelude::unknown_text || id == Prelude::proxy_protocol;
}

// One greeting, three protocols: the client's words decide (RFC 5321 §4.2, RFC 2033 §4.1, RFC 959 §5.4).
bool shares_greeting(Prelude a, Prelude b) {
  const auto in = [](Prelude p) { return p == Prelude::smtp || p == Prelude::lmtp || p == Prelude::ftp; };
  return in(a) && in(b);
}

// A request or status line (RFC 9112 §3, §4).
bool begins_http(std::string_view line) {
  return line.starts_with("HTTP/1.") || line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0");
}

bool is_text_byte(std::uint8_t byte) { return byte >= 0x20 || byte == '\t' || byte == '\r' || byte == '\n'; }

// Text as the recognisers see it: the bytes themselves.
std::string_view as_text(ByteView bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): characters are bytes
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void PreludeReader::reset() {
  memory_.client.reset();
  memory_.speaker = Direction::forward;
  for (std::string& line : memory_.greeting) line.clear();
  memory_.units = {};
  memory_.lost = {};
  memory_.spoke = {};
  memory_.http = {};
  memory_.tag.clear();
  memory_.waiting = false;
  memory_.in_body = false;
  memory_.body_left = 0;
}

PreludeReader::Step PreludeReader::next(Direction from, ByteView bytes) {
  if (memory_.lost[index(from)]) return {bytes.size(), Signal::none};
  if (memory_.body_left > 0 && memory_.client == from) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(memory_.body_left, bytes.size()));
    memory_.body_left -= taken;
    return {taken, Signal::none};
  }
  const Step step = next_unit(from, bytes);
  note_signal(step.signal);
  if (step.consumed != 0 && memory_.facts.protocol != Prelude::proxy_protocol) memory_.spoke[index(from)] = true;
  return step;
}

PreludeReader::Step PreludeReader::next_unit(Direction from, ByteView bytes) {
  if (const std::optional<Step> binary = next_binary(from, bytes)) return *binary;
  return is_text_byte(bytes[0]) ? next_line(from, bytes) : swallow(from, bytes);
}

void PreludeReader::note_signal(Signal signal) {
  if (signal == Signal::asked) {
    memory_.facts.tls_requested = true;
    memory_.waiting = true;
  } else if (signal != Signal::none) {
    memory_.facts.tls_accepted = signal == Signal::accepted;
    memory_.waiting = false;
  }
}

PreludeReader::Step PreludeReader::swallow(Direction from, ByteView bytes) {
  memory_.lost[index(from)] = true;
  if (memory_.facts.protocol == Prelude::none) memory_.facts.protocol = Prelude::unknown_text;
  return {bytes.size(), Signal::none};
}

std::optional<PreludeReader::Step> PreludeReader::next_binary(Direction from, ByteView bytes) {
  const std::size_t side = index(from);
  Prelude& protocol = memory_.facts.protocol;
  // Each of them is begun by one side: an answer that looks like a beginning is of another protocol (TDS like SOCKS4).
  if (is_unidentified(protocol) && memory_.units[side] == 0 && !memory_.spoke[index(opposite(from))]) {
    for (const BinaryProtocol& row : binary_protocols()) {
      const PreludeUnit first = row.begins(bytes);
      if (first.wait && bytes.size() < max_line_) return Step{};
      if (first.size == 0) continue;
      protocol = row.id;
      memory_.client = row.server_first ? opposite(from) : from;
      break;
    }
  }
  const BinaryProtocol* row = find_binary_protocol(protocol);
  // A PROXY header is read once; what follows in either direction is another protocol.
  if (row == nullptr || (protocol == Prelude::proxy_protocol && row->begins(bytes).size == 0)) return std::nullopt;
  const PreludeUnit unit = row->unit(memory_.client == from, bytes, memory_);
  if (unit.wait && bytes.size() < max_line_) return Step{};
  if (unit.size == 0 || unit.size > bytes.size()) return swallow(from, bytes);
  if (protocol != Prelude::proxy_protocol) ++memory_.units[side];
  return Step{unit.size, unit.signal};
}

PreludeReader::Step PreludeReader::next_line(Direction from, ByteView bytes) {
  // XML has tags instead of lines (RFC 6120 §4).
  const bool xml = bytes[0] == '<' || memory_.facts.protocol == Prelude::xmpp;
  const std::size_t end = as_text(bytes).find(xml ? '>' : '\n');
  if (end == std::string_view::npos) return bytes.size() < max_line_ ? Step{} : swallow(from, bytes);
  const std::size_t size = end + 1;
  if (size > max_line_) return swallow(from, bytes);
  std::size_t length = xml ? size : size - 1;
  while (length > 0 && (bytes[length - 1] == '\r' || bytes[length - 1] == '\n')) --length;
  const Signal signal = on_line(from, as_text(bytes.first(length)));
  return {size, signal};
}

// RFC 5321 §4.1.1.4, RFC 3977 §3.1.1: what is written in a mail or an article asks for nothing.
bool PreludeReader::is_body_line(Direction from, std::string_view line) {
  if (!memory_.in_body || memory_.client != from) return false;
  if (line == ".") memory_.in_body = false;
  return true;
}

Signal PreludeReader::on_line(Direction from, std::string_view line) {
  const std::size_t side = index(from);
  Prelude& protocol = memory_.facts.protocol;
  Signal signal = Signal::none;
  memory_.speaker = from;
  const bool first = memory_.units[side]++ == 0;
  if (first) {
    memory_.greeting[side].assign(line.substr(0, kGreetingBytes));
    memory_.http[side] = begins_http(line);
  }
  // Who speaks HTTP to a mail server may go on in its own language.
  const std::size_t other = index(opposite(from));
  const bool http = memory_.http[side] && (memory_.units[other] == 0 || memory_.http[other]);
  // A server of a known protocol answers; its own words are not commands.
  const TextProtocol* known = find_text_protocol(protocol);
  if (known != nullptr && memory_.client && *memory_.client != from) return known->server(line, memory_);
  if (is_body_line(from, line)) return Signal::none;
  for (const TextProtocol& row : text_protocols()) {
    const bool same = row.id == protocol;
    if (!same && !is_unidentified(protocol) && !shares_greeting(protocol, row.id)) continue;
    if (!same && http && row.id != Prelude::http_connect) continue;
    if (!row.client(line, same, memory_, signal)) continue;
    protocol = row.id;
    memory_.client = from;
    if (row.id == Prelude::proxy_protocol) memory_.units[side] = 0;
    return signal;
  }
  if (!is_unidentified(protocol)) return signal;
  for (const TextProtocol& row : text_protocols()) {
    if (!first || !row.greets(line)) continue;
    protocol = row.id;
    memory_.client = opposite(from);
    return signal;
  }
  if (protocol == Prelude::none) protocol = Prelude::unknown_text;
  if (memory_.units[side] >= kMostUnits) memory_.lost[side] = true;
  return signal;
}

}  // namespace handlens::tls
