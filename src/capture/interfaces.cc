// What libpcap knows of this machine: its interfaces, and its own version.
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <array>

#include "src/capture/packet_source.h"

namespace handlens {
namespace {

// "192.0.2.1", "2001:db8::1%eth0", or "" for addresses of other families (a packet socket's).
std::string address_text(const sockaddr* address) {
  if (address == nullptr || (address->sa_family != AF_INET && address->sa_family != AF_INET6)) return {};
  const socklen_t length = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::array<char, NI_MAXHOST> text{};
  const int status = ::getnameinfo(address, length, text.data(), static_cast<socklen_t>(text.size()), nullptr, 0,
                                   NI_NUMERICHOST);  // never asks a name server
  return status == 0 ? text.data() : std::string();
}

}  // namespace

std::vector<InterfaceInfo> list_interfaces() {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_if_t* first = nullptr;
  if (pcap_findalldevs(&first, error.data()) != 0) {
    throw CaptureError(3, fmt::format("the interfaces cannot be listed: {}", error.data()));
  }
  std::vector<InterfaceInfo> interfaces;
  for (const pcap_if_t* at = first; at != nullptr; at = at->next) {
    InterfaceInfo info;
    info.name = at->name;
    if (at->description != nullptr) info.description = at->description;
    info.up = (at->flags & PCAP_IF_UP) != 0;
    info.loopback = (at->flags & PCAP_IF_LOOPBACK) != 0;
    for (const pcap_addr* address = at->addresses; address != nullptr; address = address->next) {
      if (std::string text = address_text(address->addr); !text.empty()) info.addresses.push_back(std::move(text));
    }
    interfaces.push_back(std::move(info));
  }
  pcap_freealldevs(first);
  return interfaces;
}

// libpcap says "libpcap version 1.10.3 (with TPACKET_V3)".
std::string libpcap_version() {
  std::string text = pcap_lib_version();
  const std::size_t start = text.find_first_of("0123456789");
  if (start == std::string::npos) return text;
  return text.substr(start, text.find_first_not_of("0123456789.", start) - start);
}

}  // namespace handlens
