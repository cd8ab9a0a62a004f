// A split proxy: it opens TCP to the client and to the server each by itself, under both sides' addresses.
// The client's SYN is answered at once, with a first sequence number, TTL, window and options of the device's own; its
// data is acknowledged by the device. Behind the device another connection is opened in the client's name, and from
// then on numbers are shifted between the two. Options that would need translating (timestamps, SACK, window scale) are
// not negotiated on either half.
#pragma once
#include <vector>

#include "tools/middlebox/forger.h"

namespace handlens::middlebox {

// Takes a packet that may pass; what leaves the device in its place is appended to `out`.
void pass_split(const Split& split, const FlowKey& key, Flow& flow, Side from, const Packet& packet, View frame,
                Forger& forger, std::vector<Output>& out);

}  // namespace handlens::middlebox
