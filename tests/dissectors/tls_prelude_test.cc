#include "dissectors/tls_prelude.h"

#include <gtest/gtest.h>

#include "tests/dissectors/tls_conversation.h"

namespace handlens {
namespace {

using namespace handlens::testing;

// The prelude's segments, then a ClientHello and a ServerHello record at segment starts.
struct Case {
  const char* name;
  Prelude protocol;
  Conversation talk;
  bool accepted;
  const char* reply;
  const char* target;
  bool becomes_tls = true;
};

Segment c(std::string_view text) { return {kClient, from_text(text)}; }
Segment s(std::string_view text) { return {kServer, from_text(text)}; }
Segment ch(std::string_view hex) { return {kClient, from_hex(hex)}; }
Segment sh(std::string_view hex) { return {kServer, from_hex(hex)}; }

std::vector<Case> cases() {
  const std::string oid = "8016312e332e362e312e342e312e313436362e3230303337";
  return {
      {"smtp",
       Prelude::smtp,
       {s("220 mx\r\n"), c("EHLO a\r\n"), s("250-mx\r\n250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("220 go\r\n")},
       true,
       "220 go",
       ""},
      {"smtp_refused",
       Prelude::smtp,
       {s("220 mx\r\n"), c("EHLO a\r\n"), s("250 mx\r\n"), c("starttls\r\n"), s("454 4.7.0 not now\r\n")},
       false,
       "454 4.7.0 not now",
       ""},
      {"connect_after_a_refused_request",
       Prelude::http_connect,
       {c("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), s("HTTP/1.1 405 no\r\n\r\n"), c("CONNECT a:1 HTTP/1.1\r\n\r\n"),
        s("HTTP/1.1 200 yes\r\n\r\n")},
       true,
       "HTTP/1.1 200 yes",
       "a:1"},
      {"lmtp",
       Prelude::lmtp,
       {s("220 mx\r\n"), c("LHLO a\r\n"), s("250 STARTTLS\r\n"), c("STARTTLS\r\n"), s("220 ok\r\n")},
       true,
       "220 ok",
       ""},
      {"imap",
       Prelude::imap,
       {s("* OK ready\r\n"), c("a1 CAPABILITY\r\n"), s("* CAPABILITY STARTTLS\r\na1 OK done\r\n"), c("a2 STARTTLS\r\n"),
        s("a2 OK begin\r\n")},
       true,
       "a2 OK begin",
       ""},
      {"imap_refused",
       Prelude::imap,
       {s("* OK ready\r\n"), c("a2 STARTTLS\r\n"), s("* BYE\r\na2 NO later\r\n")},
       false,
       "a2 NO later",
       ""},
      {"pop3", Prelude::pop3, {s("+OK hi\r\n"), c("STLS\r\n"), s("+OK begin\r\n")}, true, "+OK begin", ""},
      {"ftp",
       Prelude::ftp,
       {s("220-Welcome\r\n220 ready\r\n"), c("AUTH TLS\r\n"), s("234 ok\r\n")},
       true,
       "234 ok",
       ""},
      {"ftp_refused", Prelude::ftp, {s("220 ready\r\n"), c("AUTH SSL\r\n"), s("502 no\r\n")}, false, "502 no", ""},
      {"nntp",
       Prelude::nntp,
       {s("200 news\r\n"), c("CAPABILITIES\r\n"), s("101 list\r\nSTARTTLS\r\n.\r\n"), c("STARTTLS\r\n"),
        s("382 go\r\n")},
       true,
       "382 go",
       ""},
      {"irc", Prelude::irc, {c("STARTTLS\r\n"), s(":irc 670 x :go\r\n")}, true, ":irc 670 x :go", ""},
      {"sieve",
       Prelude::sieve,
       {s("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"), c("STARTTLS\r\n"), s("OK \"go\"\r\n")},
       true,
       "OK \"go\"",
       ""},
      {"xmpp",
       Prelude::xmpp,
       {c("<?xml version='1.0'?><stream:stream to='x'>"),
        s("<?xml version='1.0'?><stream:stream><stream:features><starttls/></stream:features>"),
        c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), s("<proceed xmlns='x'/>")},
       true,
       "<proceed xmlns='x'/>",
       ""},
      {"ldap",
       Prelude::ldap,
       {ch("301d 020101 7718" + oid), sh("300c 020101 7807 0a0100 0400 0400")},
       true,
       "resultCode 0",
       ""},
      {"ldap_refused",
       Prelude::ldap,
       {ch("301d 020101 7718" + oid), sh("300c 020101 7807 0a0134 0400 0400")},
       false,
       "resultCode 52",
       ""},
      {"postgres", Prelude::postgres, {ch("00000008 04d2162f"), s("S")}, true, "S", ""},
      {"postgres_gss_first",
       Prelude::postgres,
       {ch("00000008 04d21630"), s("N"), ch("00000008 04d2162f"), s("S")},
       true,
       "S",
       ""},
      {"postgres_refused", Prelude::postgres, {ch("00000008 04d2162f"), s("N")}, false, "N", ""},
      {"mysql",
       Prelude::mysql,
       {sh("18000000 0a 382e302e33340000000000 616263646566676800 ff ff ff"),
        ch("20000001 85aeff19 00000001 ff" + std::string(46, '0'))},
       true,
       "",
       ""},
      {"connect",
       Prelude::http_connect,
       {c("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"), s("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")},
       true,
       "HTTP/1.1 200 OK",
       "example.org:443"},
      {"connect_refused",
       Prelude::http_connect,
       {c("CONNECT example.org:443 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 403 No\r\n\r\n")},
       false,
       "HTTP/1.1 403 No",
       "example.org:443"},
      {"socks4",
       Prelude::socks4,
       {ch("0401 01bb c0000201 75 00"), sh("005a 0000 00000000")},
       true,
       "CD 90",
       "192.0.2.1:443"},
      {"socks4a",
       Prelude::socks4,
       {ch("0401 01bb 00000001 00 612e6200"), sh("005b 0000 00000000")},
       false,
       "CD 91",
       "a.b:443"},
      {"socks5",
       Prelude::socks5,
       {ch("05020002"), sh("0500"), ch("05010003 03 612e62 01bb"), sh("05000001 00000000 0000")},
       true,
       "REP 0",
       "a.b:443"},
      {"socks5_password",
       Prelude::socks5,
       {ch("050102"), sh("0502"), ch("01 01 75 01 70"), sh("0100"), ch("05010001 c0000201 01bb"),
        sh("05050001 00000000 0000")},
       false,
       "REP 5",
       "192.0.2.1:443"},
  };
}

Conversation with_hellos(Conversation talk) {
  const Conversation tls = load_conversation("tls12_unknown_ca");
  talk.insert(talk.end(), tls.begin(), tls.end());
  return talk;
}

void check(const Case& test, const StreamCaller& caller) {
  const TlsFacts& facts = caller.stream.facts();
  EXPECT_EQ(facts.plaintext.protocol, test.protocol);
  EXPECT_TRUE(facts.plaintext.tls_requested);
  ASSERT_TRUE(facts.plaintext.tls_accepted.has_value());
  EXPECT_EQ(*facts.plaintext.tls_accepted, test.accepted);
  EXPECT_EQ(facts.plaintext.reply, test.reply);
  EXPECT_EQ(facts.plaintext.target, test.target);
  EXPECT_NE(facts.client_hello, nullptr);
  EXPECT_NE(facts.server_hello, nullptr);
  EXPECT_EQ(facts.chains[index(kServer)].certificates.size(), 2u);
  EXPECT_EQ(facts.alerts.size(), 1u);
}

TEST(TlsPrelude, EveryProtocol) {
  for (const Case& test : cases()) {
    SCOPED_TRACE(test.name);
    StreamCaller caller;
    caller.feed_and_end(with_hellos(test.talk));
    check(test, caller);
  }
}

TEST(TlsPrelude, EveryProtocolByteByByte) {
  for (const Case& test : cases()) {
    SCOPED_TRACE(test.name);
    StreamCaller whole, bytes;
    whole.feed_and_end(with_hellos(test.talk));
    for (const Segment& segment : with_hellos(test.talk)) {
      for (const std::uint8_t byte : segment.bytes) bytes.segment(segment.from, {byte});
    }
    bytes.end(kClient);
    bytes.end(kServer);
    check(test, bytes);
    EXPECT_EQ(whole.lines(), bytes.lines());
    EXPECT_EQ(facts_text(whole.stream.facts()), facts_text(bytes.stream.facts()));
  }
}

TEST(TlsPrelude, TunnelsAskWithTheirOwnEvent) {
  StreamCaller caller;
  caller.feed({c("CONNECT a:1 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 200 OK\r\n\r\n")});
  EXPECT_EQ(caller.lines(),
            (std::vector<std::string>{"C plaintext", "C proxy-connect", "S plaintext", "S proxy-connect"}));
}

TEST(TlsPrelude, ProxyProtocolInFrontOfHello) {
  const Conversation tls = load_conversation("tls12_unknown_ca");
  for (const Bytes& header : {from_text("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n"),
                              from_hex("0d0a0d0a000d0a515549540a 21 11 000c c0000201c0000202 1388 01bb")}) {
    Conversation talk = tls;
    talk[0].bytes = header + talk[0].bytes;
    StreamCaller caller;
    caller.feed_and_end(talk);
    EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::proxy_protocol);
    EXPECT_NE(caller.stream.facts().client_hello, nullptr);
    EXPECT_NE(caller.stream.facts().server_hello, nullptr);
  }
}

TEST(TlsPrelude, ProxyProtocolInFrontOfStarttls) {
  Conversation talk = cases()[0].talk;
  talk.insert(talk.begin(), c("PROXY UNKNOWN\r\n"));
  StreamCaller caller;
  caller.feed(with_hellos(talk));
  check(cases()[0], caller);
}

TEST(TlsPrelude, UnknownProtocolsSwitchAtASegmentStart) {
  StreamCaller caller;
  caller.feed_and_end(with_hellos({ch("0300 0013 0ee000"), sh("0300 0013 0ed000")}));  // RDP
  EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::unknown_text);
  EXPECT_NE(caller.stream.facts().client_hello, nullptr);
  EXPECT_NE(caller.stream.facts().server_hello, nullptr);
  EXPECT_EQ(caller.lines().front(), "C plaintext");
}

TEST(TlsPrelude, AnAnswerBeginsNoProtocol) {
  StreamCaller caller;  // TDS: the server's packet type 4, status 1 would be a SOCKS4 request
  caller.feed({ch("1201002f00000100 0000"), sh("0401002b00000100 0000")});
  EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::unknown_text);
  EXPECT_FALSE(caller.stream.facts().plaintext.tls_requested);
}

TEST(TlsPrelude, HelloBehindTheCommandInOneSegment) {
  Conversation talk = load_conversation("tls12_unknown_ca");
  Bytes& hello = talk[0].bytes;
  hello = from_hex("00000008 04d2162f") + hello;
  StreamCaller caller;
  caller.feed(talk);
  EXPECT_NE(caller.stream.facts().client_hello, nullptr);
  EXPECT_NE(caller.stream.facts().server_hello, nullptr);
  EXPECT_EQ(caller.stream.facts().plaintext.tls_accepted, true);  // by starting TLS
}

TEST(TlsPrelude, NoTlsIsGivenUpAtTheLimit) {
  TlsLimits limits;
  limits.max_plaintext_before_tls = 1000;
  StreamCaller caller(limits);
  caller.segment(kServer, Bytes(1000, 'x'));
  EXPECT_FALSE(caller.stream.is_done(kServer));
  for (int i = 0; i < 20; ++i) caller.segment(kServer, Bytes(100, 'x'));
  EXPECT_TRUE(caller.stream.is_done(kServer));
  EXPECT_FALSE(caller.stream.is_done(kClient));
  EXPECT_FALSE(caller.stream.is_tls());
  EXPECT_LE(caller.most_waiting, 1024u);
}

TEST(TlsPrelude, LongLinesAreSwallowed) {
  StreamCaller caller;
  for (int i = 0; i < 50; ++i) caller.segment(kClient, Bytes(100, 'a'));
  EXPECT_LE(caller.most_waiting, 1024u);
  caller.feed(with_hellos({}));
  EXPECT_NE(caller.stream.facts().client_hello, nullptr);
}

// RFC 5321 §4.1.1.4, RFC 3030 §2: what a mail says is not said to the server.
TEST(TlsPrelude, TheBodyOfAMailAsksForNothing) {
  const Conversation data = {s("220 mx SMTP\r\n"),    c("EHLO a\r\n"), c("DATA\r\n"),  s("354 go\r\n"),
                             c("STARTTLS\r\n..\r\n"), c(".\r\n"),      s("250 ok\r\n")};
  const Conversation chunk = {s("220 mx SMTP\r\n"), c("EHLO a\r\n"), c("BDAT 18 LAST\r\nhi\r\nSTARTTLS\r\n...."),
                              s("250 ok\r\n")};
  for (const Conversation& talk : {data, chunk}) {
    StreamCaller caller;
    caller.feed(talk);
    EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::smtp);
    EXPECT_FALSE(caller.stream.facts().plaintext.tls_requested);
    caller.segment(kClient, from_text("STARTTLS\r\n"));
    EXPECT_TRUE(caller.stream.facts().plaintext.tls_requested);
  }
}

