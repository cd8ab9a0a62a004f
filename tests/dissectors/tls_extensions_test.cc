// Each extension of a ClientHello and of a ServerHello, one by one.
#include "dissectors/tls_extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dissectors/tls_bytes.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using testing::extension;
using testing::hex;
using testing::integer;
using ::testing::IsEmpty;
using testing::join;
using ::testing::SizeIs;
using testing::text;
using testing::u16;
using testing::u16_list;
using testing::vec16;
using testing::vec8;

ClientHello client(const Bytes& block) {
  ClientHello hello;
  ParseError error;
  dissect_client_extensions(block, 0, hello, error);
  EXPECT_FALSE(error.failed());
  return hello;
}
// A well-formed body, which must also fail when its last byte is missing (unless it is empty).
ClientHello client(unsigned type, const Bytes& body) {
  if (!body.empty() && type != 35 && type != 0xffce) {
    Bytes shorter = body;
    shorter.pop_back();
    EXPECT_TRUE(client(extension(type, shorter)).extension_error.failed()) << type;
  }
  const ClientHello hello = client(extension(type, body));
  EXPECT_FALSE(hello.extension_error.failed()) << type << " " << hello.extension_error.field;
  return hello;
}

ServerHello server(const Bytes& block, bool hello_retry_request = false) {
  ServerHello hello;
  hello.hello_retry_request = hello_retry_request;
  ParseError error;
  dissect_server_extensions(block, 0, hello, error);
  EXPECT_FALSE(error.failed());
  return hello;
}

Bytes host_name(std::string_view name) { return join({{0}, vec16(text(name))}); }

TEST(ClientExtensions, ServerName) {
  EXPECT_EQ(client(0, vec16(host_name("a.example"))).server_name, "a.example");
  const ClientHello two = client(0, vec16(join({host_name("first"), host_name("second")})));
  EXPECT_EQ(two.server_name, "first");
  const ClientHello other_type = client(0, vec16(join({{7}, vec16(text("x")), host_name("name")})));
  EXPECT_EQ(other_type.server_name, "name");
  // Raw bytes, not text.
  EXPECT_EQ(client(0, vec16(join({{0}, vec16({0x00, 0xff, 0x0a})}))).server_name, std::string("\x00\xff\x0a", 3));
}

TEST(ClientExtensions, ServerNameMalformed) {
  for (const Bytes& body : {Bytes{}, vec16({}), vec16(host_name("")), hex("0005 00 0003 6162")}) {
    const ClientHello hello = client(extension(0, body));
    EXPECT_TRUE(hello.has_server_name);
    EXPECT_FALSE(hello.server_name.has_value());
    EXPECT_TRUE(hello.extension_error.failed());
  }
}

TEST(ClientExtensions, ServerNameBound) {
  EXPECT_FALSE(client(0, vec16(host_name(std::string(kMaxNameBytes, 'a')))).lists_truncated);
  const ClientHello hello = client(0, vec16(host_name(std::string(kMaxNameBytes + 1, 'a'))));
  EXPECT_THAT(*hello.server_name, SizeIs(kMaxNameBytes));
  EXPECT_TRUE(hello.lists_truncated);
}

TEST(ClientExtensions, Alpn) {
  const ClientHello hello = client(16, vec16(join({vec8(text("h2")), vec8({0xba, 0xad})})));
  EXPECT_TRUE(hello.has_alpn);
  EXPECT_THAT(hello.alpn, ElementsAre("h2", "\xba\xad"));
  const ClientHello empty_list = client(extension(16, vec16({})));
  EXPECT_TRUE(empty_list.has_alpn);
  EXPECT_THAT(empty_list.alpn, IsEmpty());
  const ClientHello empty_name = client(extension(16, vec16(join({vec8({}), vec8(text("h2"))}))));
  EXPECT_THAT(empty_name.alpn, ElementsAre("", "h2"));
  EXPECT_EQ(empty_name.extension_error.reason, ParseReason::bad_length);
}

TEST(ClientExtensions, ListsOfNumbers) {
  EXPECT_THAT(client(10, vec16(u16_list({0x2a2a, 29, 23}))).groups, ElementsAre(0x2a2a, 29, 23));
  EXPECT_THAT(client(11, vec8({0, 1, 2})).point_formats, ElementsAre(0, 1, 2));
  EXPECT_THAT(client(13, vec16(u16_list({0x0403}))).signature_algorithms, ElementsAre(0x0403));
  EXPECT_THAT(client(50, vec16(u16_list({0x0804}))).signature_algorithms_cert, ElementsAre(0x0804));
  EXPECT_THAT(client(43, vec8(u16_list({0x0304, 0x0303}))).supported_versions, ElementsAre(0x0304, 0x0303));
  EXPECT_THAT(client(45, vec8({1, 0})).psk_modes, ElementsAre(1, 0));
  EXPECT_THAT(client(27, vec8(u16_list({2, 1}))).certificate_compression, ElementsAre(2, 1));
}

