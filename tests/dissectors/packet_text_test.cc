#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dissectors/packet.h"

namespace handlens {
namespace {

IpAddress v6(const char* text) {
  IpAddress address;
  address.v6 = true;
  EXPECT_EQ(inet_pton(AF_INET6, text, address.bytes.data()), 1);
  return address;
}

TEST(AddressText, Ipv4) {
  IpAddress address;
  EXPECT_EQ(to_text(address), "0.0.0.0");
  address.bytes = {255, 10, 0, 1};
  EXPECT_EQ(to_text(address), "255.10.0.1");
}

TEST(AddressText, Rfc5952) {
  for (const char* text :
       {"::", "::1", "1::", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "2001:db8::1:0:0:1",
        "fe80::abcd:0:0:1", "::ffff:192.0.2.1", "::192.0.2.1", "1:2:3:4:5:6:7:8", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8", "64:ff9b::c000:201"}) {
    char expected[INET6_ADDRSTRLEN];
    const IpAddress address = v6(text);
    inet_ntop(AF_INET6, address.bytes.data(), expected, sizeof expected);
    EXPECT_EQ(to_text(address), expected);
  }
  EXPECT_EQ(to_text(v6("2001:DB8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");     // §4.2.3: the first of equal runs
  EXPECT_EQ(to_text(v6("2001:db8:0:1:1:1:1:1")), "2001:db8:0:1:1:1:1:1");  // §4.2.2: never a single group
}

TEST(AddressText, AgreesWithTheSystemOnManyAddresses) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    IpAddress address;
    address.v6 = true;
    for (std::size_t group = 0; group < 8; ++group) {
      const unsigned choice = random() % 4;
      const unsigned value = choice < 2 ? 0 : choice == 2 ? random() % 0x10000 : (random() % 2 != 0 ? 0xffff : 1);
      address.bytes[2 * group] = static_cast<std::uint8_t>(value >> 8);
      address.bytes[2 * group + 1] = static_cast<std::uint8_t>(value);
    }
    char expected[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, address.bytes.data(), expected, sizeof expected);
    ASSERT_EQ(to_text(address), expected);
  }
}

TEST(PacketText, MacAddress) { EXPECT_EQ(to_text(MacAddress{0x02, 0, 0xff, 0x1a, 0, 0x01}), "02:00:ff:1a:00:01"); }

TEST(PacketText, EveryReasonHasItsOwnKebabCaseWord) {
  std::set<std::string_view> seen;
  for (int i = 0; i < static_cast<int>(Undecodable::count_); ++i) {
    const std::string_view word = to_text(static_cast<Undecodable>(i));
    EXPECT_NE(word, "unknown");
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << word;
    EXPECT_TRUE(seen.insert(word).second) << word;
  }
  EXPECT_EQ(to_text(Undecodable::count_), "unknown");
}

TEST(PacketText, Encapsulations) {
  EXPECT_EQ(to_text(Encapsulation::vlan), "vlan");
  EXPECT_EQ(to_text(Encapsulation::qinq), "qinq");
  EXPECT_EQ(to_text(Encapsulation::sll), "sll");
  EXPECT_EQ(to_text(Encapsulation::sll2), "sll2");
  EXPECT_EQ(to_text(Encapsulation::null_loopback), "null");
  EXPECT_EQ(to_text(Encapsulation::loop), "loop");
  EXPECT_EQ(to_text(Encapsulation::raw), "raw");
  EXPECT_EQ(to_text(Encapsulation::sixin4), "6in4");
  EXPECT_EQ(to_text(Encapsulation::authentication), "ah");
  EXPECT_EQ(to_text(Encapsulation::capwap), "capwap");
  std::set<std::string_view> seen;
  unsigned i = 0;
  for (; to_text(static_cast<Encapsulation>(i)) != "unknown"; ++i) {
    EXPECT_TRUE(seen.insert(to_text(static_cast<Encapsulation>(i))).second) << i;
  }
  EXPECT_GT(i, static_cast<unsigned>(Encapsulation::capwap));
}

// The longest texts end within the room that is promised for them, wherever that ends.
TEST(PacketText, TheLongestAddressesFit) {
  IpAddress v6;
  v6.v6 = true;
  v6.bytes.fill(0xff);
  IpAddress mapped = v6;
  std::fill_n(mapped.bytes.begin(), 10, std::uint8_t{0});
  IpAddress compatible = mapped;
  std::fill_n(compatible.bytes.begin(), 12, std::uint8_t{0});
  IpAddress v4;
  std::fill_n(v4.bytes.begin(), 4, std::uint8_t{0xff});
  for (const IpAddress& address : {v6, mapped, compatible, v4}) {
    std::vector<char> room(kIpTextRoom);  // of its own, so that a byte behind it is found
    const std::string text(room.data(), put_text(address, room.data()));
    EXPECT_EQ(text, to_text(address));
  }
  EXPECT_EQ(to_text(v6), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(to_text(mapped), "::ffff:255.255.255.255");
  EXPECT_EQ(to_text(compatible), "::255.255.255.255");
  EXPECT_EQ(to_text(v4), "255.255.255.255");
}

}  // namespace
}  // namespace handlens
