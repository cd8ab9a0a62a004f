// The synthetic captures of pcaps/: what a real stack will not do on demand, or not the same way twice.
#pragma once
#include <string>
#include <vector>

#include "tools/builder/bytes.h"

namespace handlens::synthetic {

struct Scenario {
  std::string file;  // in pcaps/
  builder::Bytes (*make)();
};
[[nodiscard]] std::vector<Scenario> tcp_scenarios();     // how connections begin and end
[[nodiscard]] std::vector<Scenario> tunnel_scenarios();  // tunnels, and what ICMP says of them
[[nodiscard]] std::vector<Scenario> link_scenarios();    // links, fragments, file formats
// Who ended it: a device between the ends did, or nobody did anything but the ends themselves.
[[nodiscard]] std::vector<Scenario> injected_resets();
[[nodiscard]] std::vector<Scenario> ordinary_resets();
// Told by comparison only: with other networks, other captures, other contents.
[[nodiscard]] std::vector<Scenario> compared_resets();
// A side gave up because the other's data had not arrived.
[[nodiscard]] std::vector<Scenario> given_up();
// Nobody did anything but the ends, and the capture shows it in an ordinary way.
[[nodiscard]] std::vector<Scenario> ordinary_endings();

}  // namespace handlens::synthetic
