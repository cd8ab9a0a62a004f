#include "dissectors/byte_reader.h"

namespace handlens {

std::string_view to_text(ParseReason reason) {
  switch (reason) {
    case ParseReason::none:
      return "none";
    case ParseReason::short_read:
      return "short_read";
    case ParseReason::bad_length:
      return "bad_length";
    case ParseReason::bad_value:
      return "bad_value";
    case ParseReason::trailing_bytes:
      return "trailing_bytes";
    case ParseReason::limit:
      return "limit";
  }
  return "unknown";
}

}  // namespace handlens
