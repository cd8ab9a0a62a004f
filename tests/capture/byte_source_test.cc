#include "src/capture/byte_source.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::gzip;
using testing::view_of;
using testing::zstd;

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

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * 2654435761U);
  return text.substr(0, size);
}

TEST(ByteSource, PassesPlainBytesOfEveryLengthThrough) {
  for (const std::size_t size : {0U, 1U, 3U, 4U, 5U, 5000U}) {
    const Outcome outcome = drain(sample(size), 16, 7);
    EXPECT_EQ(outcome.bytes, sample(size));
    EXPECT_EQ(outcome.problem, "");
    EXPECT_EQ(outcome.compression, "");
  }
}

TEST(ByteSource, DecodesMembersAndFramesInAnyPieces) {
  const std::string first = sample(3000), second = sample(70000);
  const std::string skippable = testing::Bytes().u32(0x184d2a53).u32(5).text("hello").str();
  const std::string gz = gzip(first) + gzip("") + gzip(second);
  const std::string zst = skippable + zstd(first) + skippable + zstd(second) + skippable;
  for (const std::size_t piece : {1U, 5U, 4096U, 262144U}) {
    for (const std::size_t step : {1U, 13U, 65536U}) {
      if (piece * step < 5) continue;  // a byte in, a byte out proves nothing more and takes long
      EXPECT_EQ(drain(gz, piece, step).bytes, first + second) << piece << ' ' << step;
      EXPECT_EQ(drain(gz, piece, step).problem, "");
      EXPECT_EQ(drain(zst, piece, step).bytes, first + second) << piece << ' ' << step;
      EXPECT_EQ(drain(zst, piece, step).problem, "");
    }
  }
  EXPECT_EQ(drain(gz).compression, "gzip");
  EXPECT_EQ(drain(zst).compression, "zstd");
}

TEST(ByteSource, ZeroPaddingAfterGzipIsNoProblemButGarbageIs) {
  const std::string gz = gzip("some bytes");
  EXPECT_EQ(drain(gz + std::string(513, '\0')).problem, "");
  EXPECT_EQ(drain(gz + std::string(513, '\0')).bytes, "some bytes");
  for (const std::string garbage : {"x", "\x1f", "\x1fx", "\x1f\x8bx"}) {
    const Outcome outcome = drain(gz + garbage, 4);
    EXPECT_EQ(outcome.bytes, "some bytes");
    if (garbage.size() > 1 || garbage == "x") {
      EXPECT_NE(outcome.problem, "") << garbage.size();
    }
  }
}

void cut_everywhere(const std::string& stored, const std::string& plain, std::size_t from) {
  std::size_t most = 0;
  for (std::size_t size = from; size < stored.size(); ++size) {
    const Outcome outcome = drain(stored.substr(0, size), 64);
    ASSERT_EQ(outcome.bytes, plain.substr(0, outcome.bytes.size())) << size;
    ASSERT_NE(outcome.problem.find("ends early at byte " + std::to_string(size)), std::string::npos) << outcome.problem;
    ASSERT_GE(outcome.bytes.size(), most) << "more input must not give less";
    most = outcome.bytes.size();
  }
  EXPECT_GT(most, 0U);
}

TEST(ByteSource, CutGzipAndZstdGiveWhatWasReadable) {
  const std::string plain = sample(4000);
  cut_everywhere(gzip(plain), plain, 4);
  // A zstd block comes whole or not at all, so the readable part here is the first frame.
  const std::string first = zstd(plain.substr(0, 1000));
  cut_everywhere(first + zstd(plain.substr(1000)), plain, first.size() + 1);
}

TEST(ByteSource, DamageIsToldWithItsPlaceAndWhatCameBeforeIsKept) {
  const std::string plain = sample(3000);
  std::string gz = gzip(plain) + gzip(plain);
  gz[gzip(plain).size() + 200] = static_cast<char>(~gz[gzip(plain).size() + 200]);
  const Outcome outcome = drain(gz, 64);
  EXPECT_EQ(outcome.bytes.substr(0, plain.size()), plain);
  EXPECT_NE(outcome.problem.find("the gzip data is damaged at byte"), std::string::npos) << outcome.problem;

  std::string zst = zstd(plain) + zstd(plain);
  zst[zstd(plain).size() + 1] = '\x7f';
  EXPECT_EQ(drain(zst, 64).bytes, plain);
  EXPECT_NE(drain(zst, 64).problem.find("the zstd data is damaged at byte"), std::string::npos);
}

TEST(ByteSource, CountsStoredBytes) {
  const std::string gz = gzip(sample(100000));
  auto source = decompress(read_memory(view_of(gz)));
  std::vector<std::uint8_t> buffer(300000);
  while (source->read(buffer) != 0) {
  }
  EXPECT_EQ(source->stored_bytes(), gz.size());
}

}  // namespace
}  // namespace handlens
