// One network interface as a raw packet socket: every frame that comes in, and frames out. Linux only.
#pragma once
#include <string>

#include "tools/middlebox/packet.h"

namespace handlens::middlebox {

class Link {
 public:
  Link() = default;
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  bool open(const std::string& interface);  // false: problem() says why
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // The next frame that is waiting, into `buffer`; its size, 0 when none is.
  std::size_t receive(Bytes& buffer);
  bool send(View frame);

 private:
  bool fail(const std::string& what);
  int descriptor_ = -1;
  std::string problem_;
};

}  // namespace handlens::middlebox
