#include "src/output/rendered_flow.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace handlens {
namespace {

struct Header {
  std::uint64_t id = 0;
  std::uint64_t text = 0;
  const AttemptTemplate* pattern = nullptr;
  std::uint16_t kind = 0, finding = 0;
  std::uint8_t selected = 0, level = 0, failed = 0, is_word = 0;
};
static_assert(sizeof(Header) == kEncodedHeader);

std::string_view within_16_bits(std::string_view text) {
  return text.substr(0, std::numeric_limits<std::uint16_t>::max());
}

Header header_at(const char* bytes) {
  Header header;
  std::memcpy(&header, bytes, sizeof(header));
  return header;
}

}  // namespace

std::size_t encoded_bytes(const RenderedFlow& flow) {
  return sizeof(Header) + within_16_bits(flow.kind).size() + within_16_bits(flow.finding).size() + flow.text.size();
}

char* encode(const RenderedFlow& flow, char* out) {
  const std::string_view kind = within_16_bits(flow.kind), finding = within_16_bits(flow.finding);
  Header header;
  header.id = flow.id;
  header.text = flow.text.size();
  header.kind = static_cast<std::uint16_t>(kind.size());
  header.finding = static_cast<std::uint16_t>(finding.size());
  header.selected = flow.selected ? 1 : 0;
  header.level = flow.level;
  header.pattern = flow.pattern;
  header.failed = flow.failed ? 1 : 0;
  header.is_word = flow.is_word ? 1 : 0;
  std::memcpy(out, &header, sizeof(header));
  out += sizeof(header);
  for (const std::string_view part : {kind, finding, flow.text}) out = std::copy(part.begin(), part.end(), out);
  return out;
}

std::size_t encode(const RenderedFlow& flow, std::string& out) {
  const std::size_t before = out.size(), size = encoded_bytes(flow);
  out.resize(before + size);
  encode(flow, out.data() + before);
  return size;
}

EncodedSize encoded_size(const char* bytes) {
  const Header header = header_at(bytes);
  return {header.id, sizeof(Header) + header.kind + header.finding + header.text};
}

RenderedFlow decode(std::string_view& bytes) {
  const Header header = header_at(bytes.data());
  bytes.remove_prefix(sizeof(Header));
  const auto take = [&bytes](std::size_t size) {
    const std::string_view out = bytes.substr(0, size);
    bytes.remove_prefix(out.size());
    return out;
  };
  RenderedFlow flow;
  flow.id = header.id;
  flow.selected = header.selected != 0;
  flow.level = header.level;
  flow.pattern = header.pattern;
  flow.failed = header.failed != 0;
  flow.is_word = header.is_word != 0;
  flow.kind = take(header.kind);
  flow.finding = take(header.finding);
  flow.text = take(header.text);
  return flow;
}

}  // namespace handlens
