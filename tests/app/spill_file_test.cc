#include "src/app/spill_file.h"

#include <gtest/gtest.h>

#include "src/output/rendered_flow.h"

namespace handlens {
namespace {

SpillFile::Flows flows(std::initializer_list<std::uint64_t> ids, std::size_t size) {
  SpillFile::Flows out;
  for (const std::uint64_t id : ids) {
    const std::string text(size, static_cast<char>('a' + id % 26));
    encode({.id = id, .selected = true, .kind = {}, .finding = {}, .text = text}, out[id]);
  }
  return out;
}
std::uint64_t taken(SpillFile& file, std::uint64_t id) {
  std::string_view bytes = file.take(id);
  return bytes.empty() ? 0 : decode(bytes).id;
}

TEST(SpillFile, RunsAreMergedById) {
  SpillFile file;
  ASSERT_TRUE(file.write(flows({2, 5, 6}, 10)));
  ASSERT_TRUE(file.write(flows({3, 4, 9}, 10)));
  EXPECT_EQ(file.runs(), 2u);
  EXPECT_EQ(taken(file, 1), 0u);
  for (const std::uint64_t id : {2u, 3u, 4u, 5u, 6u}) EXPECT_EQ(taken(file, id), id);
  EXPECT_EQ(file.runs(), 1u);
  EXPECT_EQ(taken(file, 8), 0u);
  EXPECT_EQ(taken(file, 9), 9u);
  EXPECT_EQ(file.runs(), 0u);
  EXPECT_EQ(file.problem(), "");
}

TEST(SpillFile, FlowsLargerThanAnyBufferComeBackWhole) {
  SpillFile file;
  const SpillFile::Flows large = flows({1, 2, 3}, 3 * 1024 * 1024);
  ASSERT_TRUE(file.write(large));
  for (const auto& [id, bytes] : large) EXPECT_TRUE(file.take(id) == bytes) << id;
}

TEST(SpillFile, NothingIsWrittenOfNothing) {
  SpillFile file;
  EXPECT_FALSE(file.write({}));
  EXPECT_TRUE(file.is_usable());
}

}  // namespace
}  // namespace handlens
