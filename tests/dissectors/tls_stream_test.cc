#include "dissectors/tls_stream.h"

#include <gtest/gtest.h>

#include <optional>

#include "dissectors/certificate_cache.h"
#include "dissectors/tls_dissect.h"
#include "tests/dissectors/tls_conversation.h"

namespace handlens {
namespace {

using namespace handlens::testing;
using Lines = std::vector<std::string>;

const std::vector<std::string>& conversations() {
  static const std::vector<std::string> kNames = {"tls12_mutual",
                                                  "tls12_cbc_dhe",
                                                  "tls12_resumed",
                                                  "tls12_unknown_ca",
                                                  "tls13_full",
                                                  "tls13_hello_retry",
                                                  "tls13_no_client_certificate",
                                                  "tls13_mutual",
                                                  "tls13_unknown_ca",
                                                  "tls13_early_data",
                                                  "smtp_starttls"};
  return kNames;
}

Lines lines_of(const std::string& name) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation(name));
  return caller.lines();
}

TEST(TlsStream, Tls12Mutual) {
  EXPECT_EQ(
      lines_of("tls12_mutual"),
      (Lines{"C client-hello", "S server-hello", "S certificate", "S server-key-exchange", "S certificate-request",
             "S server-hello-done", "C certificate", "C client-key-exchange", "C certificate-verify",
             "C change-cipher-spec", "C encrypted-handshake likely finished", "S new-session-ticket",
             "S change-cipher-spec", "S encrypted-handshake likely finished", "C application-data",
             "S application-data", "S encrypted-alert likely close-notify", "C encrypted-alert likely close-notify"}));
}

TEST(TlsStream, Tls12FactsAreFilled) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls12_mutual"));
  const TlsFacts& facts = caller.stream.facts();
  EXPECT_EQ(facts.client, kClient);
  EXPECT_EQ(facts.start_frame, 1u);
  ASSERT_NE(facts.client_hello, nullptr);
  EXPECT_EQ(facts.client_hello->hello.server_name, "server.example");
  EXPECT_EQ(facts.client_hello->segments, 1);
  EXPECT_EQ(facts.client_hello->records, 1);
  EXPECT_EQ(facts.server_hello->hello.cipher_suite, 0xc02f);
  ASSERT_EQ(facts.chains[index(kServer)].certificates.size(), 2u);
  EXPECT_EQ(facts.chains[index(kServer)].certificates[0]->subject, "CN=server.example");
  ASSERT_EQ(facts.chains[index(kClient)].certificates.size(), 2u);
  EXPECT_EQ(facts.chains[index(kClient)].certificates[0]->subject, "CN=client.example");
  EXPECT_TRUE(facts.server_key_exchange && facts.client_key_exchange && facts.certificate_request &&
              facts.certificate_verify && facts.new_session_ticket);
  EXPECT_TRUE(facts.server_hello_done);
  EXPECT_TRUE(facts.established);
  EXPECT_TRUE(facts.application_data[0] && facts.application_data[1]);
  EXPECT_EQ(facts.alerts.size(), 2u);
  EXPECT_FALSE(facts.malformed || facts.gap || facts.cut[0].seen || facts.cut[1].seen);
}

TEST(TlsStream, Tls13WithoutKeys) {
  EXPECT_EQ(
      lines_of("tls13_no_client_certificate"),
      (Lines{"C client-hello", "S server-hello", "S change-cipher-spec", "S encrypted-record", "S encrypted-record",
             "S encrypted-record likely certificate", "S encrypted-record", "S encrypted-record likely finished",
             "C change-cipher-spec", "C encrypted-record likely empty-certificate",
             "C encrypted-record likely finished", "S encrypted-record likely new-session-ticket",
             "S encrypted-record likely new-session-ticket", "C application-data", "S application-data",
             "S encrypted-record likely close-notify", "C encrypted-record likely close-notify"}));
}

