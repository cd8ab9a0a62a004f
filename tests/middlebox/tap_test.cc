#include "tools/middlebox/tap.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"
#include "tools/builder/capture_writer.h"

namespace handlens::middlebox {

TEST(MiddleboxTap, WritesThePcapOfTheBuilder) {
  const Bytes frame = testing::from_client({.payload = "abc"});
  const std::int64_t time = builder::kStart + 123'456'789;
  Bytes written = pcap_header();
  const Bytes record = pcap_record(frame, time);
  written.insert(written.end(), record.begin(), record.end());
  EXPECT_EQ(written,
            builder::pcap_file(builder::LinkType::ethernet, {{.time = time, .bytes = frame}}, {.nanoseconds = true}));
}

TEST(MiddleboxTap, AFileThatCannotBeIsRefused) {
  Tap tap;
  EXPECT_FALSE(tap.open("/no/such/folder/file.pcap"));
  EXPECT_FALSE(tap.is_open());
  tap.write(Bytes(60), 0);  // without harm
}

}  // namespace handlens::middlebox
