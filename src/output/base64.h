// RFC 4648 §4, with padding.
#pragma once
#include <string>

#include "dissectors/byte_reader.h"

namespace handlens {

[[nodiscard]] std::string base64(ByteView bytes);

}  // namespace handlens