TEST(TlsStream, Tls13InfersTheClosingAlert) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls13_full"));
  const TlsFacts& facts = caller.stream.facts();
  ASSERT_EQ(facts.alerts.size(), 2u);
  EXPECT_TRUE(facts.alerts[0].inferred && facts.alerts[0].encrypted);
  EXPECT_TRUE(facts.established);
}

TEST(TlsStream, HelloRetryRequest) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls13_hello_retry"));
  const TlsFacts& facts = caller.stream.facts();
  ASSERT_NE(facts.hello_retry_request, nullptr);
  ASSERT_NE(facts.second_client_hello, nullptr);
  ASSERT_NE(facts.server_hello, nullptr);
  // The second ClientHello follows a ChangeCipherSpec and is readable all the same.
  EXPECT_EQ(caller.lines()[3], "C change-cipher-spec");
  EXPECT_EQ(caller.lines()[4], "C client-hello");
}

TEST(TlsStream, ReadableAlertInTls13) {
  EXPECT_EQ(lines_of("tls13_unknown_ca").back(), "C alert 2/48");
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls13_unknown_ca"));
  EXPECT_FALSE(caller.stream.facts().established);
  ASSERT_EQ(caller.stream.facts().alerts.size(), 1u);
  EXPECT_EQ(caller.stream.facts().alerts[0].code, 48);
}

TEST(TlsStream, EarlyData) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls13_early_data"));
  EXPECT_TRUE(caller.stream.facts().early_data_records);
  EXPECT_EQ(caller.lines()[2], "C application-data");
  EXPECT_TRUE(caller.stream.facts().established);
}

// --- how the bytes are cut does not matter

TEST(TlsStream, ByteByByteIsTheSame) {
  for (const std::string& name : conversations()) {
    SCOPED_TRACE(name);
    StreamCaller whole, bytes;
    const Conversation talk = load_conversation(name);
    whole.feed_and_end(talk);
    for (const Segment& s : talk) {
      for (const std::uint8_t byte : s.bytes) bytes.segment(s.from, {byte});
    }
    bytes.end(kClient);
    bytes.end(kServer);
    EXPECT_EQ(whole.lines(), bytes.lines());
    EXPECT_EQ(facts_text(whole.stream.facts()), facts_text(bytes.stream.facts()));
  }
}

TEST(TlsStream, EverySplitIsTheSame) {
  for (const std::string& name : conversations()) {
    SCOPED_TRACE(name);
    const Conversation talk = load_conversation(name);
    StreamCaller whole;
    whole.feed_and_end(talk);
    std::optional<StreamCaller> fresh_caller;
    for (std::size_t i = 0; i < talk.size(); ++i) {
      const Bytes& bytes = talk[i].bytes;
      // Long segments of certificates and data: every position at their beginning, then coarser.
      for (std::size_t at = 1; at < bytes.size(); at += at < 700 ? 1 : 211) {
        StreamCaller& split = fresh_caller.emplace();
        for (std::size_t k = 0; k < talk.size(); ++k) {
          if (k != i) {
            split.segment(talk[k].from, talk[k].bytes);
            continue;
          }
          const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(at);
          split.segment(talk[k].from, {bytes.begin(), middle});
          split.segment(talk[k].from, {middle, bytes.end()});
        }
        split.end(kClient);
        split.end(kServer);
        ASSERT_EQ(whole.events, split.events) << "segment " << i << " split at " << at;
        ASSERT_EQ(facts_text(whole.stream.facts()), facts_text(split.stream.facts()));
      }
    }
  }
}

