#include "src/output/text_buffer.h"

#include <algorithm>

namespace handlens {

void TextBuffer::grow(std::size_t bytes) {
  constexpr std::size_t kFirst = 1024;
  const std::size_t used = size(), wanted = std::max({used + bytes, 2 * used, kFirst});
  std::unique_ptr<char[]> larger(new char[wanted]);  // not cleared, as make_unique would
  if (used > 0) std::memcpy(larger.get(), bytes_.get(), used);
  bytes_ = std::move(larger);
  at_ = bytes_.get() + used;
  end_ = bytes_.get() + wanted;
}

}  // namespace handlens
