// The protocols of lines that come before TLS: one row each in kTextProtocols, one small recogniser for each side.
#include <algorithm>
#include <array>

#include "dissectors/tls_prelude.h"

namespace handlens::tls {
namespace {

constexpr std::size_t kReplyBytes = 80;
constexpr std::size_t kTargetBytes = 255;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `prefix` is upper-case and not empty; protocols of lines compare commands without case.
bool starts(std::string_view line, std::string_view prefix) {
  if (line.size() < prefix.size() || upper(line[0]) != prefix[0]) return false;  // nearly always
  return std::equal(prefix.begin(), prefix.end(), line.begin(), [](char p, char c) { return p == upper(c); });
}
// A whole command word: the end or a blank follows.
bool is_command(std::string_view line, std::string_view word) {
  return starts(line, word) && (line.size() == word.size() || line[word.size()] == ' ');
}
// A command that takes no arguments, as STARTTLS is everywhere: only blanks may follow.
bool is_bare(std::string_view line, std::string_view word) {
  return starts(line, word) && line.find_first_not_of(" \t", word.size()) == std::string_view::npos;
}
bool is_command_of(std::string_view line, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [line](std::string_view w) { return is_command(line, w); });
}
bool contains(std::string_view line, std::string_view part) {
  return std::search(line.begin(), line.end(), part.begin(), part.end(),
                     [](char c, char p) { return upper(c) == p; }) != line.end();
}
std::string_view word_at(std::string_view line, std::size_t n) {
  for (; n > 0; --n) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    line.remove_prefix(blank + 1);
  }
  return line.substr(0, line.find(' '));
}

bool never_greets(std::string_view) { return false; }

// The other side's first line, if it came before.
std::string_view server_greeting(const PreludeMemory& memory) {
  return memory.greeting[index(opposite(memory.speaker))];
}

Signal answer(std::string_view line, bool yes, PreludeMemory& memory) {
  memory.facts.reply.assign(line.substr(0, kReplyBytes));
  return yes ? Signal::accepted : Signal::refused;
}

// Servers that answer with three digits; "250-" announces more lines.
Signal digits_answer(std::string_view line, PreludeMemory& memory, std::string_view yes) {
  if (!memory.waiting || line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return Signal::none;
  if (line.size() > 3 && line[3] == '-') return Signal::none;
  return answer(line, line.starts_with(yes), memory);
}

// The body of a mail: DATA announces it, an answer that is no 354 takes it back (RFC 5321 §4.1.1.4); BDAT counts its
// bytes (RFC 3030 §2).
void note_mail_body(std::string_view line, PreludeMemory& memory) {
  if (is_bare(line, "DATA")) memory.in_body = true;
  if (!is_command(line, "BDAT")) return;
  constexpr std::size_t kMostDigits = 12;
  const std::string_view size = word_at(line, 1);
  if (size.size() > kMostDigits || !std::all_of(size.begin(), size.end(), is_digit)) return;
  for (const char c : size) memory.body_left = memory.body_left * 10 + static_cast<std::uint64_t>(c - '0');
}
void note_body_answer(std::string_view line, std::string_view yes, PreludeMemory& memory) {
  if (line.starts_with(yes)) memory.in_body = true;
  if (line.starts_with("4") || line.starts_with("5")) memory.in_body = false;
}

// --- SMTP (RFC 3207) and LMTP (RFC 2033)
bool greets_smtp(std::string_view line) { return starts(line, "220") && contains(line, "SMTP"); }
bool greets_lmtp(std::string_view line) { return starts(line, "220") && contains(line, "LMTP"); }
bool smtp_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  constexpr std::array<std::string_view, 2> kHello = {"EHLO", "HELO"};
  if (known) note_mail_body(line, memory);
  if (is_bare(line, "STARTTLS") && (known || server_greeting(memory).starts_with("220"))) {
    signal = Signal::asked;
    return memory.facts.protocol != Prelude::lmtp;
  }
  return is_command_of(line, kHello);
}
bool lmtp_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  if (known) note_mail_body(line, memory);
  if (known && is_bare(line, "STARTTLS")) {
    signal = Signal::asked;
    return true;
  }
  return is_command(line, "LHLO");
}
Signal smtp_server(std::string_view line, PreludeMemory& memory) {
  note_body_answer(line, "354", memory);
  return digits_answer(line, memory, "220");
}

