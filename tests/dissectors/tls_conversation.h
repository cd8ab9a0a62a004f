// Test support: conversations as segments, and a caller for TlsStream that behaves like TCP reassembly.
//
// A .conv file of data/ holds one line a TCP segment: "C <hex>" from the client, "S <hex>" from the server; lines that
// begin with '#' say where the bytes come from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "dissectors/tls_stream.h"

namespace handlens::testing {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Direction kClient = Direction::forward;
inline constexpr Direction kServer = Direction::reverse;

inline Bytes from_hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}
inline Bytes from_text(std::string_view text) { return {text.begin(), text.end()}; }
inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
// A record of `type` around `body`.
inline Bytes record(std::uint8_t type, const Bytes& body, std::uint16_t version = 0x0303) {
  return Bytes{type, static_cast<std::uint8_t>(version >> 8), static_cast<std::uint8_t>(version),
               static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size())} +
         body;
}

struct Segment {
  Direction from;
  Bytes bytes;
};
using Conversation = std::vector<Segment>;

inline Conversation load_conversation(const std::string& name) {
  std::ifstream file(std::string(HANDLENS_SOURCE_DIR) + "/tests/dissectors/data/" + name + ".conv");
  if (!file) throw std::runtime_error("no conversation " + name);
  Conversation out;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    out.push_back({line[0] == 'C' ? kClient : kServer, from_hex(std::string_view(line).substr(2))});
  }
  return out;
}

// What a test compares: everything of an event but its place in the capture.
struct SeenEvent {
  Direction from;
  TlsEvent event;
  bool operator==(const SeenEvent& o) const {
    const auto key = [](const SeenEvent& e) {
      return std::make_tuple(e.from, e.event.kind, e.event.size, e.event.alert_level, e.event.alert_code,
                             e.event.decode_failed, e.event.likely, e.event.note);
    };
    return key(*this) == key(o);
  }
};
inline std::string to_line(const SeenEvent& e) {
  std::string out = e.from == kClient ? "C " : "S ";
  out += to_text(e.event.kind);
  if (e.event.kind == EventKind::alert) {
    out += " " + std::to_string(e.event.alert_level) + "/" + std::to_string(e.event.alert_code);
  }
  if (e.event.likely != TlsEvent::Likely::none) out += " likely " + std::string(to_text(e.event.likely));
  if (e.event.note != TlsEvent::Note::none) out += " (" + std::string(to_text(e.event.note)) + ")";
  return out;
}

// Calls a TlsStream as in-order TCP would: keeps what was not consumed, skips what was consumed in advance.
class StreamCaller : public TlsSink {
 public:
  explicit StreamCaller(const TlsLimits& limits = {}) : stream(limits) {}

  void segment(Direction from, const Bytes& bytes) {
    Side& side = sides_[index(from)];
    ++frame_;
    std::size_t skipped = 0;
    if (side.skip > 0) {
      skipped = static_cast<std::size_t>(std::min<std::uint64_t>(side.skip, bytes.size()));
      side.skip -= skipped;
    }
    if (skipped == bytes.size()) return;
    const std::size_t fresh = side.window.size();
    if (fresh == 0) side.first_frame = frame_;
    side.window.insert(side.window.end(), bytes.begin() + static_cast<std::ptrdiff_t>(skipped), bytes.end());
    const std::uint64_t consumed = stream.on_bytes(from, side.window, fresh, side.first_frame, {frame_, {}}, *this);
    most_waiting =
        std::max<std::uint64_t>(most_waiting, consumed < side.window.size() ? side.window.size() - consumed : 0);
    if (consumed >= side.window.size()) {
      side.skip = consumed - side.window.size();
      side.window.clear();
    } else {
      if (consumed > 0) side.first_frame = frame_;
      side.window.erase(side.window.begin(), side.window.begin() + static_cast<std::ptrdiff_t>(consumed));
    }
  }
  // `bytes` of one direction get lost.
  void gap(Direction from, std::uint64_t bytes) {
    Side& side = sides_[index(from)];
    const std::uint64_t skipped = std::min(side.skip, bytes);
    side.skip -= skipped;
    ++frame_;
    if (bytes == skipped) return;
    stream.on_gap(from, bytes - skipped, {frame_, {}}, *this);
    side.window.clear();
  }
  void end(Direction from) {
    ++frame_;
    stream.on_end(from, sides_[index(from)].window, {frame_, {}}, *this);
    sides_[index(from)].window.clear();
  }
  void feed(const Conversation& conversation) {
    for (const Segment& s : conversation) segment(s.from, s.bytes);
  }
  void feed_and_end(const Conversation& conversation) {
    feed(conversation);
    end(kClient);
    end(kServer);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const SeenEvent& e : events) out.push_back(to_line(e));
    return out;
  }

  void on_tls_event(Direction from, const TlsEvent& event) override { events.push_back({from, event}); }

  TlsStream stream;
  std::vector<SeenEvent> events;
  std::uint64_t most_waiting = 0;  // bytes not consumed after a call

 private:
  struct Side {
    Bytes window;
    std::uint64_t skip = 0;
    std::uint64_t first_frame = 0;
  };
  Side sides_[2];
  std::uint64_t frame_ = 0;
};

// Facts that do not depend on how the bytes were cut, as text.
inline std::string facts_text(const TlsFacts& f) {
  std::string out;
  const auto add = [&out](std::string_view name, auto value) {
    out += std::string(name) + "=" + std::to_string(value) + " ";
  };
  add("client", f.client ? static_cast<int>(*f.client) : -1);
  add("ch", f.client_hello ? static_cast<int>(f.client_hello->size) : -1);
  add("ch_records", f.client_hello ? f.client_hello->records : 0);
  add("ch2", f.second_client_hello ? static_cast<int>(f.second_client_hello->size) : -1);
  add("hrr", f.hello_retry_request ? static_cast<int>(f.hello_retry_request->size) : -1);
  add("sh", f.server_hello ? static_cast<int>(f.server_hello->size) : -1);
  for (std::size_t d = 0; d < 2; ++d) {
    add("chain", f.chains[d].certificates.size());
    add("ccs", f.change_cipher_spec[d]);
    add("fin", f.protected_handshake[d]);
    add("data", f.application_data[d]);
    add("protected", f.protected_records[d]);
    add("records", f.records[d]);
  }
  add("request", f.certificate_request.has_value());
  add("ske", f.server_key_exchange.has_value());
  add("cke", f.client_key_exchange.has_value());
  add("verify", f.certificate_verify.has_value());
  add("ticket", f.new_session_ticket.has_value());
  add("done", f.server_hello_done);
  for (const TlsAlertFact& a : f.alerts) {
    add("alert", a.code + 1000 * a.level + 100000 * a.encrypted + 1000000 * a.inferred);
  }
  add("established", f.established);
  add("early", f.early_data_records);
  add("gap", f.gap);
  add("malformed", f.malformed);
  add("prelude", static_cast<int>(f.plaintext.protocol));
  add("asked", f.plaintext.tls_requested);
  add("accepted", f.plaintext.tls_accepted ? static_cast<int>(*f.plaintext.tls_accepted) : -1);
  out += f.plaintext.reply + "|" + f.plaintext.target;
  for (const FirstBytes& first : f.plaintext.first_bytes)
    out += "|" + std::string(first.view().begin(), first.view().end());
  return out;
}

}  // namespace handlens::testing
