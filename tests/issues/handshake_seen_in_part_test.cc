// What a capture holds only in part was judged as if it were whole.
#include <gtest/gtest.h>

#include <array>

#include "src/output/record.h"
#include "tests/support/talk.h"

namespace handlens {
namespace {

using namespace testing;
using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kFin;
using builder::kPsh;
using builder::kRst;
using builder::kSyn;
using builder::milliseconds;
using builder::seconds;

struct Talk {
  Capture capture;
  Conversation tcp{capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000}};
  void server_unseen(const Bytes& bytes) { tcp.from_server({.flags = kPsh | kAck, .payload = bytes, .unseen = true}); }
};

// Records of type 23 both ways are a whole TLS 1.3 handshake's worth when the ServerHello is missing.
TEST(Issues, EncryptedRecordsBothWaysAreNoProofWithoutAServerHello) {
  Talk t;
  t.tcp.open().client_data(hello_record());
  t.server_unseen(handshake_record(builder::server_hello({})));
  t.tcp.server_data(concat({data(40), data(900), data(280), data(kFinished13)}));
  t.tcp.client_data(concat({builder::change_cipher_spec_record(), data(24)}));
  t.tcp.from_client({.flags = kRst | kAck}).from_server({});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_FALSE(f.report.tls.established);
  EXPECT_TRUE(f.report.tls.gap);
  EXPECT_EQ(f.outcome.status, Status::incomplete);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::rst);
}

