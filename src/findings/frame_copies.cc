#include "src/findings/frame_copies.h"

#include "src/tcp/elapsed.h"

namespace handlens {

bool is_copy_of_alike(const PacketNote& a, const PacketNote& b) {
  const std::int64_t apart = elapsed(a.time_ns, b.time_ns);
  const bool same = a.from == b.from && a.flags == b.flags && a.window == b.window && a.has_ip_id == b.has_ip_id &&
                    a.ip_id == b.ip_id && a.has_timestamps == b.has_timestamps && a.tsval == b.tsval &&
                    a.tsecr == b.tsecr;
  if (!same || apart > kCopies || apart < -kCopies) return false;
  // A reset without an IP-ID of its own may be a second one. A copy has passed routers, or nothing at all.
  if (!a.has_ip_id || a.ip_id == 0) return !a.is_rst() || a.ttl != b.ttl || apart <= kCopies / 20;
  return true;
}

}  // namespace handlens