TEST(TlsPrelude, ARefusedBodyIsNone) {
  StreamCaller caller;
  caller.feed({s("220 mx SMTP\r\n"), c("EHLO a\r\n"), c("DATA\r\n"), s("503 no\r\n"), c("STARTTLS\r\n")});
  EXPECT_TRUE(caller.stream.facts().plaintext.tls_requested);
}

// What is posted or fetched may be a mail; a proxy may be asked for a tunnel after all.
TEST(TlsPrelude, OfHttpOnlyAConnectAsksForSomething) {
  StreamCaller caller;
  caller.feed({c("POST /mails HTTP/1.1\r\n\r\nEHLO a\r\nSTARTTLS\r\na1 STARTTLS\r\n"),
               s("HTTP/1.1 200 OK\r\n\r\n220 mx SMTP\r\n"), c("STARTTLS\r\n")});
  EXPECT_FALSE(caller.stream.facts().plaintext.tls_requested);
  EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::unknown_text);
  caller.feed({c("CONNECT a:1 HTTP/1.1\r\n\r\n"), s("HTTP/1.1 200 go\r\n\r\n")});
  EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::http_connect);
  EXPECT_EQ(caller.stream.facts().plaintext.tls_accepted, true);
}

TEST(TlsPrelude, HttpToAMailServerIsNoHttp) {
  for (const bool greets_late : {false, true}) {
    StreamCaller caller;
    const Conversation begin = {s("220 mx\r\n"), c("GET / HTTP/1.1\r\n")};
    caller.feed(greets_late ? Conversation{begin[1], begin[0]} : begin);
    caller.feed({s("500 what\r\n"), c("EHLO a\r\n"), c("STARTTLS\r\n")});
    EXPECT_EQ(caller.stream.facts().plaintext.protocol, Prelude::smtp);
    EXPECT_TRUE(caller.stream.facts().plaintext.tls_requested);
  }
}

