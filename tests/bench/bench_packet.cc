// A frame down to its TCP header.
#include <benchmark/benchmark.h>

#include "dissectors/packet.h"
#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

void dissect_frame(benchmark::State& state, const Bytes& frame) {
  DissectedPacket out;
  for (auto _ : state) {
    dissect_packet_into(link_type::ethernet, frame, static_cast<std::uint32_t>(frame.size()), out);
    benchmark::DoNotOptimize(out);
  }
}

Tcp segment() { return {.options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}}; }

void PacketIpv4(benchmark::State& state) { dissect_frame(state, ethernet(ipv4(tcp(segment(), ramp(1448))))); }
BENCHMARK(PacketIpv4);

void PacketIpv6(benchmark::State& state) { dissect_frame(state, ethernet(ipv6(tcp(segment(), ramp(1428))), 0x86dd)); }
BENCHMARK(PacketIpv6);

void PacketVlanIpv4(benchmark::State& state) {
  dissect_frame(state, ethernet(tag(5, 0x0800, ipv4(tcp(segment(), ramp(1448)))), 0x8100));
}
BENCHMARK(PacketVlanIpv4);

}  // namespace
}  // namespace handlens
