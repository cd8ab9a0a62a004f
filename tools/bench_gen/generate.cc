#include "tools/bench_gen/generate.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "tools/bench_gen/made_flows.h"
#include "tools/bench_gen/replay.h"

namespace handlens::bench_gen {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHandshakesPause = kSecond / 5'000;  // from one connection to the next
constexpr std::int64_t kMixedPause = kSecond / 2'000;
constexpr std::int64_t kFloodPause = kSecond / 200'000;
constexpr std::int64_t kBulkPause = kSecond / 1'000;
constexpr std::uint64_t kBulkFlows = 24;
constexpr std::uint64_t kFrameHeader = 16;  // of pcap

struct Row {
  const char* file;
  unsigned weight;  // how often among the handshakes
  bool bulk;        // closes so that a download fits in
};
// Recorded connections only, none of them longer than a second. A new row goes to the end: places are numbers.
constexpr Row kRows[] = {
    {"tls13_curl.pcap", 24, true},
    {"tls13_full.pcap", 10, true},
    {"tls12_full.pcap", 14, true},
    {"ipv6_tls13.pcap", 6, true},
    {"tls13_gnutls.pcap", 3, true},
    {"tls13_chacha_p256.pcap", 3, true},
    {"tls13_hrr.pcap", 3, true},
    {"mtls12_full.pcap", 3, true},
    {"mtls13_full.pcap", 3, true},
    {"tls12_dhe_cbc.pcap", 2, true},
    {"tls12_rsa_key_exchange.pcap", 2, true},
    {"tls13_resumed_psk.pcap", 5, false},
    {"tls13_early_data.pcap", 2, false},
    {"tls12_resumed_ticket.pcap", 4, false},
    {"tls12_resumed_session_id.pcap", 2, false},
    {"large_client_hello.pcap", 3, false},
    {"tls12_alert_unknown_ca.pcap", 1, false},
    {"tls13_alert_unknown_ca.pcap", 1, false},
    {"tls13_gnutls_unknown_ca.pcap", 1, false},
    {"tls12_alert_expired.pcap", 1, false},
    {"mtls12_missing_client_certificate.pcap", 1, false},
    {"mtls12_unknown_client_ca.pcap", 1, false},
    {"tls12_no_common_cipher.pcap", 1, false},
    {"tls_protocol_version.pcap", 1, false},
    {"alpn_mismatch.pcap", 1, false},
    {"sni_unrecognized.pcap", 1, false},
    {"tls12_wrong_hostname_curl.pcap", 1, false},
    {"client_rst_after_handshake.pcap", 1, false},
    {"server_rst_after_client_hello.pcap", 1, false},
    {"server_fin_after_client_hello.pcap", 1, false},
};
constexpr std::uint8_t kPlainHttp = 250, kUnanswered = 251, kRefused = 252;  // sources that are made here

// Says what comes next, and when to stop.
class Plan {
 public:
  explicit Plan(const Wanted& wanted) : wanted_(wanted), random_(mix(wanted.seed)) {
    for (const Row& row : kRows) sources_.push_back(read_source(wanted.pcaps / row.file));
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
      deck_.insert(deck_.end(), kRows[i].weight, static_cast<std::uint8_t>(i));
    }
  }

  [[nodiscard]] bool over() const {
    if (wanted_.kind == Kind::bulk) return flows_ >= bulk_flows();
    return (wanted_.flows > 0 && flows_ >= wanted_.flows) || (wanted_.bytes > 0 && bytes_ >= wanted_.bytes);
  }
  [[nodiscard]] std::int64_t due() const { return clock_; }
  [[nodiscard]] std::uint64_t flows() const { return flows_; }

  // REQUIRES: not over. The talks of one arrival: more than one if the source has several connections.
  std::vector<std::unique_ptr<Talk>> next() {
    std::vector<std::unique_ptr<Talk>> talks;
    switch (wanted_.kind) {
      case Kind::handshakes:
        handshake(talks);
        break;
      case Kind::bulk:
        bulk(talks);
        break;
      case Kind::mixed:
        mixed(talks);
        break;
      case Kind::syn_flood:
        lone_syn(talks);
        break;
    }
    return talks;
  }

 private:
  [[nodiscard]] std::uint64_t bulk_flows() const { return wanted_.flows > 0 ? wanted_.flows : kBulkFlows; }

  // Moves the clock on by a random time, `pause` on average.
  void pass(std::int64_t pause) {
    clock_ += static_cast<std::int64_t>(random_.below(2 * static_cast<std::uint64_t>(pause)));
  }

  void add(std::vector<std::unique_ptr<Talk>>& talks, const SourceFlow& flow, std::size_t source, std::size_t number,
           std::uint64_t session, const Download& download = {}) {
    const Identity identity{
        .number = mix(wanted_.seed) % (1 << 20) + flows_++,
        .source = static_cast<std::uint8_t>(source),
        .flow = static_cast<std::uint8_t>(number),
        .secret = random_.next(),
        .session = session,
    };
    talks.push_back(make_replay(flow, identity, clock_, download));
    const std::uint64_t segments = download.stream_size() / 1448 * 3 / 2;
    bytes_ += flow.bytes + flow.segments.size() * kFrameHeader + download.stream_size() + segments * 76;
  }

