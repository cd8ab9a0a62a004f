// What a flood of SYNs costs, measured: the pages that became resident. And what a packet costs that needs nothing new:
// every allocation of this program is counted.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <new>

#include "src/flow/huge_pages.h"
#include "tests/support/engine_run.h"
#include "tools/builder/tunnel_builder.h"

namespace {

std::atomic<std::size_t> held{0};

void* counted(std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, size == 0 ? 1 : size) != 0) {
    throw std::bad_alloc();
  }
  held += ::malloc_usable_size(memory);
  return memory;
}
void discounted(void* memory) {
  if (memory == nullptr) return;
  held -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// The temporary buffers of the standard library's algorithms: without these, the sanitizer's own would be taken.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return counted(size, alignof(std::max_align_t));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { discounted(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { discounted(memory); }
void operator delete(void* memory) noexcept { discounted(memory); }
void operator delete[](void* memory) noexcept { discounted(memory); }
void operator delete(void* memory, std::size_t) noexcept { discounted(memory); }
void operator delete[](void* memory, std::size_t) noexcept { discounted(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { discounted(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { discounted(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { discounted(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { discounted(memory); }

namespace handlens {
namespace {

class NoSink final : public FlowSink {
 public:
  void on_flow(AnalyzedFlow&& flow) override {
    ++flows;
    EXPECT_EQ(flow.report.cut_short, CutShort::memory_limit);
  }
  std::size_t flows = 0;
};

void take(Engine& engine, const testing::OwnedPacket& packet, std::uint64_t number) {
  const RawPacket raw{.bytes = packet.bytes,
                      .wire_length = packet.wire_length,
                      .link = link_type::ethernet,
                      .stamp = {number, {packet.time}}};
  engine.on_batch({&raw, 1});
}

// Memory of this program that is in use, wherever it came from: tables large enough are mapped beside the heap, and set
// aside more than they touch.
std::int64_t resident_bytes() {
  ::malloc_trim(0);  // what earlier tests gave back is not there to be used again unseen
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  EXPECT_GT(resident, 0);
  return resident * ::sysconf(_SC_PAGESIZE);
}

constexpr std::uint32_t kFlows = 300'000;  // so many that a huge page more or less does not count: 7 bytes a flow

// The sanitizer keeps what was given back, to see whether it is used: there the flood only has to pass.
constexpr std::int64_t at_most(std::int64_t bytes) {
  return kIsSanitized ? std::numeric_limits<std::int64_t>::max() : bytes;
}

// Bytes for each flow of a flood of one kind of packet.
std::int64_t bytes_of_a_flow(std::uint8_t flags) {
  builder::Capture capture;
  builder::Conversation(capture, {.port = 50000}, {.ip = "198.51.100.7"}).from_client({.flags = flags});
  testing::Packets packets = testing::packets_of(capture);
  std::vector<std::uint8_t>& frame = packets[0].bytes;
  constexpr std::size_t kSourceAddress = 14 + 12;

  NoSink sink;
  Engine engine({}, sink);
  const std::int64_t before = resident_bytes();
  for (std::uint32_t i = 0; i < kFlows; ++i) {
    frame[kSourceAddress + 1] = static_cast<std::uint8_t>(i >> 16);
    frame[kSourceAddress + 2] = static_cast<std::uint8_t>(i >> 8);
    frame[kSourceAddress + 3] = static_cast<std::uint8_t>(i);
    take(engine, packets[0], i + 1);
  }
  EXPECT_EQ(engine.counters().flows, kFlows);
  EXPECT_EQ(sink.flows, 0u);
  return (resident_bytes() - before) / kFlows;
}

// The same where every SYN comes from a station of its own, or in a network of its own: three bytes of the frame, `at`
// this place, say so.
std::int64_t bytes_of_a_flow_from_anywhere(testing::Packets packets, std::size_t at, std::size_t max_memory = 0,
                                           std::uint32_t flows = kFlows) {
  std::vector<std::uint8_t>& frame = packets[0].bytes;
  NoSink sink;
  Limits limits;
  limits.max_memory = max_memory;
  Engine engine(limits, sink);
  const std::int64_t before = resident_bytes();
  for (std::uint32_t i = 0; i < flows; ++i) {
    for (const std::size_t place : {at, frame.size() - 40 + 12}) {  // and an address of its own
      frame[place] = static_cast<std::uint8_t>(i >> 16);
      frame[place + 1] = static_cast<std::uint8_t>(i >> 8);
      frame[place + 2] = static_cast<std::uint8_t>(i);
    }
    take(engine, packets[0], i + 1);
  }
  EXPECT_EQ(engine.counters().flows, flows);
  EXPECT_EQ(engine.counters().evicted_flows, sink.flows);
  EXPECT_EQ(sink.flows > 0, max_memory != 0);
  return (resident_bytes() - before) / flows;
}

testing::Packets one_syn() {
  builder::Capture capture;
  builder::Conversation(capture, {.port = 50000}, {.ip = "198.51.100.7"}).from_client({.flags = builder::kSyn});
  return testing::packets_of(capture);
}

TEST(EngineMemory, AHalfOpenFlowOfAnyStationCostsAtMost250Bytes) {
  EXPECT_LE(bytes_of_a_flow_from_anywhere(one_syn(), 6 + 3), at_most(250));
}

testing::Packets one_syn_in_vxlan() {
  testing::Packets packets = one_syn();
  std::vector<std::uint8_t>& frame = packets[0].bytes;
  frame = builder::ethernet_frame(builder::wrap_vxlan(frame));
  packets[0].wire_length = static_cast<std::uint32_t>(frame.size());
  return packets;
}
constexpr std::size_t kNetworkId = 14 + 20 + 8 + 4;

TEST(EngineMemory, AHalfOpenFlowOfAnyTunnelCostsAtMost250Bytes) {
  EXPECT_LE(bytes_of_a_flow_from_anywhere(one_syn_in_vxlan(), kNetworkId), at_most(250));
}

// Besides, there is what a limit on memory does not count.
TEST(EngineMemory, ALimitBoundsStationsAndTunnelsToo) {
  constexpr std::size_t kLimit = 1u << 20;
  constexpr std::uint32_t kFew = 60'000;  // for each of them the limit leaves 17 bytes
  EXPECT_LE(bytes_of_a_flow_from_anywhere(one_syn(), 6 + 3, kLimit, kFew), at_most(100));
  EXPECT_LE(bytes_of_a_flow_from_anywhere(one_syn_in_vxlan(), kNetworkId, kLimit, kFew), at_most(100));
}

TEST(EngineMemory, AHalfOpenFlowCostsAtMost250Bytes) { EXPECT_LE(bytes_of_a_flow(builder::kSyn), at_most(250)); }
TEST(EngineMemory, ALoneAckCostsAtMost250Bytes) { EXPECT_LE(bytes_of_a_flow(builder::kAck), at_most(250)); }

// In the steady state of one connection nothing is allocated for a packet.
TEST(EngineMemory, PacketsAfterTheHandshakeAllocateNothingThatStays) {
  builder::Capture capture;
  builder::Conversation talk(capture, {.port = 50000}, {.ip = "198.51.100.7"});
  talk.open();
  for (int i = 0; i < 64; ++i) {
    talk.client_data(builder::filler(1000));
    talk.from_server({.flags = builder::kAck});
  }
  const testing::Packets packets = testing::packets_of(capture);
  const std::vector<RawPacket> raw = testing::raw_packets(packets);
  NoSink sink;
  Engine engine({}, sink);
  engine.on_batch(std::span(raw).first(60));
  const std::size_t before = held;
  engine.on_batch(std::span(raw).subspan(60));
  EXPECT_EQ(held, before);
}

}  // namespace
}  // namespace handlens
