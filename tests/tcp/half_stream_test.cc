#include "src/tcp/half_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "src/tcp/seq.h"

namespace handlens {
namespace {

// Takes whole "units" of `unit` bytes and leaves the rest in the window; records everything.
class RecordingConsumer final : public StreamConsumer {
 public:
  explicit RecordingConsumer(std::size_t unit = 1, std::uint64_t skip_after = 0) : unit_(unit), skip_(skip_after) {}
  std::uint64_t on_window(ByteView window, std::size_t fresh, std::uint64_t first_frame) override {
    EXPECT_LE(fresh, window.size());
    const std::size_t take = window.size() / unit_ * unit_;
    if (take > 0) first_frames.push_back(first_frame);
    text.append(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(take));
    return take > 0 && skip_ > 0 ? take + skip_ : take;
  }
  void on_gap(std::uint64_t bytes, bool cut) override {
    gaps.push_back(bytes);
    cuts.push_back(cut);
    text += '?';
  }
  void on_window_overflow() override { ++overflows; }

  std::string text;
  std::vector<std::uint64_t> gaps, first_frames;
  std::vector<bool> cuts;
  int overflows = 0;

 private:
  std::size_t unit_;
  std::uint64_t skip_;
};

ByteView view(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // test data, not wire bytes
}

struct Fixture {
  HalfStream stream;
  StreamLimits limits;
  std::uint64_t frame = 0;
  HalfStream::Accepted put(std::uint32_t seq, const std::string& text, StreamConsumer& consumer) {
    return stream.accept(seq, view(text), static_cast<std::uint32_t>(text.size()), ++frame, limits, consumer);
  }
};

TEST(HalfStream, InOrderBytesPassStraightThrough) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(1000);
  EXPECT_EQ(f.put(1000, "hello ", c).new_bytes, 6u);
  f.put(1006, "world", c);
  EXPECT_EQ(c.text, "hello world");
  EXPECT_EQ(f.stream.next_offset(), 11u);
}

TEST(HalfStream, SequenceWrapIsInvisible) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0xffff'fffdu);
  f.put(0xffff'fffdu, "abc", c);
  f.put(0, "def", c);
  f.put(0xffff'ffffu, "cd", c);  // again, across the wrap
  EXPECT_EQ(c.text, "abcdef");
}

TEST(HalfStream, ReorderedBytesWaitForTheHole) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  EXPECT_TRUE(f.put(6, "ghi", c).out_of_order);
  f.put(3, "def", c);
  EXPECT_EQ(c.text, "");
  EXPECT_FALSE(f.put(0, "abc", c).out_of_order);
  EXPECT_EQ(c.text, "abcdefghi");
  EXPECT_FALSE(f.stream.has_holes());
}

TEST(HalfStream, FirstArrivalWinsAndConflictsAreCounted) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  f.put(0, "abcd", c);
  EXPECT_EQ(f.put(0, "abcd", c).same_bytes, 4u);
  const auto conflict = f.put(2, "XYef", c);
  EXPECT_EQ(conflict.conflicting_bytes, 2u);
  EXPECT_EQ(conflict.new_bytes, 2u);
  EXPECT_EQ(c.text, "abcdef");
  f.put(8, "ij", c);  // stored beyond a hole
  const auto stored = f.put(6, "ghIJkl", c);
  EXPECT_EQ(stored.conflicting_bytes, 2u);
  EXPECT_EQ(c.text, "abcdefghijkl");
}

TEST(HalfStream, OverlapsAreUnknownOnceHistoryIsDropped) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  f.put(0, "abcd", c);
  f.stream.drop_history();
  const auto again = f.put(0, "abcd", c);
  EXPECT_EQ(again.same_bytes, 0u);
  EXPECT_EQ(again.old_bytes, 4u);
}

TEST(HalfStream, UnconsumedBytesAreOfferedAgain) {
  Fixture f;
  RecordingConsumer c(4);
  f.stream.set_start(0);
  f.put(0, "ab", c);
  f.put(2, "cde", c);
  f.put(5, "fgh", c);
  EXPECT_EQ(c.text, "abcdefgh");
  EXPECT_EQ(c.first_frames, (std::vector<std::uint64_t>{1, 2}));
}

TEST(HalfStream, SkippedBytesAreNeverDeliveredNorMissed) {
  Fixture f;
  RecordingConsumer c(2, 6);  // takes two, wants six skipped
  f.stream.set_start(0);
  f.put(0, "ab", c);
  f.put(2, "......cd", c);
  EXPECT_EQ(c.text, "abcd");
  f.put(14, "..gh", c);  // bytes 10 to 13 of the skipped region are lost: nobody wanted them
  f.stream.give_up_hole(f.limits, c);
  EXPECT_TRUE(c.gaps.empty());
  EXPECT_EQ(f.stream.lost_bytes(), 4u);
  EXPECT_EQ(c.text, "abcdgh");
}

TEST(HalfStream, SnapLengthCutIsAGapOfItsOwn) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  f.stream.accept(0, view("abc"), 10, 1, f.limits, c);
  f.put(10, "xyz", c);
  EXPECT_EQ(c.text, "abc?xyz");
  EXPECT_EQ(c.gaps, (std::vector<std::uint64_t>{7}));
  EXPECT_EQ(c.cuts, (std::vector<bool>{true}));
  EXPECT_EQ(f.stream.lost_bytes(), 7u);
}

