// Community ID, version 1, seed 0 (the flow hash shared by Zeek, Suricata and others), and this project's key of one
// connection. Threads: pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/timeline/flow_report.h"

namespace handlens {

// "1:" + base64(SHA-1(seed, lower address, higher address, protocol 6, 0, lower port, higher port)). The same for both
// directions. Endpoints are ordered by address, then by port; all integers in network byte order.
[[nodiscard]] std::string community_id(const Endpoint& a, const Endpoint& b);
// The same, written to `out`, which has kCommunityIdRoom bytes; returns its end.
[[nodiscard]] char* put_community_id(const Endpoint& a, const Endpoint& b, char* out);
inline constexpr std::size_t kCommunityIdRoom = 2 + 28;

// The Community ID is shared by every connection that reuses the ports. With both initial sequence numbers it names one
// connection, and captures of it made at different places can be joined (unless a device between them rewrites sequence
// numbers): "1:...=#5f3c1e02-00a1b2c3", client's first, eight hex digits, "?" for a number that was not seen. "" if
// neither was seen.
// Written to `out` is what follows the Community ID, "#..." or "", up to kConnectionKeyRoom - kCommunityIdRoom bytes;
// returns its end.
[[nodiscard]] char* put_connection_key(std::optional<std::uint32_t> client, std::optional<std::uint32_t> server,
                                       char* out);
inline constexpr std::size_t kConnectionKeyRoom = kCommunityIdRoom + 2 + 2 * 8;

}  // namespace handlens