// --- IMAP (RFC 2595 §3): a tag precedes each command and its answer
bool greets_imap(std::string_view line) { return starts(line, "* OK") || starts(line, "* PREAUTH"); }
bool imap_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  constexpr std::array<std::string_view, 4> kCommands = {"CAPABILITY", "LOGIN", "AUTHENTICATE", "ID"};
  const std::string_view tag = word_at(line, 0);
  const std::string_view command = line.substr(std::min(line.size(), tag.size() + 1));
  if (tag.empty() || tag == "*" || command.empty()) return false;
  const bool tagged = known || server_greeting(memory).starts_with("* ");
  // Before a greeting was seen (or without the server's side) the form alone must do.
  if (is_bare(command, "STARTTLS") && (tagged || server_greeting(memory).empty())) {
    memory.tag.assign(tag.substr(0, 32));
    signal = Signal::asked;
    return true;
  }
  return tagged && is_command_of(command, kCommands);
}
Signal imap_server(std::string_view line, PreludeMemory& memory) {
  if (!memory.waiting || memory.tag.empty() || word_at(line, 0) != memory.tag) return Signal::none;
  return answer(line, starts(word_at(line, 1), "OK"), memory);
}

// --- POP3 (RFC 2595 §4)
bool greets_pop3(std::string_view line) { return starts(line, "+OK"); }
bool pop3_client(std::string_view line, bool known, PreludeMemory&, Signal& signal) {
  if (is_bare(line, "STLS")) signal = Signal::asked;
  return signal == Signal::asked || (known && is_command(line, "CAPA"));
}
Signal pop3_server(std::string_view line, PreludeMemory& memory) {
  if (!memory.waiting || !(starts(line, "+OK") || starts(line, "-ERR"))) return Signal::none;
  return answer(line, line[0] == '+', memory);
}

// --- FTP (RFC 4217 §4)
bool greets_ftp(std::string_view line) { return starts(line, "220") && contains(line, "FTP"); }
bool ftp_client(std::string_view line, bool, PreludeMemory& memory, Signal& signal) {
  if (is_command(line, "AUTH") && (is_command(word_at(line, 1), "TLS") || is_command(word_at(line, 1), "SSL") ||
                                   is_command(word_at(line, 1), "TLS-C"))) {
    signal = Signal::asked;
    return true;
  }
  return server_greeting(memory).starts_with("220") && (is_command(line, "FEAT") || is_command(line, "USER"));
}
Signal ftp_server(std::string_view line, PreludeMemory& memory) { return digits_answer(line, memory, "234"); }

// --- NNTP (RFC 4642 §2.2)
bool greets_nntp(std::string_view line) { return starts(line, "200 ") || starts(line, "201 "); }
bool nntp_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  const bool greeted = known || greets_nntp(server_greeting(memory));
  if (greeted && is_bare(line, "STARTTLS")) signal = Signal::asked;
  return signal == Signal::asked || (greeted && is_command(line, "CAPABILITIES")) || is_command(line, "MODE READER");
}
Signal nntp_server(std::string_view line, PreludeMemory& memory) {
  // RFC 3977 §6.3: POST and IHAVE, the go-ahead for the article.
  if (line.starts_with("340") || line.starts_with("335")) memory.in_body = true;
  return digits_answer(line, memory, "382");
}

// --- IRC (the STARTTLS extension): numeric 670 after an optional ":source "
bool irc_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  if (is_bare(line, "STARTTLS") && (known || server_greeting(memory).empty() || server_greeting(memory)[0] == ':')) {
    signal = Signal::asked;
  }
  return signal == Signal::asked || starts(line, "CAP LS") || starts(line, "NICK ");
}
Signal irc_server(std::string_view line, PreludeMemory& memory) {
  const std::string_view number = word_at(line, line.starts_with(':') ? 1 : 0);
  if (!memory.waiting || (number != "670" && number != "691")) return Signal::none;
  return answer(line, number == "670", memory);
}

