// The durations people ask for, from the facts of one flow: used by the record and by the texts alike.
#pragma once
#include <cstdint>
#include <optional>

#include "src/timeline/flow_report.h"

namespace handlens {

// Nanoseconds, never negative. Where packets were captured in another order, or the capture's clock went back, there is
// none; clock_went_back tells of the latter.
struct FlowTiming {
  std::optional<std::int64_t> duration;  // of the whole flow
  std::optional<std::int64_t> syn_to_syn_ack, syn_ack_to_ack, syn_to_ack;
  std::optional<std::int64_t> client_hello_to_server_hello;
  std::optional<std::int64_t> client_hello_to_established;
  std::optional<std::int64_t> established_to_first_response;  // first application data of the server
  bool clock_went_back = false;
};
[[nodiscard]] FlowTiming flow_timing(const FlowReport& report);

}  // namespace handlens
