// The same bytes mean the same, however TCP carried them: cut anywhere, out of order, more than once, at any sequence
// number.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/property/conversation.h"

namespace handlens::property {
namespace {

class Segmentation : public ::testing::TestWithParam<std::string> {
 protected:
  Script script_ = script_of(GetParam());
  std::string expected_ = essence(play(script_).packets);
  std::mt19937 random_{20260115};

  // Where every position is tried: the conversations with the most ways to begin.
  [[nodiscard]] static bool is_thorough() {
    return GetParam() == "tls12_full.pcap" || GetParam() == "sslv2_hello.pcap" || GetParam() == "smtp_starttls.pcap";
  }
  std::size_t pick(std::size_t below) { return random_() % below; }
  Cutter cut_randomly(std::size_t most) {
    return [this, most](std::size_t, std::size_t size) {
      std::vector<std::size_t> sizes;
      for (std::size_t at = 0; at < size; at += sizes.back()) sizes.push_back(1 + pick(most));
      return sizes;
    };
  }
};

TEST_P(Segmentation, TheRecordedSegmentsSayTheSame) {
  Packets recorded = testing::read_packets(testing::capture_path(GetParam()));
  EXPECT_EQ(essence(recorded), expected_);
}

TEST_P(Segmentation, OneByteEach) {
  const Cutter bytes = [](std::size_t, std::size_t size) { return std::vector<std::size_t>(size, 1); };
  EXPECT_EQ(essence(play(script_, {.cut = bytes}).packets), expected_);
}

TEST_P(Segmentation, RandomSizes) {
  for (const std::size_t most : {3u, 7u, 40u, 300u, 1500u}) {
    for (int round = 0; round < 3; ++round) {
      ASSERT_EQ(essence(play(script_, {.cut = cut_randomly(most)}).packets), expected_) << "sizes up to " << most;
    }
  }
}

// Every turn cut once at every position; of most captures, and of what comes after the handshake, at some.
TEST_P(Segmentation, CutAtEveryPosition) {
  std::size_t tried = 0;
  for (std::size_t turn = 0; turn < script_.turns.size(); ++turn) {
    const std::size_t size = script_.turns[turn].bytes.size();
    for (std::size_t at = 1; at < size; at += is_thorough() && tried < 800 ? 1u : 61u, ++tried) {
      const Cutter cut = [turn, at](std::size_t t, std::size_t) {
        return t == turn ? std::vector<std::size_t>{at} : std::vector<std::size_t>{};
      };
      ASSERT_EQ(essence(play(script_, {.cut = cut}).packets), expected_) << "turn " << turn << " cut at " << at;
    }
  }
}

TEST_P(Segmentation, ReorderedWithinAWindow) {
  for (const std::size_t window : {2u, 5u, 40u}) {
    for (int round = 0; round < 4; ++round) {
      Played played = play(script_, {.cut = cut_randomly(round % 2 == 0 ? 120 : 900)});
      for (const Played::Range range : played.data_turns) {
        for (std::size_t at = range.begin; at < range.end; at += window) {
          const auto begin = played.packets.begin() + static_cast<std::ptrdiff_t>(at);
          const auto end = played.packets.begin() + static_cast<std::ptrdiff_t>(std::min(at + window, range.end));
          std::shuffle(begin, end, random_);
        }
      }
      restamp(played.packets);
      ASSERT_EQ(essence(played.packets), expected_) << "window " << window << " round " << round;
    }
  }
}

TEST_P(Segmentation, EveryPacketTwice) {
  Packets twice;
  for (const OwnedPacket& packet : play(script_, {.cut = cut_randomly(400)}).packets) {
    twice.push_back(packet);
    twice.push_back(packet);
  }
  restamp(twice);
  EXPECT_EQ(essence(twice), expected_);
}

TEST_P(Segmentation, SomePacketsAgainLater) {
  for (int round = 0; round < 4; ++round) {
    Played played = play(script_, {.cut = cut_randomly(500)});
    // From the last to the first, so that the ranges before stay where they are.
    for (auto range = played.data_turns.rbegin(); range != played.data_turns.rend(); ++range) {
      const std::size_t which = range->begin + pick(range->end - range->begin);
      const std::size_t where = which + 1 + pick(played.packets.size() - which);
      const OwnedPacket again = played.packets[which];
      played.packets.insert(played.packets.begin() + static_cast<std::ptrdiff_t>(where), again);
    }
    restamp(played.packets);
    ASSERT_EQ(essence(played.packets), expected_) << "round " << round;
  }
}

TEST_P(Segmentation, OverlappingRetransmissionsWithTheSameBytes) {
  for (int round = 0; round < 6; ++round) {
    PlayOptions options{.cut = cut_randomly(400)};
    options.overlap = [this](std::size_t) -> std::optional<std::pair<std::size_t, std::size_t>> {
      if (pick(2) == 0) return std::nullopt;
      return std::pair(1 + pick(600), pick(600));
    };
    ASSERT_EQ(essence(play(script_, options).packets), expected_) << "round " << round;
  }
}

// The byte at which sequence numbers start again at 0 may be any.
TEST_P(Segmentation, SequenceNumbersWrapAnywhere) {
  std::size_t said[2] = {0, 0};
  for (const Turn& turn : script_.turns) said[turn.from] += turn.bytes.size();
  const std::size_t most = std::max(said[0], said[1]) + 3;
  for (std::size_t before = 0; before < most; before += is_thorough() && before < 350 ? 1u : 97u) {
    const auto isn = static_cast<std::uint32_t>(0u - static_cast<std::uint32_t>(before));
    ASSERT_EQ(essence(play(script_, {.client_isn = isn, .server_isn = isn}).packets), expected_) << "ISN " << isn;
  }
  for (const std::uint32_t isn : {0u, 1u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'fffeu, 0xffff'ffffu}) {
    ASSERT_EQ(essence(play(script_, {.client_isn = isn, .server_isn = ~isn}).packets), expected_) << "ISN " << isn;
  }
}

TEST_P(Segmentation, BatchesDoNotMatter) {
  const Packets packets = play(script_).packets;
  for (const std::size_t batch : {1u, 2u, 31u, 33u, 1000u}) {
    EXPECT_EQ(essence(packets, {.batch = batch}), expected_);
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, Segmentation, ::testing::ValuesIn(conversations()),
                         [](const auto& test) { return test.param.substr(0, test.param.find('.')); });

}  // namespace
}  // namespace handlens::property
