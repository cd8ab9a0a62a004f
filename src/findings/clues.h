// The clues about one ending packet, by group. Each function looks at a ResetCase and adds the signs that it finds;
// guards that disable it are looked at inside. None depends on what another one found.
#pragma once
#include <string>

#include "src/findings/clue.h"
#include "src/findings/guards.h"
#include "src/findings/reset_case.h"

namespace handlens {

void add_sequence_signs(const ResetCase& c, const Guards& g, Signs& out);    // clues_sequence.cc
void add_burst_signs(const ResetCase& c, const Guards& g, Signs& out);       // clues_burst.cc
void add_header_signs(const ResetCase& c, const Guards& g, Signs& out);      // clues_header.cc
void add_id_signs(const ResetCase& c, const Guards& g, Signs& out);          // clues_ip_id.cc
void add_timing_signs(const ResetCase& c, const Guards& g, Signs& out);      // clues_timing.cc
void add_link_signs(const ResetCase& c, const Guards& g, Signs& out);        // clues_link.cc
void add_vantage_signs(const ResetCase& c, const Guards& g, Signs& out);     // clues_vantage.cc
void add_cross_flow_signs(const ResetCase& c, const Guards& g, Signs& out);  // clues_cross_flow.cc

// The packet's numbers are those of a stack that closes, refuses or knows nothing of the connection (RFC 9293 §3.5.2,
// §3.10): its sequence number is the next one of its stream, or one that the other side acknowledged.
[[nodiscard]] bool is_conforming(const ResetCase& c);

[[nodiscard]] std::string milliseconds_text(std::int64_t ns);  // "8.3 ms", "12.4 s"
[[nodiscard]] std::string address_text(Side side);             // "the client's address"
// How far the host with the reset's address is, called `host`. REQUIRES: c.rtt.
[[nodiscard]] std::string away_text(const ResetCase& c, std::string_view host);

}  // namespace handlens
