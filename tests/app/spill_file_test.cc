#include "src/app/spill_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "src/output/rendered_flow.h"

namespace handlens {
namespace {

// Encoded flows, and the bytes they are views of.
class Made {
 public:
  Made(std::initializer_list<std::uint64_t> ids, std::size_t size) {
    for (const std::uint64_t id : ids) {
      const std::string text(size, static_cast<char>('a' + id % 26));
      encode({.id = id, .selected = true, .kind = {}, .finding = {}, .text = text}, bytes_[id]);
      flows_.push_back({id, bytes_[id]});
    }
  }
  [[nodiscard]] const std::vector<SpillFile::Flow>& flows() const { return flows_; }

 private:
  std::map<std::uint64_t, std::string> bytes_;
  std::vector<SpillFile::Flow> flows_;
};

std::uint64_t taken(SpillFile& file, std::uint64_t id) {
  std::string_view bytes = file.take(id);
  return bytes.empty() ? 0 : decode(bytes).id;
}

TEST(SpillFile, RunsAreMergedById) {
  SpillFile file;
  ASSERT_TRUE(file.write(Made({2, 5, 6}, 10).flows()));
  ASSERT_TRUE(file.write(Made({3, 4, 9}, 10).flows()));
  EXPECT_EQ(file.first(), 2u);
  EXPECT_EQ(taken(file, 1), 0u);
  for (const std::uint64_t id : {2u, 3u, 4u, 5u, 6u}) EXPECT_EQ(taken(file, id), id);
  EXPECT_EQ(file.first(), 9u);
  EXPECT_EQ(taken(file, 8), 0u);
  EXPECT_EQ(taken(file, 9), 9u);
  EXPECT_EQ(file.first(), 0u);
  EXPECT_EQ(file.problem(), "");
}

TEST(SpillFile, FlowsLargerThanAnyBufferComeBackWhole) {
  SpillFile file;
  const Made large({1, 2, 3}, 3 * 1024 * 1024);
  ASSERT_TRUE(file.write(large.flows()));
  for (const auto& [id, bytes] : large.flows()) EXPECT_TRUE(file.take(id) == bytes) << id;
}

// Also those that stand behind each other in memory, which are written as one piece.
TEST(SpillFile, FlowsSideBySideComeBackOneByOne) {
  std::string bytes;
  std::vector<std::size_t> ends;
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    const std::string text(id % 7, 'x');
    encode({.id = id, .selected = true, .kind = {}, .finding = {}, .text = text}, bytes);
    ends.push_back(bytes.size());
  }
  std::array<std::vector<SpillFile::Flow>, 3> runs;
  for (std::uint64_t id = 1, begin = 0; id <= ends.size(); begin = ends[id++ - 1]) {
    runs[id < 500 ? 0 : 1 + id % 2].push_back({id, std::string_view(bytes).substr(begin, ends[id - 1] - begin)});
  }
  SpillFile file;
  for (const auto& run : runs) ASSERT_TRUE(file.write(run));
  for (std::uint64_t id = 1; id <= ends.size(); ++id) ASSERT_EQ(taken(file, id), id);
  EXPECT_EQ(file.first(), 0u);
}

// Of several blocks, and of what no compression makes smaller.
TEST(SpillFile, NoiseComesBackAsItWas) {
  std::mt19937 random(1);
  std::map<std::uint64_t, std::string> bytes;
  std::array<std::vector<SpillFile::Flow>, 3> runs;
  for (std::uint64_t id = 1; id <= 600; ++id) {
    std::string text(random() % 5000, '\0');
    for (char& c : text) c = static_cast<char>(random());
    encode({.id = id, .selected = true, .kind = {}, .finding = {}, .text = text}, bytes[id]);
    runs[random() % runs.size()].push_back({id, bytes[id]});
  }
  SpillFile file;
  for (const auto& run : runs) ASSERT_TRUE(file.write(run));
  for (const auto& [id, expected] : bytes) ASSERT_TRUE(file.take(id) == expected) << id;
  EXPECT_EQ(file.first(), 0u);
  EXPECT_EQ(file.problem(), "");
}

// Files may not grow beyond `bytes` while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

// What was written first stands there as it was, what came later is compressed; runs are merged all the same.
TEST(SpillFile, ALargeFileComesBackWhole) {
  constexpr std::uint64_t kFlows = 6000;
  const std::string text = [] {
    std::string words;
    for (int i = 0; words.size() < 10'000; ++i) words += "\"number\":" + std::to_string(i * i) + ",";
    return words;
  }();
  std::vector<std::string> bytes(kFlows + 1);
  SpillFile file;
  const FileLimit limit(52'000'000);  // too little for all of them as they are
  for (std::uint64_t run = 0; run < 6; ++run) {
    std::vector<SpillFile::Flow> flows;
    for (std::uint64_t id = 1 + run; id <= kFlows; id += 6) {
      encode({.id = id, .selected = true, .kind = {}, .finding = {}, .text = std::to_string(id) + text}, bytes[id]);
      flows.push_back({id, bytes[id]});
    }
    ASSERT_TRUE(file.write(flows));
  }
  for (std::uint64_t id = 1; id <= kFlows; ++id) ASSERT_TRUE(file.take(id) == bytes[id]) << id;
  EXPECT_EQ(file.problem(), "");
}

TEST(SpillFile, WhatWasWrittenBeforeAFailureStaysReadable) {
  SpillFile file;
  const Made first({1, 3, 5}, 50'000), second({2, 4, 6}, 50'000);
  ASSERT_TRUE(file.write(first.flows()));
  {
    const FileLimit limit(220'000);  // in the middle of the second run
    EXPECT_FALSE(file.write(second.flows()));
  }
  EXPECT_NE(file.problem().find("writing a temporary file"), std::string::npos) << file.problem();
  EXPECT_FALSE(file.write(second.flows())) << "once failed, nothing more is written";
  EXPECT_EQ(taken(file, 1), 1u);
  EXPECT_EQ(taken(file, 2), 0u);
  EXPECT_EQ(taken(file, 3), 3u);
  EXPECT_EQ(taken(file, 5), 5u);
  EXPECT_EQ(file.first(), 0u);
}

// The descriptor of the file without a name that this process has open; -1 if there is none.
int nameless() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    if (!error && target.ends_with("(deleted)")) return std::stoi(entry.path().filename().string());
  }
  return -1;
}

TEST(SpillFile, WhatWasChangedOnTheWayIsNotBelieved) {
  for (const char rubbish : {'\0', '\x7f', '\xff'}) {
    SpillFile file;
    ASSERT_TRUE(file.write(Made({1, 2}, 40'000).flows()));  // two blocks: the first, a head, the second
    const int descriptor = nameless();
    ASSERT_GE(descriptor, 0);
    const std::string changed(120'000, rubbish);
    ASSERT_EQ(::pwrite(descriptor, changed.data(), changed.size(), 0), static_cast<ssize_t>(changed.size()));
    EXPECT_TRUE(file.take(1).empty());
    EXPECT_NE(file.problem().find("reading a temporary file"), std::string::npos) << file.problem();
  }
}

// When all was taken it is written anew.
TEST(SpillFile, IsUsedAgain) {
  SpillFile file;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(file.write(Made({1, 2, 3}, 100'000).flows()));
    for (const std::uint64_t id : {1u, 2u, 3u}) ASSERT_EQ(taken(file, id), id);
  }
}

TEST(SpillFile, NothingIsWrittenOfNothing) {
  SpillFile file;
  EXPECT_FALSE(file.write({}));
  EXPECT_TRUE(file.is_usable());
}

}  // namespace
}  // namespace handlens
