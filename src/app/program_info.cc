#include "src/app/program_info.h"

#include <fmt/format.h>

#include "src/capture/packet_source.h"

namespace handlens {

ProgramInfo program_info() { return {HANDLENS_VERSION, libpcap_version(), HANDLENS_OPENSSL_VERSION}; }

std::string version_text() {
  const ProgramInfo info = program_info();
  return fmt::format("handlens {}\nlibpcap {}\nOpenSSL {}\n", info.version, info.libpcap, info.openssl);
}

std::string_view release_date() { return HANDLENS_RELEASE_DATE; }

}  // namespace handlens
