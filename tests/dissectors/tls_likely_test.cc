#include "dissectors/tls_likely.h"

#include <gtest/gtest.h>

namespace handlens::tls {
namespace {

using Likely = TlsEvent::Likely;
using Place = Tls13Flight::Place;

struct Row {
  std::uint16_t version, suite;
  bool encrypt_then_mac;
  std::uint32_t alert, finished;
};

// Record lengths as OpenSSL and GnuTLS send them.
TEST(TlsLikely, LengthsByCipherSuite) {
  constexpr Row kRows[] = {
      {0x0303, 0xc02f, false, 26, 40},  // ECDHE-RSA-AES128-GCM
      {0x0303, 0xc09c, false, 26, 40},  // AES128-CCM
      {0x0303, 0xc0a0, false, 18, 32},  // AES128-CCM_8
      {0x0303, 0xcca8, false, 18, 32},  // ChaCha20-Poly1305
      {0x0303, 0xc013, true, 52, 68},   // AES128-CBC-SHA, encrypt-then-MAC
      {0x0303, 0xc013, false, 48, 64},  // AES128-CBC-SHA
      {0x0301, 0xc013, false, 32, 48},  // the same without an explicit IV
      {0x0303, 0xc027, true, 64, 80},   // AES128-CBC-SHA256
      {0x0303, 0xc028, false, 80, 96},  // AES256-CBC-SHA384
      {0x0303, 0x000a, false, 32, 48},  // 3DES, TLS 1.1 and later
      {0x0301, 0x000a, false, 24, 40},  // 3DES, TLS 1.0
      {0x0301, 0x0005, false, 22, 36},  // RC4-SHA
      {0x0301, 0x0004, false, 18, 32},  // RC4-MD5
      {0x0303, 0x0002, false, 22, 36},  // NULL-SHA
      {0x0304, 0x1301, false, 19, 53}, {0x0304, 0x1302, false, 19, 69},
      {0x0304, 0x1303, false, 19, 53}, {0x0304, 0x1305, false, 11, 45},
  };
  for (const Row& row : kRows) {
    const ProtectedLengths lengths = protected_lengths(row.version, row.suite, row.encrypt_then_mac);
    EXPECT_EQ(lengths.alert, row.alert) << std::hex << row.version << " " << row.suite;
    EXPECT_EQ(lengths.finished, row.finished) << std::hex << row.version << " " << row.suite;
  }
}

TEST(TlsLikely, UnknownSuiteHasNoLengths) {
  EXPECT_EQ(protected_lengths(0x0303, 0xfedc, false).alert, 0u);
  EXPECT_TRUE(may_be_finished(protected_lengths(0x0303, 0xfedc, false), 999));
}

TEST(TlsLikely, CbcPaddingMayBeLonger) {
  const ProtectedLengths cbc = protected_lengths(0x0303, 0xc013, false);
  EXPECT_TRUE(may_be_finished(cbc, 64 + 32));
  EXPECT_FALSE(may_be_finished(cbc, 64 + 8));
  EXPECT_FALSE(may_be_finished(cbc, 48));
  EXPECT_FALSE(may_be_finished(protected_lengths(0x0303, 0xc02f, false), 56));
}

class Flight : public ::testing::Test {
 protected:
  void SetUp() override { start(0x1301); }
  void start(std::uint16_t suite, bool early_data = false, bool resumed = false) {
    flight_.start(protected_lengths(0x0304, suite, false), early_data, resumed);
  }
  Likely client(std::uint32_t n) { return flight_.on_record(true, n).likely; }
  Likely server(std::uint32_t n) { return flight_.on_record(false, n).likely; }
  Place place(bool from_client, std::uint32_t n) { return flight_.on_record(from_client, n).place; }
  void server_flight() {
    EXPECT_EQ(server(32), Likely::none);
    EXPECT_EQ(server(1762), Likely::certificate);
    EXPECT_EQ(server(281), Likely::none);
    EXPECT_EQ(server(53), Likely::finished);
  }
  Tls13Flight flight_;
};

TEST_F(Flight, FinishedAloneCompletes) {
  server_flight();
  EXPECT_FALSE(flight_.complete());
  EXPECT_EQ(client(53), Likely::finished);
  EXPECT_TRUE(flight_.complete());
}

TEST_F(Flight, AlertInsteadOfFinishedDoesNot) {
  server_flight();
  EXPECT_EQ(client(19), Likely::alert);
  EXPECT_FALSE(flight_.complete());
}

TEST_F(Flight, NoClientCertificate) {
  server_flight();
  EXPECT_EQ(client(25), Likely::empty_certificate);
  EXPECT_FALSE(flight_.complete());
  EXPECT_EQ(client(53), Likely::finished);
  // The server's first word is an alert: it refused the client.
  EXPECT_EQ(server(19), Likely::alert);
}

TEST_F(Flight, EmptyCertificateAndFinishedInOneRecord) {
  server_flight();
  EXPECT_EQ(client(61), Likely::empty_certificate);
  EXPECT_TRUE(flight_.complete());
}

TEST_F(Flight, ClientCertificateInOneRecordCompletesWithTheServersNextWord) {
  EXPECT_EQ(server(2400), Likely::none);  // the whole flight
  EXPECT_EQ(client(1500), Likely::certificate);
  EXPECT_FALSE(flight_.complete());
  EXPECT_EQ(place(false, 234), Place::ticket);
  EXPECT_TRUE(flight_.complete());
}

// As JSSE sends them: 16 bytes of padding in each record of a handshake and in each alert.
TEST_F(Flight, PaddedAlertInsteadOfFinished) {
  server_flight();
  EXPECT_EQ(client(35), Likely::alert);
  EXPECT_FALSE(flight_.complete());
}

TEST_F(Flight, PaddedEmptyCertificate) {
  server_flight();
  EXPECT_EQ(client(41), Likely::empty_certificate);
  EXPECT_EQ(client(69), Likely::none);
  EXPECT_EQ(server(19), Likely::alert);
}

TEST_F(Flight, ServerThatPadsRefusesClient) {
  EXPECT_EQ(server(65), Likely::none);
  EXPECT_EQ(server(175), Likely::none);
  EXPECT_EQ(server(1708), Likely::certificate);
  EXPECT_EQ(server(297), Likely::none);
  EXPECT_EQ(server(69), Likely::finished);
  EXPECT_EQ(client(25), Likely::empty_certificate);
  EXPECT_EQ(client(53), Likely::finished);
  EXPECT_EQ(client(35), Likely::none);  // a request of 18 bytes
  EXPECT_EQ(server(35), Likely::alert);
}

// An answer of 18 bytes is as long as a padded alert: only where a certificate was asked for is it taken for one.
TEST_F(Flight, ShortAnswerIsNoAlert) {
  server_flight();
  (void)client(25);
  (void)client(53);
  EXPECT_EQ(server(35), Likely::none);  // this server does not pad

  start(0x1301);
  EXPECT_EQ(server(65), Likely::none);
  EXPECT_EQ(server(1708), Likely::certificate);
  EXPECT_EQ(server(69), Likely::finished);
  (void)client(53);
  EXPECT_EQ(server(35), Likely::none);  // this client was asked for nothing
}

TEST_F(Flight, TicketsAreNoData) {
  server_flight();
  (void)client(53);
  EXPECT_EQ(place(false, 234), Place::ticket);
  EXPECT_EQ(place(false, 234), Place::ticket);
  EXPECT_EQ(place(false, 90), Place::application);  // a server that speaks first
  EXPECT_EQ(place(true, 19), Place::alert);
  EXPECT_EQ(server(19), Likely::close_notify);
}

TEST_F(Flight, EarlyDataEndsWithItsMessage) {
  start(0x1302, true, true);
  EXPECT_EQ(server(27), Likely::none);
  EXPECT_EQ(server(69), Likely::finished);
  EXPECT_EQ(client(500), Likely::none);
  EXPECT_EQ(client(21), Likely::end_of_early_data);
  EXPECT_EQ(client(69), Likely::finished);
  EXPECT_TRUE(flight_.complete());
}

// What is left of rejected early data looks like the client's flight: the server's next words may still be its own.
TEST_F(Flight, RejectedEarlyDataTakesOneMoreTurn) {
  start(0x1301, true, false);
  (void)server(1500);
  EXPECT_EQ(client(1300), Likely::certificate);
  (void)server(250);
  EXPECT_FALSE(flight_.complete());
  (void)client(100);
  (void)server(500);
  EXPECT_TRUE(flight_.complete());
}

TEST_F(Flight, ShortTags) {
  start(0x1305);
  EXPECT_EQ(server(24), Likely::none);
  EXPECT_EQ(client(11), Likely::alert);
  EXPECT_EQ(client(45), Likely::finished);
}

}  // namespace
}  // namespace handlens::tls
