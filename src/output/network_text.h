// Which network a flow was in, for people: two flows between the same addresses may be in two of them.
// Threads: pure function.
#pragma once
#include <string>

#include "dissectors/packet.h"

namespace handlens {

// "vlan 10", "vlan 10/20", "vxlan 42", "gre 192.0.2.1-192.0.2.2 key 7", several with commas, outermost first within
// each kind; "" if there is neither a VLAN tag nor a tunnel. Only what tells networks apart is named.
[[nodiscard]] std::string network_text(const LinkFacts& link);

}  // namespace handlens