TEST(TlsStream, TruncationGivesAPrefix) {
  for (const std::string& name : conversations()) {
    SCOPED_TRACE(name);
    const Conversation talk = load_conversation(name);
    StreamCaller whole;
    whole.feed(talk);
    for (std::size_t i = 0; i < talk.size(); ++i) {
      for (std::size_t size = 0; size < talk[i].bytes.size(); size += 1 + talk[i].bytes.size() / 20) {
        StreamCaller cut;
        for (std::size_t k = 0; k < i; ++k) cut.segment(talk[k].from, talk[k].bytes);
        Bytes part = talk[i].bytes;
        part.resize(size);
        if (!part.empty()) cut.segment(talk[i].from, part);
        ASSERT_LE(cut.events.size(), whole.events.size());
        for (std::size_t e = 0; e < cut.events.size(); ++e) ASSERT_EQ(cut.events[e], whole.events[e]);
      }
    }
  }
}

TEST(TlsStream, ResetForgetsEverything) {
  StreamCaller caller;
  caller.feed_and_end(load_conversation("tls13_hello_retry"));
  caller.stream.reset();
  caller.events.clear();
  caller.feed_and_end(load_conversation("tls12_resumed"));
  EXPECT_EQ(caller.lines(), lines_of("tls12_resumed"));
  const TlsFacts facts = caller.stream.take_facts();
  EXPECT_EQ(facts.hello_retry_request, nullptr);
  EXPECT_NE(facts.server_hello, nullptr);
}

// --- pieces of handshakes

Bytes first_segment(const std::string& name) { return load_conversation(name)[0].bytes; }

TEST(TlsStream, ClientHelloOverSegmentsAndRecords) {
  const Bytes hello = first_segment("tls12_unknown_ca");
  const Bytes body(hello.begin() + 5, hello.end());
  for (const std::size_t piece : {1u, 3u, 50u, 200u}) {
    SCOPED_TRACE(piece);
    StreamCaller caller;
    std::uint16_t count = 0;
    for (std::size_t at = 0; at < body.size(); at += piece, ++count) {
      const std::size_t n = std::min(piece, body.size() - at);
      const auto begin = body.begin() + static_cast<std::ptrdiff_t>(at);
      caller.segment(kClient, record(22, {begin, begin + static_cast<std::ptrdiff_t>(n)}, 0x0301));
    }
    ASSERT_NE(caller.stream.facts().client_hello, nullptr);
    EXPECT_EQ(caller.stream.facts().client_hello->records, count);
    EXPECT_EQ(caller.stream.facts().client_hello->segments, count);
    EXPECT_EQ(caller.stream.facts().client_hello->first_frame, 1u);
    EXPECT_EQ(caller.stream.facts().client_hello->record_version, 0x0301);
    EXPECT_EQ(caller.lines(), Lines{"C client-hello"});
  }
}

TEST(TlsStream, SegmentsOfAClientHelloInOneRecord) {
  const Bytes hello = first_segment("tls12_unknown_ca");
  StreamCaller caller;
  caller.segment(kClient, {hello.begin(), hello.begin() + 100});
  EXPECT_TRUE(caller.events.empty());
  caller.segment(kClient, {hello.begin() + 100, hello.begin() + 200});
  caller.segment(kClient, {hello.begin() + 200, hello.end()});
  EXPECT_EQ(caller.stream.facts().client_hello->segments, 3);
  EXPECT_EQ(caller.stream.facts().client_hello->first_frame, 1u);
  EXPECT_EQ(caller.stream.facts().client_hello->stamp.number, 3u);
}

TEST(TlsStream, ACutClientHelloIsNoted) {
  const Bytes hello = first_segment("tls12_unknown_ca");
  StreamCaller caller;
  caller.segment(kClient, {hello.begin(), hello.begin() + 100});
  caller.end(kClient);
  EXPECT_TRUE(caller.stream.is_tls());
  const TlsFacts::Cut& cut = caller.stream.facts().cut[0];
  EXPECT_TRUE(cut.seen);
  EXPECT_EQ(cut.record_type, 22);
  EXPECT_EQ(cut.handshake_type, 1);
  EXPECT_EQ(cut.received, 95u);
  EXPECT_EQ(cut.length, hello.size() - 5);
}