TEST(ClientExtensions, OddListLength) {
  const ClientHello hello = client(extension(10, vec16({0, 29, 0})));
  EXPECT_EQ(hello.extension_error.reason, ParseReason::bad_length);
}

TEST(ClientExtensions, ListBound) {
  const ClientHello full = client(10, vec16(Bytes(2 * kMaxListEntries, 1)));
  EXPECT_FALSE(full.lists_truncated);
  const ClientHello hello = client(10, vec16(Bytes(2 * kMaxListEntries + 2, 1)));
  EXPECT_THAT(hello.groups, SizeIs(kMaxListEntries));
  EXPECT_TRUE(hello.lists_truncated);
}

TEST(ClientExtensions, SingleNumbers) {
  EXPECT_EQ(client(28, u16(16385)).record_size_limit, 16385);
  EXPECT_EQ(client(1, {4}).max_fragment_length, 4);
  EXPECT_EQ(client(15, {1}).heartbeat_mode, 1);
}

TEST(ClientExtensions, Flags) {
  EXPECT_TRUE(client(22, {}).encrypt_then_mac);
  EXPECT_TRUE(client(23, {}).extended_master_secret);
  EXPECT_TRUE(client(42, {}).early_data);
  EXPECT_TRUE(client(49, {}).post_handshake_auth);
  EXPECT_TRUE(client(44, vec16({1, 2})).cookie);
  EXPECT_TRUE(client(5, hex("01 0000 0000")).status_request);
  EXPECT_TRUE(client(0xff01, vec8({})).renegotiation_info);
  EXPECT_TRUE(client(0xffce, {1, 2, 3}).esni);
  EXPECT_TRUE(client(extension(23, {0})).extension_error.failed());  // must be empty
}

TEST(ClientExtensions, EncryptedClientHello) {
  EXPECT_TRUE(client(0xfe0d, hex("00 0001 0001 42 0004 01020304 0003 aabbcc")).ech);
  EXPECT_TRUE(client(0xfe0d, {1}).ech);  // the inner form is its type byte only
}

TEST(ClientExtensions, SessionTicket) {
  EXPECT_FALSE(client(23, {}).session_ticket_length.has_value());
  EXPECT_EQ(client(35, {}).session_ticket_length, 0u);
  EXPECT_EQ(client(35, Bytes(180, 1)).session_ticket_length, 180u);
}

TEST(ClientExtensions, PreSharedKey) {
  const Bytes identity = join({vec16(Bytes(10, 1)), integer(0, 4)});
  const Bytes body = join({vec16(join({identity, identity})), vec16(join({vec8(Bytes(32, 2)), vec8(Bytes(32, 2))}))});
  const ClientHello last = client(41, body);
  EXPECT_TRUE(last.pre_shared_key);
  EXPECT_EQ(last.psk_identities, 2);
  EXPECT_FALSE(last.pre_shared_key_not_last);
  EXPECT_TRUE(client(join({extension(41, body), extension(21, {})})).pre_shared_key_not_last);
}

TEST(ClientExtensions, KeyShare) {
  const Bytes shares = vec16(join({u16(0x0a0a), vec16({0}), u16(29), vec16(Bytes(32, 1))}));
  for (const unsigned type : {51u, 40u}) {  // 40: drafts up to 22
    const ClientHello hello = client(type, shares);
    ASSERT_THAT(hello.key_shares, SizeIs(2));
    EXPECT_EQ(hello.key_shares[0].group, 0x0a0a);
    EXPECT_EQ(hello.key_shares[1].group, 29);
    EXPECT_EQ(hello.key_shares[1].length, 32);
  }
  EXPECT_THAT(client(51, vec16({})).key_shares, IsEmpty());  // legal: asks for a HelloRetryRequest
  const ClientHello both = client(join({extension(51, shares), extension(40, shares)}));
  EXPECT_THAT(both.key_shares, SizeIs(2));
  EXPECT_FALSE(both.extension_error.failed());
}