TEST(Issues, MoreThanAHandshakeHoldsIsProofWithoutAServerHello) {
  Talk t;
  t.tcp.server_data(concat({data(40), data(900), data(280), data(kFinished13)})).client_data(data(kFinished13));
  Talk more;
  for (int i = 0; i < 2; ++i) more.tcp.client_data(data(100)).server_data(data(3000));
  EXPECT_FALSE(only_flow(t.capture).report.tls.established);
  EXPECT_TRUE(only_flow(more.capture).report.tls.established);
  Talk bulk;
  bulk.tcp.client_data(data(100));
  for (int i = 0; i < 20; ++i) bulk.tcp.server_data(data(16'000));
  EXPECT_TRUE(only_flow(bulk.capture).report.tls.established);
}

// The client's FIN was passed over because completion was noticed later, when a gap was given up; and a full handshake
// whose certificate is missing was called resumed.
TEST(Issues, AFullHandshakeWithoutItsCertificate) {
  Talk t;
  t.tcp.open().client_data(hello_record(builder::tls12_hello("www.example.com")));
  t.tcp.server_data(handshake_record(builder::server_hello(builder::tls12_server_hello())));
  t.server_unseen(
      handshake_record(concat({builder::handshake_message(11, Bytes(1200)), builder::server_hello_done()})));
  t.tcp.client_data(concat({handshake_record(builder::client_key_exchange()), finished12()})).server_data(finished12());
  t.tcp.client_data(data(100))
      .server_data(data(100))
      .from_client({.flags = kFin | kAck})
      .from_server({.flags = kFin | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::ok);
  EXPECT_EQ(f.outcome.ending_frame, 10u);
  EXPECT_EQ(f.outcome.apparent_sender, Side::client);
  EXPECT_EQ(is_resumed(f.report), false);
}

TEST(Issues, ResumptionIsNotConcludedFromWhatIsMissing) {
  Talk t;
  t.tcp.open().client_data(hello_record(builder::tls12_hello("www.example.com")));
  t.tcp.server_data(handshake_record(builder::server_hello(builder::tls12_server_hello())));
  t.server_unseen(data(1200));
  t.tcp.server_data(finished12()).client_data(finished12()).client_data(data(100)).server_data(data(100));
  EXPECT_FALSE(is_resumed(only_flow(t.capture).report).has_value());
}

TEST(Issues, PartOfAClientHelloIsSaid) {
  const Bytes hello = hello_record();
  Talk part, tiny;
  part.tcp.open().client_data(builder::slice(hello, 0, 100)).from_server({.flags = kRst | kAck});
  tiny.tcp.open().client_data(builder::slice(hello, 0, 4)).from_server({.flags = kRst | kAck});
  const AnalyzedFlow f = only_flow(part.capture);
  EXPECT_EQ(f.outcome.stage, Stage::client_hello);
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_TRUE(says(f, "after the first part of a ClientHello"));
  const AnalyzedFlow g = only_flow(tiny.capture);
  EXPECT_EQ(g.outcome.status, Status::incomplete);
  EXPECT_TRUE(says(g, "too few to tell"));
}

TEST(Issues, ARequestThatWasAcknowledgedIsNotCalledUnsent) {
  Talk t;
  t.tcp.open().from_client({.flags = kPsh | kAck, .payload = hello_record(), .unseen = true}).from_server({});
  t.tcp.wait(seconds(5)).from_client({.flags = kRst | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_TRUE(f.findings.empty());
  EXPECT_EQ(f.outcome.status, Status::incomplete);
}

TEST(Issues, AResetBeforeTheAckIsNotAfterIt) {
  Talk t;
  t.tcp.from_client({.flags = kSyn}).from_server({.flags = kSyn | kAck}).wait(milliseconds(1));
  t.tcp.from_client({.flags = kRst}).wait(milliseconds(10)).from_client({});
  const AnalyzedFlow f = only_flow(t.capture);
  for (const Finding& finding : f.findings) EXPECT_NE(finding.id, "client-reset-before-hello");
  EXPECT_EQ(f.outcome.stage, Stage::syn);
}

// Only some of the ways a rejected 0-RTT offer goes on were known: a client flight in one record never completed it.
TEST(Issues, RejectedEarlyDataDoesNotHideCompletion) {
  Talk t;
  builder::ClientHelloFields fields;
  fields.more = {{42, {}}, {41, builder::filler(80)}};
  t.tcp.open().client_data(concat({hello_record(fields), builder::change_cipher_spec_record(), data(300)}));
  t.tcp.server_data(
      concat({handshake_record(builder::server_hello({})), builder::change_cipher_spec_record(), data(1500)}));
  t.tcp.client_data(data(1300)).server_data(data(250));
  EXPECT_FALSE(only_flow(t.capture).report.tls.established);  // the server may only go on with its flight
  for (int i = 0; i < 2; ++i) t.tcp.client_data(data(100)).server_data(data(500));
  EXPECT_EQ(only_flow(t.capture).outcome.status, Status::ok);
}

// What spoke for the host is lost with the packets that told how far it is, or what was answered; then somebody was
// accused more than by the whole capture. Told at 100 ms, where a reset may come as late as the host's own.
struct Missing {
  bool is_hello_in_two = false, is_captured_twice = false, goes_on = false, is_refused = false;
  std::uint8_t ttl = 46;  // of the reset; the host's is 49
  std::uint16_t ip_id = 4711;
};
Packets reset_at_distance(const Missing& m) {
  Capture capture;
  Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 49});
  tcp.open(milliseconds(100));
  const Bytes hello = hello_record();
  if (m.is_refused) {
    tcp.wait(milliseconds(1));
  } else if (m.is_hello_in_two) {
    const auto half = static_cast<std::ptrdiff_t>(hello.size() / 2);
    tcp.client_data(Bytes(hello.begin(), hello.begin() + half)).wait(milliseconds(20));
    tcp.client_data(Bytes(hello.begin() + half, hello.end())).wait(milliseconds(80));
    tcp.from_server({.flags = kRst | kAck, .ack = half + 1, .ttl = m.ttl, .ip_id = m.ip_id, .foreign = true});
    tcp.wait(milliseconds(20));
  } else {
    tcp.client_data(hello).wait(milliseconds(100));
  }
  tcp.from_server({.flags = kRst | kAck, .ttl = m.ttl, .ip_id = m.ip_id, .foreign = true}).wait(milliseconds(4));
  if (m.goes_on) tcp.server_data(flight13());
  Packets out;
  for (const auto& packet : packets_of(capture)) {
    out.push_back(packet);
    if (!m.is_captured_twice) continue;
    out.push_back(packet);
    out.back().time += 15'000;
  }
  return out;
}
int strength(const AnalyzedFlow& flow) {
  return flow.outcome.cause == Cause::middlebox
             ? 1 + static_cast<int>(Confidence::undetermined) - static_cast<int>(flow.outcome.confidence)
             : 0;
}
TEST(Issues, ACaptureThatShowsLessAccusesNoMore) {
  const std::array<Missing, 6> all = {{{},
                                       {.ttl = 255, .ip_id = 9},
                                       {.is_hello_in_two = true, .ttl = 255},
                                       {.goes_on = true},
                                       {.is_captured_twice = true, .ttl = 255},
                                       {.is_refused = true, .ttl = 47}}};
  for (const Missing& m : all) {
    const Packets whole = reset_at_distance(m);
    const Analysis judged = judge_packets(whole);
    const AnalyzedFlow& known = judged.flows.at(0);
    for (std::size_t first = 1; first < 4; ++first) {
      const Packets rest(whole.begin() + static_cast<std::ptrdiff_t>(first), whole.end());
      EXPECT_LE(strength(judge_packets(rest).flows.at(0)), strength(known)) << first << known.outcome.sentence;
    }
    for (std::size_t lost = 0; lost < whole.size(); ++lost) {
      Packets rest = whole;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
      EXPECT_LE(strength(judge_packets(rest).flows.at(0)), strength(known)) << lost << known.outcome.sentence;
    }
  }
}

// An alert that only says what its sender could not read answers something: where that is missing it is nobody's.
TEST(Issues, AnAlertWhoseReasonIsMissingNamesNobody) {
  struct Alert {
    bool is_clients;
    std::uint8_t code;
    bool is_answer;  // the other side spoke before it
    Cause cause;
  };
  constexpr std::array<Alert, 9> kAlerts = {{{true, 50, false, Cause::unknown},
                                             {true, 70, false, Cause::unknown},
                                             {true, 40, false, Cause::unknown},
                                             {true, 48, false, Cause::client},
                                             {true, 50, true, Cause::client},
                                             {false, 50, false, Cause::unknown},
                                             {false, 40, false, Cause::server},
                                             {false, 70, false, Cause::server},
                                             {false, 50, true, Cause::server}}};
  for (const Alert& a : kAlerts) {
    Talk t;
    t.tcp.open(milliseconds(40));
    const Bytes alert = builder::alert_record(2, a.code);
    if (a.is_clients) {
      t.tcp.client_data(hello_record()).wait(milliseconds(40));
      if (a.is_answer) t.tcp.server_data(flight13()).wait(milliseconds(1));
      t.tcp.client_data(alert).from_client({.flags = kFin | kAck});
    } else {
      if (a.is_answer) t.tcp.client_data(hello_record()).wait(milliseconds(40));
      t.tcp.server_data(alert).from_server({.flags = kFin | kAck});
    }
    const Analysis judged = judge_packets(packets_of(t.capture));
    const AnalyzedFlow& flow = judged.flows.at(0);
    EXPECT_EQ(flow.outcome.cause, a.cause) << a.is_clients << int{a.code} << flow.outcome.sentence;
    EXPECT_EQ(says(flow, "Nothing that it may answer is in this capture"), a.cause == Cause::unknown);
  }
}

// Of a whole connection with STARTTLS one packet of the server's was lost, and what it sent behind that was read when
// its FIN had been: it seemed to have closed without an answer.
TEST(Issues, WhatIsReadLateForALossIsNoEarlyEnd) {
  Talk t;
  t.tcp.open(milliseconds(40)).server_data(text("220 mail.example.com ESMTP\r\n"));
  t.tcp.client_data(text("EHLO client.example.com\r\n")).wait(milliseconds(40));
  t.tcp.server_data(text("250-mail.example.com\r\n250 STARTTLS\r\n"));
  t.tcp.client_data(text("STARTTLS\r\n")).wait(milliseconds(40)).server_data(text("220 go ahead\r\n"));
  t.tcp.client_data(hello_record()).wait(milliseconds(40)).server_data(flight13());
  t.tcp.client_data(finished13()).server_data(data(230)).from_server({.flags = kFin | kAck});
  t.tcp.wait(milliseconds(40)).from_client({.flags = kFin | kAck});
  const Packets whole = packets_of(t.capture);
  ASSERT_EQ(judge_packets(whole).flows.at(0).outcome.status, Status::ok);
  for (std::size_t lost = 0; lost < whole.size(); ++lost) {
    Packets rest = whole;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
    const Analysis judged = judge_packets(rest);
    const Outcome& o = judged.flows.at(0).outcome;
    EXPECT_TRUE(o.cause == Cause::none || o.cause == Cause::unknown) << lost << o.sentence;
    EXPECT_NE(o.status, Status::failed) << lost << o.sentence;
  }
}

// The first segment of the server's flight had been lost on the way and came behind the second; in a capture that
// begins after the opening the second one was taken for the beginning, and so for an answer that is not TLS.
TEST(Issues, ABeginningThatIsNotThereIsNoPlainAnswer) {
  const Bytes flight = flight13();
  const auto half = static_cast<std::ptrdiff_t>(flight.size() / 2);
  Talk t;
  t.tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(40)).from_server({});
  t.tcp.from_server({.payload = Bytes(flight.begin() + half, flight.end()), .seq = half + 1}).wait(milliseconds(200));
  t.tcp.from_server({.payload = Bytes(flight.begin(), flight.begin() + half), .seq = 1}).wait(milliseconds(40));
  const auto end = static_cast<std::int64_t>(flight.size()) + 1;
  t.tcp.from_client({.payload = finished13(), .ack = end}).wait(milliseconds(40));
  t.tcp.from_server({.payload = data(400), .seq = end}).from_server({.flags = kFin | kAck});
  const Packets whole = packets_of(t.capture);
  for (const std::size_t first : {std::size_t{0}, std::size_t{3}}) {
    const Analysis judged = judge_packets(Packets(whole.begin() + static_cast<std::ptrdiff_t>(first), whole.end()));
    const Outcome& o = judged.flows.at(0).outcome;
    EXPECT_EQ(o.status, first == 0 ? Status::ok : Status::incomplete) << o.sentence;
    EXPECT_EQ(o.cause, first == 0 ? Cause::none : Cause::unknown) << o.sentence;
  }
}

// Whatever two packets a capture lacks, of a connection that was well nobody is named. The SYN-ACK and the beginning of
// the answer, for example: then its rest was an answer that is not TLS.
TEST(Issues, TwoLostPacketsNameNobody) {
  const Bytes flight = flight13();
  const auto half = static_cast<std::ptrdiff_t>(flight.size() / 2);
  Talk t;
  t.tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(40));
  t.tcp.server_data(Bytes(flight.begin(), flight.begin() + half));
  t.tcp.server_data(Bytes(flight.begin() + half, flight.end())).wait(milliseconds(40)).from_client({});
  t.tcp.client_data(finished13()).wait(milliseconds(40)).server_data(data(230)).wait(milliseconds(40));
  t.tcp.client_data(data(300)).wait(milliseconds(40)).server_data(data(900)).from_server({.flags = kFin | kAck});
  t.tcp.wait(milliseconds(40)).from_client({.flags = kFin | kAck}).wait(milliseconds(40)).from_server({});
  const Packets whole = packets_of(t.capture);
  for (std::size_t a = 0; a < whole.size(); ++a) {
    for (std::size_t b = a + 1; b < whole.size(); ++b) {
      Packets rest = whole;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(b));
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(a));
      const Analysis judged = judge_packets(rest);
      const Outcome& o = judged.flows.at(0).outcome;
      EXPECT_NE(o.status, Status::failed) << a << ' ' << b << ' ' << o.sentence;
      EXPECT_TRUE(o.cause == Cause::none || o.cause == Cause::unknown) << a << ' ' << b << ' ' << o.sentence;
    }
  }
}

