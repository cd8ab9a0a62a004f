// A server whose queue of new connections is full: its stack does not take the ACK that completes the opening.
#pragma once
#include <cstdint>
#include <optional>

#include "src/findings/clue.h"
#include "src/findings/reset_case.h"

namespace handlens {

// The SYN-ACK was repeated although it had been answered. For the ending packet `frame`.
[[nodiscard]] std::optional<Sign> find_full_backlog(const FlowReport& flow, std::uint64_t frame);
// The same, or a reset that answers that ACK itself.
[[nodiscard]] std::optional<Sign> find_full_backlog(const ResetCase& c);

}  // namespace handlens
