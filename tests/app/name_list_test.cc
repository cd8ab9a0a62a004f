#include "src/app/name_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/capture/packet_source.h"
#include "tests/support/whole_run.h"

namespace handlens {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_of(std::string_view content) {
  const testing::MemoryFile file;
  file.set(content);
  return read_name_list(file.path());
}
CaptureError error_of(const std::string& path) {
  try {
    (void)read_name_list(path);
  } catch (const CaptureError& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {0, ""};
}

TEST(NameList, ALineIsAName) {
  EXPECT_THAT(names_of("a.pcap\nb c\n"), ElementsAre("a.pcap", "b c"));
  EXPECT_THAT(names_of("a\n\n\n-\nno line break"), ElementsAre("a", "-", "no line break"));
  EXPECT_THAT(names_of("#1.pcap\n  b \n"), ElementsAre("#1.pcap", "  b ")) << "names may look like this";
  EXPECT_EQ(names_of(std::string(5000, 'n') + "\nx").front().size(), 5000u) << "the system judges lengths";
}

TEST(NameList, LongListsAreReadWhole) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "name" + std::to_string(i) + "\n";
  const std::vector<std::string> names = names_of(text);
  ASSERT_EQ(names.size(), 40'000u);
  EXPECT_EQ(names.back(), "name39999");
}

TEST(NameList, WhatIsNoListIsSaid) {
  const testing::MemoryFile file;
  for (const std::string_view nothing : {"", "\n\n"}) {
    file.set(nothing);
    EXPECT_THAT(error_of(file.path()).what(), HasSubstr("names no file"));
  }
  file.set(std::string("\xd4\xc3\xb2\xa1\2\0\4\0", 8));
  EXPECT_THAT(error_of(file.path()).what(), HasSubstr("name it without -V"));
  EXPECT_EQ(error_of(file.path()).exit_code(), 3);
  EXPECT_EQ(error_of("/no/such/list").exit_code(), 3);
  EXPECT_THAT(error_of("/no/such/list").what(), HasSubstr("/no/such/list: the list of -V cannot be read"));
  EXPECT_EQ(error_of("/").exit_code(), 3) << "a folder";
}

}  // namespace
}  // namespace handlens
