// Files people hand in that handlens does not read: named by their first bytes, with what to do about them.
#pragma once

#include <string>

#include "dissectors/byte_reader.h"

namespace handlens {

// How many bytes of a file's beginning are worth waiting for: a tar archive is told by bytes 257 to 261.
inline constexpr std::size_t kForeignBytes = 262;

// A clause for people that follows the file's name. `first`: the beginning of the file, decompressed, as much
// as there is.
[[nodiscard]] std::string describe_foreign(ByteView first);

}  // namespace handlens
