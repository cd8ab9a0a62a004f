#include "src/output/output_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace handlens {

void OutputBuffer::flush() {
  std::string_view left = bytes_.view();
  while (!left.empty() && error_ == 0) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // The other end of a pipe or terminal may have made it non-blocking: wait for room.
      pollfd wait{descriptor_, POLLOUT, 0};
      if (::poll(&wait, 1, -1) < 0 && errno != EINTR) error_ = errno;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  bytes_.clear();
}

}  // namespace handlens