TEST(TlsStream, Sslv2CompatibleHello) {
  const Bytes hello = from_hex("80 1c 01 0301 0003 0000 0010 00002f") + Bytes(16, 7);
  StreamCaller caller;
  caller.segment(kClient, hello);
  EXPECT_EQ(caller.lines(), Lines{"C client-hello (sslv2-hello)"});
  ASSERT_NE(caller.stream.facts().client_hello, nullptr);
  EXPECT_TRUE(caller.stream.facts().client_hello->hello.sslv2_format);
  caller.segment(kServer, load_conversation("tls12_unknown_ca")[1].bytes);
  EXPECT_NE(caller.stream.facts().server_hello, nullptr);
}

TEST(TlsStream, Sslv2OnlyServer) {
  StreamCaller caller;
  caller.segment(kClient, from_hex("80 1c 01 0002 0003 0000 0010 010080") + Bytes(16, 7));
  caller.segment(kServer, from_hex("800b 04 00 01 0002 0000 0000 0000"));
  EXPECT_EQ(caller.lines().back(), "S plaintext (sslv2-hello)");
}

TEST(TlsStream, AlertAsFirstWord) {
  StreamCaller caller;
  caller.segment(kServer, from_hex("15 0301 0002 02 46"));
  EXPECT_EQ(caller.lines(), Lines{"S alert 2/70"});
  EXPECT_TRUE(caller.stream.is_tls());
}

TEST(TlsStream, TwoAlertsInOneRecord) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kServer, record(21, from_hex("0170 0228")));
  EXPECT_EQ(caller.lines(), (Lines{"C client-hello", "S alert 1/112", "S alert 2/40"}));
}

TEST(TlsStream, AServerThatAnswersInPlainText) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kServer, from_text("HTTP/1.1 400 Bad Request\r\n\r\n"));
  EXPECT_EQ(caller.lines(), (Lines{"C client-hello", "S plaintext"}));
  const ByteView first = caller.stream.facts().plaintext.first_bytes[index(kServer)].view();
  EXPECT_EQ(std::string(first.begin(), first.begin() + 8), "HTTP/1.1");
  EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::none);
}

TEST(TlsStream, HeartbeatsAreBounded) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  for (int i = 0; i < 20; ++i) caller.segment(kClient, record(24, Bytes(19, 1)));
  EXPECT_EQ(caller.events.size(), 1u + 8u);
  EXPECT_EQ(caller.stream.facts().records[0], 21u);
}

// --- joining in the middle

TEST(TlsStream, MidstreamApplicationData) {
  StreamCaller caller;
  caller.segment(kServer, record(23, Bytes(100, 3)) + record(23, Bytes(50, 4)));
  caller.segment(kClient, from_hex("17 0303 4000 aabb"));
  EXPECT_TRUE(caller.stream.is_tls());
  EXPECT_EQ(caller.lines(), Lines{"S application-data"});  // the client's record is not whole yet
}

TEST(TlsStream, MidstreamHandshake) {
  StreamCaller caller;
  caller.segment(kClient, record(22, Bytes(40, 0xee)));
  EXPECT_EQ(caller.lines(), Lines{"C encrypted-handshake"});
  StreamCaller readable;
  readable.segment(kServer, record(22, from_hex("0e000000")));
  EXPECT_EQ(readable.lines(), Lines{"S server-hello-done"});
}

TEST(TlsStream, TooFewBytesToTellAreNotCalledOther) {
  for (const char* bytes : {"16 0301", "15", "80"}) {
    StreamCaller caller;
    caller.segment(kClient, from_hex(bytes));
    caller.end(kClient);
    EXPECT_EQ(caller.lines(), Lines{"C plaintext (undecided)"}) << bytes;
    EXPECT_TRUE(caller.stream.facts().cut[index(kClient)].seen);
    EXPECT_FALSE(caller.stream.is_tls());
  }
}

