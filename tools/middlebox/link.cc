#include "tools/middlebox/link.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace handlens::middlebox {
namespace {

constexpr std::size_t kTagLength = 4;  // 802.1Q: EtherType and tag
constexpr std::size_t kAddresses = 12;

void put16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

// The kernel takes the outer VLAN tag out of a frame and tells it beside the frame (packet(7), PACKET_AUXDATA); it is
// put where it was, so that it goes on with the frame. Returns the frame's size.
std::size_t put_tag_back(msghdr& message, Bytes& buffer, std::size_t size) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_PACKET || one->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata known{};
    std::memcpy(&known, CMSG_DATA(one), sizeof known);
    if ((known.tp_status & TP_STATUS_VLAN_VALID) == 0 || size < kAddresses) continue;
    std::memmove(buffer.data() + kAddresses + kTagLength, buffer.data() + kAddresses, size - kAddresses);
    const bool told = (known.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    put16(buffer.data() + kAddresses, told ? known.tp_vlan_tpid : static_cast<std::uint16_t>(ETH_P_8021Q));
    put16(buffer.data() + kAddresses + 2, known.tp_vlan_tci);
    return size + kTagLength;
  }
  return size;
}

}  // namespace

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
  if (setsockopt(descriptor_, SOL_PACKET, PACKET_AUXDATA, &yes, sizeof yes) != 0) return fail("PACKET_AUXDATA");
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
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata))> beside{};
  iovec frame{buffer.data(), buffer.size() - kTagLength};
  msghdr message{};
  message.msg_iov = &frame;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  const ssize_t size = recvmsg(descriptor_, &message, 0);
  return size > 0 ? put_tag_back(message, buffer, static_cast<std::size_t>(size)) : 0;
}

bool Link::send(View frame) { return ::send(descriptor_, frame.data(), frame.size(), 0) >= 0; }

}  // namespace handlens::middlebox
