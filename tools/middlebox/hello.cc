#include "tools/middlebox/hello.h"

#include <algorithm>

namespace handlens::middlebox {

namespace {

// A reader that yields nothing once it has run over the end.
class Reader {
 public:
  explicit Reader(View bytes) : bytes_(bytes) {}
  std::size_t number(std::size_t size) {
    std::size_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
    return value;
  }
  View take(std::size_t size) {
    if (size > bytes_.size()) {
      bytes_ = {};
      return {};
    }
    const View taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }
  View vector(std::size_t length_size) { return take(number(length_size)); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  View bytes_;
};

std::string name_in(View extension) {
  Reader list(Reader(extension).vector(2));
  while (!list.empty()) {
    const std::size_t type = list.number(1);
    const View name = list.vector(2);
    if (type == 0) return {name.begin(), name.end()};
  }
  return {};
}

std::string sni_of(View message) {
  Reader reader(message);
  reader.take(4 + 2 + 32);  // handshake header, version, random
  reader.vector(1);         // session id
  reader.vector(2);         // cipher suites
  reader.vector(1);         // compression methods
  Reader extensions(reader.vector(2));
  while (!extensions.empty()) {
    const std::size_t type = extensions.number(2);
    const View body = extensions.vector(2);
    if (type == 0) return name_in(body);
  }
  return {};
}

}  // namespace

Hello read_hello(View bytes) {
  Hello hello;
  const auto is_not = [bytes](std::size_t at, std::uint8_t value) { return bytes.size() > at && bytes[at] != value; };
  if (is_not(0, 22) || is_not(1, 3) || is_not(5, 1)) {  // handshake, version 3.x, ClientHello
    hello.state = Hello::State::none;
    return hello;
  }
  if (bytes.size() < 6) return hello;
  hello.size = 5U + (static_cast<std::size_t>(bytes[3]) << 8 | bytes[4]);
  hello.state = bytes.size() < hello.size ? Hello::State::partial : Hello::State::complete;
  if (hello.state == Hello::State::complete) hello.sni = sni_of(bytes.subspan(5, hello.size - 5));
  return hello;
}

}  // namespace handlens::middlebox