// --- ManageSieve (RFC 5804 §2.2)
bool greets_sieve(std::string_view line) { return starts(line, "\"IMPLEMENTATION\""); }
bool sieve_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  if (!known && !server_greeting(memory).starts_with('"')) return false;
  if (is_bare(line, "STARTTLS")) signal = Signal::asked;
  return signal == Signal::asked;
}
Signal sieve_server(std::string_view line, PreludeMemory& memory) {
  const bool yes = starts(line, "OK");
  if (!memory.waiting || !(yes || starts(line, "NO") || starts(line, "BYE"))) return Signal::none;
  return answer(line, yes, memory);
}

// --- XMPP (RFC 6120 §5.4): tags arrive one by one, blanks before them included
std::string_view tag_of(std::string_view line) {
  const std::size_t open = line.find('<');
  return open == std::string_view::npos ? std::string_view{} : line.substr(open);
}
bool xmpp_client(std::string_view line, bool known, PreludeMemory&, Signal& signal) {
  const std::string_view tag = tag_of(line);
  if (known && starts(tag, "<STARTTLS")) signal = Signal::asked;
  return known || starts(tag, "<STREAM:STREAM");
}
Signal xmpp_server(std::string_view line, PreludeMemory& memory) {
  const std::string_view tag = tag_of(line);
  if (!memory.waiting || !(starts(tag, "<PROCEED") || starts(tag, "<FAILURE"))) return Signal::none;
  return answer(tag, starts(tag, "<PROCEED"), memory);
}

// --- HTTP CONNECT (RFC 9110 §9.3.6); a 407 may be followed by another CONNECT
bool connect_client(std::string_view line, bool known, PreludeMemory& memory, Signal& signal) {
  if (is_command(line, "CONNECT") && contains(line, " HTTP/1.")) {
    memory.facts.target.assign(word_at(line, 1).substr(0, kTargetBytes));
    signal = Signal::asked;
    return true;
  }
  return known;  // its header lines
}
Signal connect_server(std::string_view line, PreludeMemory& memory) {
  if (!memory.waiting || !starts(line, "HTTP/1.")) return Signal::none;
  return answer(line, word_at(line, 1).starts_with('2'), memory);
}

// --- PROXY protocol, version 1
bool proxy_client(std::string_view line, bool, PreludeMemory&, Signal&) {
  return line.starts_with("PROXY TCP4 ") || line.starts_with("PROXY TCP6 ") || line.starts_with("PROXY UNKNOWN");
}
Signal proxy_server(std::string_view, PreludeMemory&) { return Signal::none; }

constexpr std::array<TextProtocol, 11> kTextProtocols = {{
    {Prelude::proxy_protocol, never_greets, proxy_client, proxy_server},
    {Prelude::http_connect, never_greets, connect_client, connect_server},
    {Prelude::imap, greets_imap, imap_client, imap_server},
    {Prelude::pop3, greets_pop3, pop3_client, pop3_server},
    {Prelude::sieve, greets_sieve, sieve_client, sieve_server},
    {Prelude::nntp, greets_nntp, nntp_client, nntp_server},
    {Prelude::lmtp, greets_lmtp, lmtp_client, smtp_server},
    {Prelude::ftp, greets_ftp, ftp_client, ftp_server},
    {Prelude::smtp, greets_smtp, smtp_client, smtp_server},
    {Prelude::xmpp, never_greets, xmpp_client, xmpp_server},
    {Prelude::irc, never_greets, irc_client, irc_server},
}};

}  // namespace

std::span<const TextProtocol> text_protocols() { return kTextProtocols; }

const TextProtocol* find_text_protocol(Prelude id) {
  const auto* found = std::find_if(kTextProtocols.begin(), kTextProtocols.end(),
                                   [id](const TextProtocol& row) { return row.id == id; });
  return found == kTextProtocols.end() || id == Prelude::proxy_protocol ? nullptr : found;
}

}  // namespace handlens::tls