  void handshake(std::vector<std::unique_ptr<Talk>>& talks) {
    const std::uint8_t chosen = deck_[random_.below(deck_.size())];
    const Source& source = sources_[chosen];
    const std::uint64_t session = random_.next();
    for (std::size_t i = 0; i < source.flows.size() && (i == 0 || !over()); ++i) {
      add(talks, source.flows[i], chosen, i, session);
    }
    pass(kHandshakesPause);
  }

  void bulk(std::vector<std::unique_ptr<Talk>>& talks) {
    std::size_t chosen = flows_ % std::size(kRows);
    while (!kRows[chosen].bulk) chosen = (chosen + 1) % std::size(kRows);
    // Of the file's bytes 7 % are headers.
    const Download download{.size = wanted_.bytes / bulk_flows() / 107 * 100};
    add(talks, sources_[chosen].flows[0], chosen, 0, random_.next(), download);
    pass(kBulkPause);
  }

  // Of a hundred: 16 TLS, 14 plain TCP, 5 lone SYNs, 10 QUIC, 50 DNS, 5 ARP. Few of them carry most of the bytes.
  void mixed(std::vector<std::unique_ptr<Talk>>& talks) {
    const std::uint64_t dice = random_.below(100);
    const std::uint64_t number = random_.below(1 << 24);
    if (dice < 16) {
      tls_of_mixed(talks);
    } else if (dice < 30) {
      add(talks, http_.flows[0], kPlainHttp, 0, 0, {.size = random_.size(9, 16), .records = false});
    } else if (dice < 35) {
      lone_syn(talks);
    } else if (dice < 45) {
      const std::uint64_t size = random_.size(11, 17);
      talks.push_back(make_quic(number, size, clock_));
      bytes_ += size * 11 / 10;
    } else if (dice < 95) {
      talks.push_back(make_dns(number, clock_));
      bytes_ += 200;
    } else {
      talks.push_back(make_arp(number, clock_));
      bytes_ += 150;
    }
    pass(kMixedPause);
  }

  void tls_of_mixed(std::vector<std::unique_ptr<Talk>>& talks) {
    const std::uint8_t chosen = deck_[random_.below(deck_.size())];
    const Download download{.size = random_.size(10, 17)};
    add(talks, sources_[chosen].flows[0], chosen, 0, random_.next(), kRows[chosen].bulk ? download : Download{});
  }

  void lone_syn(std::vector<std::unique_ptr<Talk>>& talks) {
    const bool refused = random_.below(10) < 4;
    add(talks, (refused ? refused_ : unanswered_).flows[0], refused ? kRefused : kUnanswered, 0, 0);
    if (wanted_.kind == Kind::syn_flood) pass(kFloodPause);
  }

  Wanted wanted_;
  Random random_;
  std::vector<Source> sources_;
  std::vector<std::uint8_t> deck_;
  Source http_ = plain_http(), unanswered_ = unanswered_syn(), refused_ = refused_syn();
  std::int64_t clock_ = 0;
  std::uint64_t flows_ = 0, bytes_ = 0;
};

// The talks that have begun and are not over, the one with the next packet on top. Of two packets that are due at the
// same time, that of the talk which came first goes first.
class Running {
 public:
  void add(std::unique_ptr<Talk> talk) { push({talk->due(), count_++, std::move(talk)}); }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::int64_t due() const { return heap_.front().due; }

  void write_next(CaptureOut& out) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    if (!entry.talk->write(out)) return;
    entry.due = entry.talk->due();
    push(std::move(entry));
  }

 private:
  struct Entry {
    std::int64_t due = 0;
    std::uint64_t order = 0;
    std::unique_ptr<Talk> talk;
  };
  static bool later(const Entry& a, const Entry& b) { return a.due != b.due ? a.due > b.due : a.order > b.order; }
  void push(Entry entry) {
    heap_.push_back(std::move(entry));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  std::vector<Entry> heap_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::optional<Kind> kind_named(const std::string& name) {
  if (name == "handshakes") return Kind::handshakes;
  if (name == "bulk") return Kind::bulk;
  if (name == "mixed") return Kind::mixed;
  if (name == "syn-flood") return Kind::syn_flood;
  return std::nullopt;
}

Written generate(const Wanted& wanted, CaptureOut& out) {
  Plan plan(wanted);
  Running running;
  while (!plan.over() || !running.empty()) {
    if (!plan.over() && (running.empty() || plan.due() <= running.due())) {
      for (std::unique_ptr<Talk>& talk : plan.next()) running.add(std::move(talk));
    } else {
      running.write_next(out);
    }
  }
  return {plan.flows()};
}

std::vector<std::string> source_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.file);
  return names;
}

}  // namespace handlens::bench_gen
