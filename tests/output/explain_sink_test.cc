#include "src/output/explain_sink.h"

#include <gtest/gtest.h>

#include <sstream>

#include "src/output/text_width.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

TEST(Explanation, AnInjectedReset) {
  EXPECT_EQ(explanation(testing::injected_reset_flow(), Style{}),
            R"(Flow #2  1:r+klKkyDmEI258+iy0r9SO6qcAw=  JA4 t13d0306h2_40b44b994229_e12c865f31a5
SNI blocked.example

          192.0.2.22:51544            ?          198.51.100.80:443
  0.0 ms  #1      │─── SYN ───────────┼─────────────────▶│  TTL 64
 12.0 ms  #2      │◀──────────────────┼────── SYN, ACK ──│  TTL 57
 12.1 ms  #3      │─── ACK ───────────┼─────────────────▶│
 12.4 ms  #4      │─── ClientHello  blocked.example ────▶│  offers 1.3, 1.2
 20.6 ms  #5      │◀─────── RST, ACK ─✖                  │  TTL 58  ID 0x3c1e

Verdict    A device on the path reset this connection after reading the
           ClientHello.
           Status: failed   Stage: client-hello
           Ended by: RST from the server's address (#5)
           Cause: middlebox, somewhere   Confidence: likely
           Finding: reset-injected-after-hello
Evidence   1. RST TTL 58, every other packet has 49 (#5)  [strong, for:
           middlebox]
Against    A load balancer may answer with another TTL.
Next       Send the capture to the network team.
In logs    curl: (35) Recv failure: Connection reset by peer
To be sure a capture taken on the server's host at the same time
)");
}

TEST(Explanation, AHealthyTls13Flow) {
  EXPECT_EQ(explanation(testing::tls13_flow(), Style{}),
            R"(Flow #1  1:r+klKkyDmEI258+iy0r9SO6qcAw=  JA4 t13d0306h2_40b44b994229_e12c865f31a5
SNI good.example

          192.0.2.22:51544                       198.51.100.80:443
  0.0 ms  #1      │─── SYN ─────────────────────────────▶│  TTL 64
 12.0 ms  #2      │◀───────────────────────── SYN, ACK ──│  TTL 57
 12.1 ms  #3      │─── ACK ─────────────────────────────▶│
 12.4 ms  #4      │─── ClientHello  good.example  h2 ───▶│  offers 1.3, 1.2
 24.8 ms  #6      │◀────────────── ServerHello, x25519 ──│  TLS 1.3
 24.8 ms  #6      │◀╌╌╌╌╌╌╌╌ encrypted record (1200 B) ╌╌│
 27.0 ms  #8      │╌╌╌ encrypted record (69 B) ╌╌╌╌╌╌╌╌╌▶│  likely finished
 27.1 ms  #9      │═══ application data ════════════════▶│
 58.0 ms  #16     │◀═════════════════ application data ══│
 61.0 ms  #18     │◀────────────────────────────── FIN ──│

Verdict    Handshake completed.
           Status: ok   Stage: established
           Ended by: FIN
           Cause: none   Confidence: certain
Note       In TLS 1.3 the certificates and the chosen ALPN are encrypted: this
           capture cannot show them.
)");
}

TEST(Explanation, EveryEventHasItsOwnLineWithNumberAndTime) {
  const AnalyzedFlow flow = testing::tls13_flow();
  const std::string text = explanation(flow, Style{});
  for (const Event& event : flow.report.events) {
    EXPECT_NE(text.find(" #" + std::to_string(event.frame) + " "), std::string::npos) << event.frame;
  }
}

TEST(Explanation, NoLineOfTheLadderIsWiderThanItsColumns) {
  AnalyzedFlow flow = testing::opened_flow();
  testing::add_client_hello(flow, std::string(250, 'n') + "\xff\n");
  for (const std::size_t width : {60U, 80U, 160U}) {
    Style style;
    style.width = width;
    std::istringstream lines(explanation(flow, style));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("│") != std::string::npos) {
        EXPECT_LE(text_width(line), std::max<std::size_t>(width, 74)) << line;
      }
    }
  }
}

// Every row with two lifelines has the right one in the same column, however wide the characters between them.
TEST(Explanation, LifelinesStayStraightBesideWideNames) {
  for (const std::string name :
       {"日本語ドメイン.例え.テスト.example", "😀😀😀", "e\u0301\u0301\u0302.example", "a\x1b[2J\u202e\xff\t"}) {
    AnalyzedFlow flow = testing::opened_flow();
    testing::add_client_hello(flow, name);
    for (const bool ascii : {false, true}) {
      Style style;
      style.ascii = ascii;
      const std::string lifeline = ascii ? "|" : "│";
      std::istringstream lines(explanation(flow, style));
      std::size_t rows = 0;
      for (std::string line; std::getline(lines, line);) {
        const std::size_t left = line.find(lifeline), right = line.rfind(lifeline);
        if (left == right) continue;
        ++rows;
        EXPECT_EQ(text_width(line.substr(0, left)), 18U) << line;
        EXPECT_EQ(text_width(line.substr(0, right)), 57U) << line;
      }
      EXPECT_GE(rows, 4U);
    }
  }
}

TEST(Explanation, LongAddressesGetTheirOwnLines) {
  AnalyzedFlow flow = testing::opened_flow();
  for (Endpoint* side : {&flow.report.client, &flow.report.server}) {
    side->ip.v6 = true;
    side->ip.bytes.fill(0xfd);
  }
  const std::string text = explanation(flow, Style{});
  EXPECT_NE(text.find("[fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd]:51544\n"), std::string::npos);
}

TEST(Explanation, AFlowWithNothingKnownIsNoCrash) { EXPECT_FALSE(explanation(AnalyzedFlow{}, Style{}).empty()); }

}  // namespace
}  // namespace handlens
