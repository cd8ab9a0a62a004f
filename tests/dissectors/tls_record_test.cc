#include "dissectors/tls_record.h"

#include <gtest/gtest.h>

#include "tests/dissectors/tls_conversation.h"

namespace handlens::tls {
namespace {

using handlens::testing::Bytes;
using handlens::testing::from_hex;
using handlens::testing::from_text;
using handlens::testing::record;
using handlens::testing::operator+;

const Bytes kHello = from_hex("16 0301 00c8 01 0000c4 0303 aabb");

TEST(TlsRecord, HelloNeedsElevenBytes) {
  for (std::size_t n = 0; n < 11; ++n) EXPECT_EQ(starts_hello(ByteView(kHello).first(n)), Verdict::wait) << n;
  EXPECT_EQ(starts_hello(kHello), Verdict::yes);
}

TEST(TlsRecord, HelloOfEveryRecordVersion) {
  for (const char* version : {"0300", "0301", "0302", "0303", "0304", "0101"}) {
    EXPECT_EQ(starts_hello(from_hex("16 " + std::string(version) + " 00c8 01 0000c4 0303 00")), Verdict::yes)
        << version;
  }
  EXPECT_EQ(starts_hello(from_hex("16 0305 00c8 01 0000c4 0303 00")), Verdict::no);
  EXPECT_EQ(starts_hello(from_hex("16 0201 00c8 01 0000c4 0303 00")), Verdict::no);
}

TEST(TlsRecord, OtherMessagesAreNoHello) {
  EXPECT_EQ(starts_hello(from_hex("16 0303 00c8 0b 0000c4 0000 00")), Verdict::no);
  EXPECT_EQ(starts_hello(from_hex("17 0303 00c8")), Verdict::no);
  EXPECT_EQ(starts_hello(from_hex("16 0301 0030 01 000025 0303 00")), Verdict::no);  // 37 bytes: too short for any
  EXPECT_EQ(starts_hello(from_text("GET / HTTP/1.1")), Verdict::no);
}

TEST(TlsRecord, HelloInTinyFragments) {
  const Bytes tiny = from_hex("16 0301 0002 01 00 16 0301 00c0 00c4 0303");
  EXPECT_EQ(starts_hello(tiny), Verdict::yes);
  EXPECT_EQ(starts_hello(ByteView(tiny).first(8)), Verdict::wait);
  EXPECT_EQ(starts_hello(from_hex("16 0301 0001 01 47 45 54")), Verdict::no);
}

TEST(TlsRecord, Sslv2HelloLengthsMustAgree) {
  const Bytes good = from_hex("80 1c 01 0301 0003 0000 0010 00002f") + Bytes(16, 7);
  EXPECT_EQ(starts_sslv2_hello(good), Verdict::yes);
  EXPECT_EQ(starts_sslv2_hello(ByteView(good).first(10)), Verdict::wait);
  Bytes bad = good;
  bad[1] = 0x1d;
  EXPECT_EQ(starts_sslv2_hello(bad), Verdict::no);
  bad = good;
  bad[3] = 0x05;
  EXPECT_EQ(starts_sslv2_hello(bad), Verdict::no);
}

TEST(TlsRecord, AlertOfKnownDescription) {
  EXPECT_EQ(starts_alert(from_hex("15 0301 0002 02 28")), Verdict::yes);
  EXPECT_EQ(starts_alert(from_hex("15 0301 0002 02")), Verdict::wait);
  EXPECT_EQ(starts_alert(from_hex("15 0301 0002 03 28")), Verdict::no);
  EXPECT_EQ(starts_alert(from_hex("15 0301 0002 02 0b")), Verdict::no);
  EXPECT_EQ(starts_alert(from_hex("15 0301 001a 02 28")), Verdict::no);
}

TEST(TlsRecord, MidstreamNeedsTwoHeadersOrAnExactEnd) {
  EXPECT_EQ(starts_midstream(record(21, Bytes(26, 9))), Verdict::yes);
  EXPECT_EQ(starts_midstream(record(21, Bytes(26, 9)) + record(23, Bytes(3, 1))), Verdict::yes);
  EXPECT_EQ(starts_midstream(record(21, Bytes(26, 9)) + from_text("xxxxx")), Verdict::no);
  EXPECT_EQ(starts_midstream(from_hex("17 0303 4000 aa")), Verdict::yes);
  EXPECT_EQ(starts_midstream(from_hex("16 0303 0fa0 0b 000f9c")), Verdict::yes);  // Certificate
  EXPECT_EQ(starts_midstream(from_hex("16 0303 0fa0")), Verdict::wait);
  EXPECT_EQ(starts_midstream(from_hex("16 0303 0fa0") + Bytes(11, 0xee)), Verdict::no);  // never beyond 16 bytes
}

TEST(TlsRecord, LengthBounds) {
  EXPECT_TRUE(is_plausible_header({23, 0x0303, 18432}));
  EXPECT_FALSE(is_plausible_header({23, 0x0303, 18433}));
  EXPECT_FALSE(is_plausible_header({23, 0x0303, 0}));
  EXPECT_EQ(check_record_header({23, 0x0303, 0}), HeaderFault::none);
  EXPECT_EQ(check_record_header({23, 0x0303, 18433}), HeaderFault::too_long);
  EXPECT_EQ(check_record_header({25, 0x0303, 1}), HeaderFault::not_a_record);
}

TEST(TlsRecord, ResynchronisesAtTheNextRecord) {
  const Bytes two = record(23, Bytes(40, 0xab)) + record(21, Bytes(26, 1));
  const Resync found = find_record(Bytes(100, 0x99) + two);
  EXPECT_TRUE(found.found);
  EXPECT_EQ(found.discard, 100u);
  // A single record that ends with the window.
  EXPECT_TRUE(find_record(Bytes(7, 0x17) + record(23, Bytes(40, 0xab))).found);
  // A header whose record is still coming is kept, not believed.
  const Resync partial = find_record(Bytes(10, 0) + from_hex("17 0303 0100 aa"));
  EXPECT_FALSE(partial.found);
  EXPECT_EQ(partial.discard, 10u);
  EXPECT_EQ(find_record(Bytes(10, 0)).discard, 10u);
  EXPECT_EQ(find_record({}).discard, 0u);
}

TEST(TlsRecord, HandshakeFragments) {
  EXPECT_TRUE(looks_like_handshake(from_hex("0e000000")));
  EXPECT_TRUE(looks_like_handshake(from_hex("0c000002aabb 0e000000")));
  EXPECT_TRUE(looks_like_handshake(from_hex("0b004000aabb")));  // a chain that goes on in the next record
  EXPECT_FALSE(looks_like_handshake(from_hex("0c000003aabb")));
  EXPECT_FALSE(looks_like_handshake(from_hex("5a3c9f10aabb")));
  EXPECT_FALSE(looks_like_handshake({}));
}

}  // namespace
}  // namespace handlens::tls
