#include "tools/middlebox/link.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace handlens::middlebox {

Link::~Link() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Link::fail(const std::string& what) {
  problem_ = what + ": " + std::strerror(errno);
  return false;
}

bool Link::open(const std::string& interface) {
  const unsigned number = if_nametoindex(interface.c_str());
  if (number == 0) return fail(interface);
  // Protocol 0 until it is bound: no frame of another interface gets in between.
  descriptor_ = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return fail("packet socket");
  const int yes = 1;
  if (setsockopt(descriptor_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) != 0)
    return fail("PACKET_IGNORE_OUTGOING");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(number);
  if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail(interface);
  packet_mreq membership{};
  membership.mr_ifindex = static_cast<int>(number);
  membership.mr_type = PACKET_MR_PROMISC;
  if (setsockopt(descriptor_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) != 0) {
    return fail("promiscuous mode");
  }
  return true;
}

std::size_t Link::receive(Bytes& buffer) {
  const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

bool Link::send(View frame) { return ::send(descriptor_, frame.data(), frame.size(), 0) >= 0; }

}  // namespace handlens::middlebox