TEST(TlsStream, MidstreamRecordsBothWaysMayBeAHandshake) {
  StreamCaller caller;
  for (int turn = 0; turn < 4; ++turn) {
    EXPECT_FALSE(caller.stream.facts().established) << turn;
    caller.segment(turn % 2 == 0 ? kServer : kClient, record(23, Bytes(100, 3)));
  }
  EXPECT_TRUE(caller.stream.facts().established);
  StreamCaller alerts;  // alert-sized records are no turn
  for (int turn = 0; turn < 8; ++turn) alerts.segment(turn % 2 == 0 ? kServer : kClient, record(23, Bytes(19, 3)));
  EXPECT_FALSE(alerts.stream.facts().established);
}

TEST(TlsStream, PassingWarningsAreBoundedAndLeaveRoom) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  for (int i = 0; i < 400; ++i) caller.segment(kServer, from_hex("15 0303 0002 01 70"));
  caller.segment(kServer, from_hex("15 0303 0002 02 28"));
  EXPECT_EQ(caller.stream.facts().alerts.size(), 9u);
  EXPECT_EQ(caller.stream.facts().alerts.back().code, 40);
  EXPECT_EQ(caller.events.size(), 1u + 16u + 1u);
}

TEST(TlsStream, OtherProtocolsAreNotTls) {
  for (const Bytes& bytes :
       {from_text("SSH-2.0-OpenSSH_9.2\r\n"), from_hex("17 0303 ffff"), from_hex("15 0303 0040") + Bytes(30, 0x15)}) {
    StreamCaller caller;
    caller.segment(kClient, bytes);
    caller.end(kClient);
    EXPECT_FALSE(caller.stream.is_tls());
    EXPECT_EQ(caller.lines(), Lines{"C plaintext"});
  }
}

// --- gaps

TEST(TlsStream, GapInsideApplicationDataIsSkipped) {
  StreamCaller caller;
  caller.feed(load_conversation("tls12_resumed"));
  const std::size_t before = caller.events.size();
  const Bytes long_record = record(23, Bytes(9000, 1));
  caller.segment(kClient, {long_record.begin(), long_record.begin() + 1000});
  caller.gap(kClient, 3000);
  caller.segment(kClient, {long_record.begin() + 4000, long_record.end()});
  caller.segment(kClient, record(21, Bytes(26, 1)));
  EXPECT_EQ(caller.events.size(), before + 1);
  EXPECT_FALSE(caller.stream.facts().gap);
}

TEST(TlsStream, GapInTheServerFlightResynchronises) {
  const Conversation talk = load_conversation("tls12_mutual");
  StreamCaller caller;
  caller.segment(kClient, talk[0].bytes);
  const Bytes& flight = talk[1].bytes;
  caller.segment(kServer, {flight.begin(), flight.begin() + 300});
  caller.gap(kServer, 500);
  caller.segment(kServer, {flight.begin() + 800, flight.end()});
  for (std::size_t i = 2; i < talk.size(); ++i) caller.segment(talk[i].from, talk[i].bytes);
  const TlsFacts& facts = caller.stream.facts();
  EXPECT_TRUE(facts.gap);
  EXPECT_FALSE(facts.chains[index(kServer)].seen);
  EXPECT_TRUE(facts.established);
  const Lines lines = caller.lines();
  EXPECT_EQ(lines[2], "S server-key-exchange (resynchronised)");
}

TEST(TlsStream, GapAtTheStartOfTheOtherDirection) {
  const Conversation talk = load_conversation("tls12_mutual");
  StreamCaller caller;
  caller.segment(kClient, talk[0].bytes);
  caller.gap(kServer, 500);
  caller.segment(kServer, {talk[1].bytes.begin() + 500, talk[1].bytes.end()});
  EXPECT_EQ(caller.lines()[1], "S server-key-exchange (resynchronised)");
}