TEST(FirstBytes, TakesAsManyAsThereIsRoomFor) {
  FirstBytes first;
  EXPECT_TRUE(first.empty());
  Bytes all;
  for (std::uint8_t i = 0; i < 50; ++i) all.push_back(i);
  for (const std::size_t size : std::array<std::size_t, 5>{0, 1, 20, 20, 9})
    first.append(ByteView(all).subspan(first.view().size(), size));
  EXPECT_TRUE(std::equal(first.view().begin(), first.view().end(), all.begin(), all.begin() + FirstBytes::kMost));
}

TEST(TlsPrelude, CommandsWithArgumentsAreOtherWords) {
  for (const char* line : {"STARTTLS now\r\n", "a STARTTLS now\r\n", "STLS now\r\n"}) {
    StreamCaller caller;
    caller.feed({s("220 mx SMTP\r\n"), c("EHLO a\r\n"), c(line)});
    EXPECT_FALSE(caller.stream.facts().plaintext.tls_requested) << line;
  }
}

TEST(TlsPrelude, Words) {
  EXPECT_EQ(to_text(Prelude::http_connect), "connect");
  EXPECT_EQ(to_text(Prelude::proxy_protocol), "proxy-protocol");
  EXPECT_TRUE(is_tunnel(Prelude::socks5));
  EXPECT_FALSE(is_tunnel(Prelude::smtp));
}

}  // namespace
}  // namespace handlens
