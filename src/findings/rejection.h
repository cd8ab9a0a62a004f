// ICMP errors that say that a rule forbids the connection (RFC 1812 §5.2.7.1), and what became of what they rejected.
#pragma once
#include <cstddef>
#include <cstdint>

#include "src/timeline/flow_report.h"

namespace handlens {

// Communication administratively prohibited, with the host or its network as well.
[[nodiscard]] bool says_prohibited(const Event& e);

// What the ICMP error was about arrived all the same, sent again or another way: before frame `end` the one it was sent
// to acknowledged it, or said something new.
[[nodiscard]] bool is_overcome(const FlowReport& flow, const Event& error, std::uint64_t end = UINT64_MAX);

struct Rejection {
  const Event* newest = nullptr;    // null: there is none; lives as long as the report
  const IcmpFact* fact = nullptr;   // of the newest
  std::size_t times = 0;            // by the same sender, of packets to the same side
  Side rejected_to = Side::server;  // whom the packets were sent to
};
// Before frame `end`, of what was not overcome by then.
[[nodiscard]] Rejection find_rejection(const FlowReport& flow, std::uint64_t end);

}  // namespace handlens