TEST(TlsStream, NothingToFindAfterAGapIsGivenUp) {
  StreamCaller caller;
  caller.feed(load_conversation("tls12_unknown_ca"));
  caller.gap(kServer, 10);
  for (int i = 0; i < 30 && !caller.stream.is_done(kServer); ++i) caller.segment(kServer, Bytes(60000, 0));
  EXPECT_TRUE(caller.stream.is_done(kServer));
}

// --- hostile input

TEST(TlsStream, TooLongRecordStopsTheDirection) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kClient, from_hex("17 0303 4801 00"));
  EXPECT_EQ(caller.lines().back(), "C plaintext (record-too-long)");
  EXPECT_TRUE(caller.stream.is_done(kClient));
  EXPECT_TRUE(caller.stream.facts().malformed);
  EXPECT_TRUE(caller.stream.is_tls());
}

TEST(TlsStream, BytesThatAreNoRecordStopTheDirection) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kClient, from_text("GET / HTTP/1.1\r\n"));
  EXPECT_EQ(caller.lines().back(), "C plaintext (malformed-record)");
  EXPECT_TRUE(caller.stream.is_done(kClient));
}

TEST(TlsStream, TooLargeHandshakeMessage) {
  TlsLimits limits;
  limits.max_handshake_message = 1000;
  StreamCaller caller(limits);
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kServer, record(22, from_hex("0b 0003e9 0303") + Bytes(100, 0)));
  EXPECT_EQ(caller.lines().back(), "S limit-reached");
  // It is passed over; what follows in the same record is read.
  caller.segment(kServer, record(22, Bytes(0x3e9 - 102, 0) + from_hex("0e 000000")));
  EXPECT_EQ(caller.lines().back(), "S server-hello-done");
  EXPECT_FALSE(caller.stream.is_done(kServer));
}

TEST(TlsStream, HandshakeBytesThatAreNoMessage) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  caller.segment(kClient, record(22, Bytes(20, 0xaa)));
  EXPECT_EQ(caller.lines().back(), "C encrypted-handshake (malformed-message)");
  EXPECT_TRUE(caller.stream.facts().malformed);
}

TEST(TlsStream, AlertsInTheFactsAreBounded) {
  StreamCaller caller;
  caller.segment(kClient, first_segment("tls12_unknown_ca"));
  for (int i = 0; i < 40; ++i) caller.segment(kClient, from_hex("15 0303 0002 01 00"));
  EXPECT_EQ(caller.stream.facts().alerts.size(), 16u);
  EXPECT_EQ(caller.events.size(), 41u);
}

// --- certificates

TEST(CertificateCache, GivesWhatDissectingGives) {
  const Conversation talk = load_conversation("tls12_mutual");
  TlsLimits limits;
  limits.keep_certificate_der = true;
  StreamCaller first(limits), second;
  first.feed(talk);
  second.feed(talk);
  const auto& with_der = first.stream.facts().chains[1].certificates;
  const auto& from_cache = second.stream.facts().chains[1].certificates;
  ASSERT_EQ(with_der.size(), from_cache.size());
  EXPECT_FALSE(with_der[0]->der.empty());
  EXPECT_TRUE(from_cache[0]->der.empty());
  const tls::Certificate direct = tls::dissect_certificate(with_der[0]->der);
  EXPECT_EQ(direct.sha256, from_cache[0]->sha256);
  EXPECT_EQ(direct.subject, from_cache[0]->subject);
}

TEST(CertificateCache, RubbishAndOversizedBytes) {
  EXPECT_FALSE(tls::cached_certificate({})->decoded);
  EXPECT_FALSE(tls::cached_certificate(Bytes(100, 1))->decoded);
  EXPECT_FALSE(tls::cached_certificate(Bytes(tls::kCertificateCacheLargest + 1, 1))->decoded);
}

}  // namespace
}  // namespace handlens