TEST(ClientExtensions, UnknownAreKeptByNumber) {
  const ClientHello hello = client(join({extension(0x4469, Bytes(5, 1)), extension(0x1a1a, {})}));
  ASSERT_THAT(hello.extensions, SizeIs(2));
  EXPECT_EQ(hello.extensions[0].type, 0x4469);
  EXPECT_EQ(hello.extensions[0].length, 5);
  EXPECT_FALSE(hello.extension_error.failed());
}

TEST(ClientExtensions, MalformedOneCostsOnlyItself) {
  const ClientHello hello =
      client(join({extension(10, {0}), extension(13, vec16({4})), extension(16, vec16(vec8(text("h2"))))}));
  EXPECT_THAT(hello.alpn, ElementsAre("h2"));
  EXPECT_THAT(hello.extensions, SizeIs(3));
  EXPECT_STREQ(hello.extension_error.field, "named_group_list");  // the first failure stays
  EXPECT_EQ(hello.extension_error.offset, 4u);
}

TEST(ClientExtensions, DuplicateIsFlaggedAndTheFirstCounts) {
  const ClientHello hello =
      client(join({extension(0, vec16(host_name("one"))), extension(0, vec16(host_name("two")))}));
  EXPECT_TRUE(hello.duplicate_extension);
  EXPECT_EQ(hello.server_name, "one");
  EXPECT_THAT(hello.extensions, SizeIs(2));
}

TEST(ClientExtensions, BrokenFrameIsTheMessagesError) {
  ClientHello hello;
  ParseError error;
  dissect_client_extensions(hex("0017 0000 0016 0005 00"), 100, hello, error);
  EXPECT_EQ(error.reason, ParseReason::short_read);
  EXPECT_EQ(error.offset, 108u);
  EXPECT_TRUE(hello.extended_master_secret);
  EXPECT_THAT(hello.extensions, SizeIs(1));
}

TEST(ServerExtensions, Flags) {
  const ServerHello hello = server(join({extension(0, {}), extension(5, {}), extension(22, {}), extension(23, {}),
                                         extension(35, {}), extension(0xff01, vec8({})), extension(15, {2})}));
  EXPECT_TRUE(hello.server_name_ack);
  EXPECT_TRUE(hello.status_request);
  EXPECT_TRUE(hello.encrypt_then_mac);
  EXPECT_TRUE(hello.extended_master_secret);
  EXPECT_TRUE(hello.session_ticket);
  EXPECT_TRUE(hello.renegotiation_info);
  EXPECT_EQ(hello.heartbeat_mode, 2);
  EXPECT_FALSE(hello.extension_error.failed());
}

TEST(ServerExtensions, Choices) {
  const ServerHello hello = server(join({extension(16, vec16(vec8(text("h2")))), extension(43, u16(0x0304)),
                                         extension(51, join({u16(29), vec16(Bytes(32, 1))})), extension(41, u16(1))}));
  EXPECT_EQ(hello.alpn, "h2");
  EXPECT_EQ(hello.version, 0x0304);
  EXPECT_EQ(hello.key_share->group, 29);
  EXPECT_EQ(hello.key_share->length, 32);
  EXPECT_EQ(hello.selected_identity, 1);
  EXPECT_FALSE(hello.extension_error.failed());
}

TEST(ServerExtensions, HelloRetryRequestNamesAGroupOnly) {
  for (const unsigned type : {51u, 40u}) {
    const ServerHello hello = server(join({extension(type, u16(24)), extension(44, vec16({1, 2, 3}))}), true);
    EXPECT_EQ(hello.key_share->group, 24);
    EXPECT_EQ(hello.key_share->length, 0);
    EXPECT_TRUE(hello.cookie);
    EXPECT_FALSE(hello.extension_error.failed());
  }
}

TEST(ServerExtensions, Malformed) {
  EXPECT_TRUE(server(extension(16, vec16({}))).extension_error.failed());
  EXPECT_TRUE(server(extension(16, vec16(vec8({})))).extension_error.failed());
  EXPECT_EQ(server(extension(16, vec16(join({vec8(text("a")), vec8(text("b"))})))).extension_error.reason,
            ParseReason::trailing_bytes);
  EXPECT_TRUE(server(extension(43, {3})).extension_error.failed());
  EXPECT_FALSE(server(extension(41, {0})).selected_identity.has_value());
  EXPECT_TRUE(server(join({extension(23, {}), extension(23, {})})).duplicate_extension);
}

}  // namespace
}  // namespace handlens::tls
