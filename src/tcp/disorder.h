// In what order packets were sent that a capture shows close together.
#pragma once
#include <cstdint>

namespace handlens {

// Packets this close together may stand in either order in a capture, be it within a file or from one file to the next.
inline constexpr std::int64_t kDisorder = 1'000'000;  // ns

}  // namespace handlens