// An ACK of an older connection between the same ends, captured behind the new SYN, says nothing of where the new
// stream begins; nor does one that runs ahead of it for long.
TEST(Issues, AnAckOfAnotherConnectionBeginsNoStream) {
  for (const std::int64_t ahead : {-100'000, -3000, 200, 3000, 100'000, 1'000'000'000}) {
    for (const std::int64_t seq : {1, 7000}) {  // the client's: of this connection, of another one
      Talk t;
      t.tcp.from_client({.flags = kSyn}).wait(milliseconds(1));
      t.tcp.from_client({.seq = seq, .ack = 1 + ahead, .foreign = true}).wait(milliseconds(39));
      t.tcp.from_server({.flags = kSyn | kAck}).from_client({}).client_data(hello_record()).wait(milliseconds(40));
      t.tcp.server_data(flight13()).client_data(finished13()).wait(milliseconds(40)).server_data(data(230));
      t.tcp.from_server({.flags = kFin | kAck}).from_client({.flags = kFin | kAck});
      Packets packets = packets_of(t.capture);
      for (const bool is_syn_ack_lost : {false, true}) {
        if (is_syn_ack_lost) packets.erase(packets.begin() + 2);
        const Analysis judged = judge_packets(packets);
        const Outcome& o = judged.flows.at(0).outcome;
        EXPECT_NE(o.status, Status::failed) << ahead << ' ' << seq << is_syn_ack_lost << o.sentence;
        EXPECT_TRUE(o.cause == Cause::none || o.cause == Cause::unknown) << ahead << o.sentence;
      }
    }
  }
}

// What stands between the question and the alert may be its sender's own: the alert's first half, a ChangeCipherSpec.
TEST(Issues, AnAlertInPartsStillAnswersWhatIsThere) {
  enum class Before : std::uint8_t { nothing, first_half, change_cipher_spec };
  for (const bool is_clients : {true, false}) {
    for (const Before before : {Before::nothing, Before::first_half, Before::change_cipher_spec}) {
      if (!is_clients && before == Before::change_cipher_spec) continue;  // what follows that is not in clear
      Talk t;
      t.tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(40));
      if (is_clients) t.tcp.server_data(flight13()).wait(milliseconds(1));
      const auto send = [&](const Bytes& bytes) { is_clients ? t.tcp.client_data(bytes) : t.tcp.server_data(bytes); };
      const Bytes alert = builder::alert_record(2, 50);
      if (before == Before::change_cipher_spec) send(builder::change_cipher_spec_record());
      if (before == Before::first_half) {
        send(Bytes(alert.begin(), alert.begin() + 5));
        send(Bytes(alert.begin() + 5, alert.end()));
      } else {
        send(alert);
      }
      const Analysis judged = judge_packets(packets_of(t.capture));
      EXPECT_EQ(judged.flows.at(0).outcome.cause, is_clients ? Cause::client : Cause::server)
          << judged.flows.at(0).outcome.sentence;
    }
  }
}

}  // namespace
}  // namespace handlens