TEST(HalfStream, WhatTheSnapLengthCutFromSkippedBytesIsNotLost) {
  Fixture f;
  RecordingConsumer c(2, 6);
  f.stream.set_start(0);
  f.put(0, "ab", c);
  f.stream.accept(2, view("..."), 6, 2, f.limits, c);
  EXPECT_TRUE(c.gaps.empty());
  EXPECT_EQ(f.stream.lost_bytes(), 0u);
  EXPECT_EQ(f.stream.next_offset(), 8u);
}

// Consumes all but the bytes of the newest segment, once there are two.
class OldBytesConsumer final : public StreamConsumer {
 public:
  std::uint64_t on_window(ByteView, std::size_t fresh, std::uint64_t first_frame) override {
    first_frames.push_back(first_frame);
    return fresh;
  }
  void on_gap(std::uint64_t, bool) override {}
  void on_window_overflow() override {}
  std::vector<std::uint64_t> first_frames;
};

TEST(HalfStream, WindowThatStartsWithTheFreshBytesBelongsToTheirPacket) {
  Fixture f;
  OldBytesConsumer c;
  f.stream.set_start(0);
  for (const std::uint32_t seq : {0u, 2u, 4u}) f.put(seq, "xy", c);
  EXPECT_EQ(c.first_frames, (std::vector<std::uint64_t>{1, 1, 2}));
}

TEST(HalfStream, StoreIsBoundedAndTheHoleBecomesAGap) {
  Fixture f;
  f.limits.reorder_segments = 4;
  RecordingConsumer c;
  f.stream.set_start(0);
  for (std::uint32_t i = 0; i < 5; ++i) f.put(2 + 2 * i, "x", c);
  EXPECT_EQ(c.gaps.front(), 2u);
  EXPECT_GE(c.text.size(), 2u);
}

TEST(HalfStream, WindowIsBounded) {
  Fixture f;
  f.limits.window_bytes = 8;
  RecordingConsumer c(100);  // never satisfied
  f.stream.set_start(0);
  f.put(0, "12345", c);
  f.put(5, "6789", c);
  EXPECT_EQ(c.overflows, 1);
  EXPECT_TRUE(f.stream.stopped());
  f.put(9, "more", c);  // positions are still followed
  EXPECT_EQ(f.stream.next_offset(), 13u);
}

TEST(HalfStream, FarAwaySequenceNumbersAreNotOfThisStream) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  f.put(0, "abc", c);
  EXPECT_TRUE(f.put(0x4000'0000u, "zzz", c).out_of_window);
  EXPECT_TRUE(f.put(0xa000'0000u, "zzz", c).out_of_window);
  EXPECT_FALSE(f.stream.has_holes());
}

TEST(HalfStream, AcknowledgedHole) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(100);
  f.put(110, "xyz", c);
  EXPECT_FALSE(f.stream.hole_acknowledged(100));
  EXPECT_FALSE(f.stream.hole_acknowledged(109));
  EXPECT_TRUE(f.stream.hole_acknowledged(110));
}

// Any way of cutting, repeating, overlapping and shuffling a text gives the text back, once.
TEST(HalfStreamProperty, AnyArrivalOrderGivesTheSameBytes) {
  std::mt19937 random(20260101);
  std::string text(700, 0);
  for (char& ch : text) ch = static_cast<char>('a' + random() % 26);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::pair<std::size_t, std::size_t>> cuts;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % 90, text.size() - at);
      cuts.emplace_back(at, n);
      if (random() % 3 == 0) cuts.emplace_back(at, n);
      if (random() % 3 == 0 && at > 20) cuts.emplace_back(at - 15, n + 15);
      at += n;
    }
    std::shuffle(cuts.begin(), cuts.end(), random);
    Fixture f;
    const auto start = static_cast<std::uint32_t>(0xffff'ffffu - random() % 800);
    RecordingConsumer c(1 + random() % 7);
    f.stream.set_start(start);
    std::uint32_t fresh = 0;
    for (const auto& [at, n] : cuts) {
      const auto accepted = f.put(start + static_cast<std::uint32_t>(at), text.substr(at, n), c);
      EXPECT_EQ(accepted.conflicting_bytes, 0u);
      fresh += accepted.new_bytes;
    }
    EXPECT_EQ(fresh, text.size());
    EXPECT_FALSE(f.stream.has_holes());
    const ByteView rest = f.stream.window();
    c.text.append(rest.begin(), rest.end());
    ASSERT_EQ(c.text, text) << "round " << round;
  }
}

TEST(Seq, DistanceWraps) {
  EXPECT_EQ(seq_distance(0xffff'fff0u, 0x10u), 0x20);
  EXPECT_EQ(seq_distance(0x10u, 0xffff'fff0u), -0x20);
  EXPECT_TRUE(seq_before(0xffff'ffffu, 0u));
  EXPECT_FALSE(seq_before(5u, 5u));
}

// Many small pieces cost more for their list than for their bytes.
TEST(HalfStream, HeldBytesCountTheListOfPieces) {
  Fixture f;
  RecordingConsumer c;
  f.stream.set_start(0);
  for (std::uint32_t i = 0; i < 200; ++i) f.put(10 + 2 * i, "x", c);
  constexpr std::size_t kLeastOfAPiece = 3 * sizeof(std::uint64_t) + sizeof(std::vector<std::uint8_t>);
  EXPECT_GE(f.stream.held_bytes(), 200 * (1 + kLeastOfAPiece));
  f.stream.reset();
  f.put(10, "yy", c);  // buffers that are kept for later are memory too
  EXPECT_GE(f.stream.held_bytes(), 200 * kLeastOfAPiece);
}

}  // namespace
}  // namespace handlens
