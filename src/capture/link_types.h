// LINKTYPE_ values (in files) and DLT_ values (in libpcap) are the same numbers but for a few; names for both.
#pragma once

#include <cstdint>
#include <string>

namespace handlens {

[[nodiscard]] int dlt_of_link_type(std::uint16_t link);
[[nodiscard]] std::uint16_t link_type_of_dlt(int dlt);
// "EN10MB"; for what nobody named "LINKTYPE_147".
[[nodiscard]] std::string link_type_text(std::uint16_t link);

}  // namespace handlens
