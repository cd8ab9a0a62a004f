#include "dissectors/tls_server_hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using testing::extension;
using testing::hex;
using testing::join;
using testing::ServerHelloBuilder;
using ::testing::SizeIs;
using testing::u16;
using testing::vec16;

TEST(ServerHello, OpenSslTls13) {
  ParseError error;
  const ServerHello hello = dissect_server_hello(hex(testing::kOpenSslTls13ServerHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.hello_retry_request);
  EXPECT_EQ(hello.legacy_version, 0x0303);
  EXPECT_EQ(hello.version, 0x0304);
  EXPECT_EQ(hello.cipher_suite, 0x1302);
  EXPECT_THAT(hello.session_id, SizeIs(32));
  EXPECT_EQ(hello.key_share->group, 29);
  EXPECT_EQ(hello.key_share->length, 32);
  EXPECT_FALSE(hello.selected_identity.has_value());
}

TEST(ServerHello, OpenSslResumed) {
  ParseError error;
  const ServerHello hello = dissect_server_hello(hex(testing::kOpenSslResumedServerHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.selected_identity, 0);
}

TEST(ServerHello, HelloRetryRequest) {
  ParseError error;
  const ServerHello hello = dissect_server_hello(hex(testing::kHelloRetryRequest), error);
  EXPECT_FALSE(error.failed());
  EXPECT_FALSE(hello.extension_error.failed());
  EXPECT_TRUE(hello.hello_retry_request);
  EXPECT_EQ(hello.version, 0x0304);
  EXPECT_EQ(hello.key_share->group, 24);
  EXPECT_EQ(hello.key_share->length, 0);
}

TEST(ServerHello, OpenSslTls12) {
  ParseError error;
  const ServerHello hello = dissect_server_hello(hex(testing::kTls12ServerHello), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.version, 0x0303);
  EXPECT_EQ(hello.cipher_suite, 0xc030);
  EXPECT_EQ(hello.alpn, "http/1.1");
  EXPECT_TRUE(hello.status_request);
  EXPECT_TRUE(hello.session_ticket);
  EXPECT_TRUE(hello.extended_master_secret);
  EXPECT_TRUE(hello.renegotiation_info);
}

TEST(ServerHello, EveryTruncationFails) {
  for (const char* sample : {testing::kOpenSslTls13ServerHello, testing::kOpenSslResumedServerHello,
                             testing::kHelloRetryRequest, testing::kTls12ServerHello, testing::kTls10ServerHello}) {
    const Bytes whole = hex(sample);
    ParseError no_error;
    const std::size_t without_extensions = 2 + 32 + 1 + dissect_server_hello(whole, no_error).session_id.size() + 3;
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      ParseError error;
      (void)dissect_server_hello(cut, error);
      EXPECT_EQ(error.failed(), n != without_extensions) << n;
    }
  }
}

TEST(ServerHello, DowngradeSentinel) {
  ServerHelloBuilder builder;
  ParseError error;
  EXPECT_FALSE(dissect_server_hello(builder.build(), error).downgrade_sentinel.has_value());
  for (const std::uint8_t last : Bytes{0, 1}) {
    builder.random = join({Bytes(24, 3), hex("444f574e475244"), {last}});
    EXPECT_EQ(dissect_server_hello(builder.build(), error).downgrade_sentinel, last);
  }
  builder.random = join({Bytes(24, 3), hex("444f574e47524402")});
  EXPECT_FALSE(dissect_server_hello(builder.build(), error).downgrade_sentinel.has_value());
  EXPECT_FALSE(error.failed());
}

TEST(ServerHello, OldDraftHasNoSessionIdNorCompression) {
  const Bytes tail = vec16(extension(40, join({u16(29), vec16(Bytes(32, 1))})));
  const Bytes draft18 = join({u16(0x7f12), Bytes(32, 4), u16(0x1301), tail});
  ParseError error;
  const ServerHello hello = dissect_server_hello(draft18, error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(hello.version, 0x7f12);
  EXPECT_EQ(hello.cipher_suite, 0x1301);
  EXPECT_EQ(hello.key_share->group, 29);
  EXPECT_THAT(hello.session_id, SizeIs(0));
}

TEST(ServerHello, ShapeChangesWithDraft22) {
  const Bytes modern = join({u16(0x7f16), Bytes(32, 4), {0}, u16(0x1301), {0}});
  ParseError error;
  EXPECT_EQ(dissect_server_hello(modern, error).cipher_suite, 0x1301);
  EXPECT_FALSE(error.failed());
  const Bytes old_shape = join({u16(0x7f15), Bytes(32, 4), u16(0x1301)});
  EXPECT_EQ(dissect_server_hello(old_shape, error).cipher_suite, 0x1301);
  EXPECT_FALSE(error.failed());
}

TEST(ServerHello, DraftHelloRetryRequest) {
  const Bytes extensions = vec16(extension(40, u16(24)));
  ParseError error;
  ServerHello hello = dissect_draft_hello_retry_request(join({u16(0x7f12), extensions}), error);
  EXPECT_TRUE(hello.hello_retry_request);
  EXPECT_EQ(hello.version, 0x7f12);
  EXPECT_EQ(hello.key_share->group, 24);
  hello = dissect_draft_hello_retry_request(join({u16(0x7f13), u16(0x1303), extensions}), error);
  EXPECT_EQ(hello.cipher_suite, 0x1303);
  EXPECT_EQ(hello.key_share->group, 24);
  EXPECT_FALSE(error.failed());
  (void)dissect_draft_hello_retry_request({}, error);
  EXPECT_TRUE(error.failed());
}

TEST(ServerHello, WithoutExtensionsAndWithTrailingBytes) {
  ServerHelloBuilder builder;
  builder.with_extensions = false;
  ParseError error;
  EXPECT_THAT(dissect_server_hello(builder.build(), error).extensions, SizeIs(0));
  builder.with_extensions = true;
  EXPECT_EQ(dissect_server_hello(join({builder.build(), {0, 0}}), error).trailing_bytes, 2u);
  EXPECT_FALSE(error.failed());
  builder.session_id = Bytes(33, 0);
  (void)dissect_server_hello(builder.build(), error);
  EXPECT_EQ(error.reason, ParseReason::bad_length);
}

}  // namespace
}  // namespace handlens::tls
