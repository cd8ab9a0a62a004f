// One connection in two input files: captured at both of its ends, say. It stays two flows, so that what one file shows
// is not taken for retransmissions of what the other one does. Files of one capture that was split go on where the one
// before ended, and their connections stay whole.
//
// Seen by its SYN alone: what the second file holds of a connection that it does not see opened counts to the flow of
// the first. Threads: none of its own.
#pragma once
#include "src/timeline/packet_note.h"

namespace handlens {

// Whether `again`, a SYN out of a later file, is the packet `syn` once more and no retransmission. `last_ns`: time of
// the newest packet of the flow that `syn` opened.
[[nodiscard]] bool is_same_syn(const PacketNote& syn, const PacketNote& again, std::int64_t last_ns);

}  // namespace handlens
