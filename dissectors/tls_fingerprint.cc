#include "dissectors/tls_fingerprint.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "dissectors/digest.h"
#include "dissectors/tls_extensions.h"
#include "dissectors/tls_names.h"

namespace handlens::tls {
namespace {

constexpr std::size_t kMaxShownCount = 99;    // two digits
constexpr std::size_t kHashDigits = 12;       // of JA4's parts
constexpr char kNoneHash[] = "000000000000";  // of an empty list
constexpr std::size_t kMaxDecimalEntry = 6;   // "65535-"

void append_decimal(std::string& text, unsigned value) {
  char digits[8];
  const auto result = std::to_chars(std::begin(digits), std::end(digits), value);
  text.append(digits, result.ptr);
}

void append_hex16(std::string& text, std::uint16_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 12; shift >= 0; shift -= 4) text.push_back(kDigits[(value >> shift) & 0x0f]);
}

void append_two_digits(std::string& text, std::size_t value) {
  const std::size_t shown = std::min(value, kMaxShownCount);
  text.push_back(static_cast<char>('0' + shown / 10));
  text.push_back(static_cast<char>('0' + shown % 10));
}

std::uint16_t code_of(std::uint16_t value) { return value; }
std::uint16_t code_of(std::uint8_t value) { return value; }
std::uint16_t code_of(const Extension& extension) { return extension.type; }

// ",a-b-c"
template <typename List>
void append_ja3_list(std::string& text, const List& list, bool drop_grease) {
  text.push_back(',');
  bool first = true;
  for (const auto& entry : list) {
    const std::uint16_t code = code_of(entry);
    if (drop_grease && is_grease(code)) continue;
    if (!first) text.push_back('-');
    first = false;
    append_decimal(text, code);
  }
}

template <typename List>
std::vector<std::uint16_t> without_grease(const List& list) {
  std::vector<std::uint16_t> out;
  out.reserve(list.size());
  for (const auto& entry : list) {
    if (!is_grease(code_of(entry))) out.push_back(code_of(entry));
  }
  return out;
}

std::string join_hex(const std::vector<std::uint16_t>& codes) {
  std::string text;
  text.reserve(codes.size() * 5);
  for (const std::uint16_t code : codes) {
    if (!text.empty()) text.push_back(',');
    append_hex16(text, code);
  }
  return text;
}

// A list cut at our bound would fingerprint a client that does not exist.
bool is_cut(const ClientHello& hello) {
  return hello.lists_truncated &&
         (hello.cipher_suites.size() >= kMaxCipherSuites || hello.extensions.size() >= kMaxExtensions ||
          hello.groups.size() >= kMaxListEntries || hello.signature_algorithms.size() >= kMaxListEntries);
}

std::string_view ja4_version(const ClientHello& hello) {
  std::uint16_t version = 0;
  const bool extension = std::any_of(hello.extensions.begin(), hello.extensions.end(), [](const Extension& e) {
    return ExtensionType{e.type} == ExtensionType::supported_versions;
  });
  if (!extension) version = hello.legacy_version;
  for (const std::uint16_t offered : hello.supported_versions) {
    if (!is_grease(offered)) version = std::max(version, offered);
  }
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

bool is_ascii_alnum(std::uint8_t byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

void append_ja4_alpn(std::string& text, const ClientHello& hello) {
  if (hello.alpn.empty() || hello.alpn.front().empty()) {
    text.append("00");
    return;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  const auto first = static_cast<std::uint8_t>(hello.alpn.front().front());
  const auto last = static_cast<std::uint8_t>(hello.alpn.front().back());
  const bool printable = is_ascii_alnum(first) && is_ascii_alnum(last);
  text.push_back(printable ? static_cast<char>(first) : kDigits[first >> 4]);
  text.push_back(printable ? static_cast<char>(last) : kDigits[last & 0x0f]);
}

std::string short_hash(std::string_view list) {
  return list.empty() ? kNoneHash : sha256_hex(list).substr(0, kHashDigits);
}

}  // namespace

Ja3 ja3(const ClientHello& hello) {
  Ja3 out;
  if (hello.sslv2_format || is_cut(hello)) return out;
  out.full.reserve(16 + kMaxDecimalEntry * (hello.cipher_suites.size() + hello.extensions.size() + hello.groups.size() +
                                            hello.point_formats.size()));
  append_decimal(out.full, hello.legacy_version);
  append_ja3_list(out.full, hello.cipher_suites, true);
  append_ja3_list(out.full, hello.extensions, true);
  append_ja3_list(out.full, hello.groups, true);
  append_ja3_list(out.full, hello.point_formats, false);
  out.hash = md5_hex(out.full);
  return out;
}

Ja3 ja3s(const ServerHello& hello) {
  Ja3 out;
  if (hello.lists_truncated && hello.extensions.size() >= kMaxExtensions) return out;
  append_decimal(out.full, hello.legacy_version);
  out.full.push_back(',');
  append_decimal(out.full, hello.cipher_suite);
  append_ja3_list(out.full, hello.extensions, false);
  out.hash = md5_hex(out.full);
  return out;
}

Ja4 ja4(const ClientHello& hello) {
  Ja4 out;
  if (hello.sslv2_format || is_cut(hello)) return out;
  std::vector<std::uint16_t> ciphers = without_grease(hello.cipher_suites);
  std::vector<std::uint16_t> extensions = without_grease(hello.extensions);

  std::string head = "t";
  head.append(ja4_version(hello));
  head.push_back(hello.has_server_name ? 'd' : 'i');
  append_two_digits(head, ciphers.size());
  append_two_digits(head, extensions.size());
  append_ja4_alpn(head, hello);

  std::sort(ciphers.begin(), ciphers.end());
  std::erase_if(extensions, [](std::uint16_t type) {
    return ExtensionType{type} == ExtensionType::server_name ||
           ExtensionType{type} == ExtensionType::application_layer_protocol_negotiation;
  });
  std::sort(extensions.begin(), extensions.end());
  const std::string part_b = join_hex(ciphers);
  std::string part_c = join_hex(extensions);
  const std::string schemes = join_hex(without_grease(hello.signature_algorithms));
  if (!schemes.empty()) part_c.append("_").append(schemes);

  out.hash = head + "_" + short_hash(part_b) + "_" + short_hash(part_c);
  out.raw = head + "_" + part_b + "_" + part_c;
  return out;
}

}  // namespace handlens::tls
