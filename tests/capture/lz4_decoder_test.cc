#include "src/capture/lz4_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::Bytes;
using testing::lz4;
using testing::lz4_block;
using testing::lz4_legacy;
using testing::skippable_frame;
using testing::view_of;

struct Outcome {
  std::string bytes, problem, compression;
};
Outcome drain(std::string_view stored, std::size_t piece = kReadPiece, std::size_t step = 1000) {
  auto source = decompress(read_memory(view_of(stored)), piece);
  Outcome outcome;
  std::vector<std::uint8_t> buffer(step);
  while (const std::size_t n = source->read(buffer))
    outcome.bytes.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
  outcome.problem = source->problem();
  outcome.compression = source->compression();
  return outcome;
}

// Compresses somewhat: runs, repeats and digits that are neither.
std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) {
    text += std::to_string(i * 2654435761U);
    if (i % 50 == 0) text += std::string(600, 'r');
    if (i % 20 == 0) text += "the same words again";
  }
  return text.substr(0, size);
}

LZ4F_preferences_t preferences(LZ4F_blockSizeID_t size, LZ4F_blockMode_t mode, bool checksums) {
  LZ4F_preferences_t out{};
  out.frameInfo.blockSizeID = size;
  out.frameInfo.blockMode = mode;
  out.frameInfo.contentChecksumFlag = checksums ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
  out.frameInfo.blockChecksumFlag = checksums ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
  return out;
}
// Every kind of frame liblz4 writes.
std::vector<LZ4F_preferences_t> kinds_of_frames() {
  std::vector<LZ4F_preferences_t> out;
  for (const LZ4F_blockSizeID_t size : {LZ4F_max64KB, LZ4F_max4MB}) {
    for (const LZ4F_blockMode_t mode : {LZ4F_blockIndependent, LZ4F_blockLinked}) {
      for (const bool checksums : {false, true}) out.push_back(preferences(size, mode, checksums));
    }
  }
  return out;
}

