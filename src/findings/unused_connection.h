// A connection that a client opened in advance and never used, as browsers do: who closes it in the end, client or
// server, ends nothing.
#pragma once
#include <optional>

#include "src/findings/benign.h"
#include "src/findings/reset_case.h"

namespace handlens {

// Nothing unless the packets show that the client sent no data, also none that was lost; and either another connection
// of it to the same port was used meanwhile, or the server's side closed it after waiting, with
// the capture beside the client.
[[nodiscard]] std::optional<Benign> find_unused_connection(const ResetCase& c);

// Whether it may be one, by its own packets.
[[nodiscard]] bool may_be_unused_connection(const FlowReport& flow, const Outcome& o);

}  // namespace handlens