TEST(Lz4Decoder, DecodesEveryKindOfFrameInAnyPieces) {
  const std::string first = sample(3000), second = sample(200'000);
  for (const LZ4F_preferences_t& kind : kinds_of_frames()) {
    const std::string stored = lz4(first, kind) + lz4("", kind) + skippable_frame("hello") + lz4(second, kind) +
                               skippable_frame("") + skippable_frame(std::string(100'000, 's'), 15);
    for (const std::size_t piece : {5U, 262'144U}) {
      for (const std::size_t step : {13U, 300'000U}) {
        const Outcome outcome = drain(stored, piece, step);
        EXPECT_TRUE(outcome.bytes == first + second) << piece << ' ' << step;
        EXPECT_EQ(outcome.problem, "");
        EXPECT_EQ(outcome.compression, "lz4");
      }
    }
  }
}

TEST(Lz4Decoder, BytesThatDoNotCompressAreStoredAndRead) {
  std::string noise;
  std::uint32_t x = 1;
  while (noise.size() < 300'000) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (const LZ4F_preferences_t& kind : kinds_of_frames()) {
    const std::string stored = lz4(noise, kind);
    ASSERT_GT(stored.size(), noise.size());
    EXPECT_TRUE(drain(stored).bytes == noise);
    const Outcome cut = drain(stored.substr(0, 200'000), 4096);
    EXPECT_TRUE(noise.starts_with(cut.bytes));
    EXPECT_GT(cut.bytes.size(), 130'000U);
  }
}

TEST(Lz4Decoder, DecodesLegacyFrames) {
  const std::string plain = sample(9'000'000);  // two blocks
  const std::string stored = lz4_legacy(plain);
  const Outcome outcome = drain(stored, 4096, 100'000);
  EXPECT_TRUE(outcome.bytes == plain);
  EXPECT_EQ(outcome.problem, "");
  EXPECT_EQ(outcome.compression, "lz4");
  EXPECT_TRUE(drain(lz4_legacy("ab") + lz4_legacy("") + lz4_legacy("cd"), 1, 1).bytes == "abcd");
}

// A small capture is one block, so a cut in it must not cost everything; and what is read must be true.
void cut_everywhere(const std::string& stored, const std::string& plain, std::size_t piece) {
  std::size_t most = 0;
  for (std::size_t size = 4; size < stored.size(); ++size) {
    const Outcome outcome = drain(stored.substr(0, size), piece);
    ASSERT_EQ(outcome.bytes, plain.substr(0, outcome.bytes.size())) << size;
    // Legacy frames do not say where they end: a cut between two blocks looks like the end.
    if (!outcome.problem.empty()) {
      ASSERT_EQ(outcome.problem, "the lz4 data ends early at byte " + std::to_string(size));
    }
    ASSERT_GE(outcome.bytes.size(), most) << "more input must not give less: " << size;
    most = outcome.bytes.size();
  }
  EXPECT_GE(most, plain.size() * 9 / 10);
}

TEST(Lz4Decoder, ACutBlockGivesItsBeginning) {
  const std::string plain = sample(2500);
  for (const LZ4F_preferences_t& kind : kinds_of_frames()) cut_everywhere(lz4(plain, kind), plain, 64);
  cut_everywhere(lz4_legacy(plain), plain, 64);
  cut_everywhere(lz4(plain.substr(0, 100)) + skippable_frame("words") + lz4(plain.substr(100)), plain, 4096);
}

TEST(Lz4Decoder, DamageIsToldWithItsPlaceAndWhatCameBeforeIsKept) {
  const std::string plain = sample(3000), frame = lz4(plain, preferences(LZ4F_max64KB, LZ4F_blockIndependent, true));
  std::string stored = frame + frame;
  stored[frame.size() + 300] = static_cast<char>(~stored[frame.size() + 300]);
  const Outcome damaged = drain(stored, 64);
  EXPECT_EQ(damaged.bytes, plain);
  EXPECT_EQ(damaged.problem.rfind("the lz4 data is damaged at byte " + std::to_string(frame.size() + 11), 0), 0U)
      << damaged.problem << " (11: behind the frame's header and the size of its block)";

  for (const std::string& garbage : {std::string("garbage"), std::string(4, '\0'), testing::gzip("x")}) {
    const Outcome outcome = drain(frame + garbage, 64);
    EXPECT_EQ(outcome.bytes, plain);
    EXPECT_EQ(outcome.problem,
              "the lz4 data is damaged at byte " + std::to_string(frame.size()) + " (what follows the end is not lz4)");
  }
  const std::string legacy = lz4_legacy(plain);
  const Outcome outcome = drain(legacy + Bytes().u32(0x7fffffff).str());
  EXPECT_EQ(outcome.bytes, plain);
  EXPECT_EQ(outcome.problem, "the lz4 data is damaged at byte " + std::to_string(legacy.size()) +
                                 " (no block of this format is so large)");
}

// A length field alone must not allocate: the input is 12 bytes.
TEST(Lz4Decoder, LengthsThatLieAreNoHarm) {
  EXPECT_EQ(drain(Bytes().u32(0x184c2102).u32(8'000'000).u32(0).str()).bytes, "");
  EXPECT_EQ(drain(Bytes().u32(0x184d2a50).u32(0xffffffff).u32(0).str()).problem, "the zstd data ends early at byte 12");
  EXPECT_EQ(drain(lz4("x") + Bytes().u32(0x184d2a50).u32(0xffffffff).u32(0).str()).bytes, "x");
}

TEST(Lz4Decoder, ChangedBytesNeverCrash) {
  const std::string plain = sample(1200);
  for (const std::string& stored : {lz4(plain), lz4_legacy(plain), skippable_frame("x") + lz4(plain)}) {
    for (std::size_t at = 0; at < stored.size(); ++at) {
      std::string changed = stored;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      const Outcome outcome = drain(changed, 100);
      ASSERT_LE(outcome.bytes.size(), std::size_t{8} << 20);
      const Outcome cut = drain(std::string_view(changed).substr(0, changed.size() - 20), 100);
      ASSERT_LE(cut.bytes.size(), std::size_t{8} << 20);
    }
  }
}

TEST(Lz4Block, PrefixesOfABlock) {
  const std::string plain = sample(5000), block = lz4_block(plain);
  const auto prefix = [](std::string_view bytes, std::size_t most) {
    const std::vector<std::uint8_t> out = lz4_block_prefix(view_of(bytes), most);
    return std::string(out.begin(), out.end());
  };
  EXPECT_EQ(prefix(block, 1 << 20), plain);
  EXPECT_EQ(prefix(block, 1234), plain.substr(0, 1234));
  std::size_t most = 0;
  for (std::size_t size = 0; size <= block.size(); ++size) {
    const std::string part = prefix(std::string_view(block).substr(0, size), 1 << 20);
    ASSERT_TRUE(plain.starts_with(part)) << size;
    ASSERT_GE(part.size(), most);
    most = part.size();
  }
  EXPECT_EQ(prefix("\x10"
                   "a\x05\x00",
                   100),
            "a")
      << "a match before the beginning";
  EXPECT_EQ(prefix(std::string_view("\x10"
                                    "a\x00\x00",
                                    4),
                   100),
            "a")
      << "a match of itself";
  EXPECT_EQ(prefix(std::string_view("\x11"
                                    "a\x01\x00",
                                    4),
                   100),
            "aaaaaa")
      << "a run";
  EXPECT_EQ(prefix(std::string_view("\x1f"
                                    "a\x01\x00\xff\xff\xff\x09",
                                    8),
                   100),
            std::string(100, 'a'))
      << "the bound";
}

}  // namespace
}  // namespace handlens
