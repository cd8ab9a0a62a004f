#include "src/output/record_memo.h"

#include <cstring>
#include <functional>

namespace handlens {
namespace {

void add(std::string& key, std::size_t value) {
  key += static_cast<char>((value >> 8) & 0xff);
  key += static_cast<char>(value & 0xff);
}

// Their numbers are bytes of the key, in the machine's own order.
void add(std::string& key, const std::vector<std::uint16_t>& values) {
  add(key, values.size());
  const std::size_t before = key.size(), bytes = values.size() * sizeof(std::uint16_t);
  key.resize(before + bytes);
  if (bytes > 0) std::memcpy(key.data() + before, values.data(), bytes);
}

void add(std::string& key, const std::vector<std::uint8_t>& values) {
  add(key, values.size());
  key.append(values.begin(), values.end());
}

void add(std::string& key, const std::vector<tls::Extension>& extensions) {
  add(key, extensions.size());
  std::size_t at = key.size();
  key.resize(at + extensions.size() * sizeof(std::uint16_t));
  for (const tls::Extension& extension : extensions) {
    std::memcpy(key.data() + at, &extension.type, sizeof(std::uint16_t));
    at += sizeof(std::uint16_t);
  }
}

std::size_t bytes_of(const tls::Ja3& ja3) { return ja3.full.capacity() + ja3.hash.capacity(); }
std::size_t bytes_of(const ClientShape& shape) {
  return bytes_of(shape.ja3) + shape.ja4.hash.capacity() + shape.ja4.raw.capacity();
}
std::size_t bytes_of(const ServerShape& shape) { return bytes_of(shape.ja3s); }
template <class Entry>
std::size_t bytes_of(const Entry& entry) requires requires {
  entry.key;
}
{ return sizeof(Entry) + entry.key.capacity() + bytes_of(entry.value); }

}  // namespace

std::string_view NameTable::make(std::uint16_t code) {
  std::unique_ptr<Page>& page = pages_[code >> 8];
  if (!page) page = std::make_unique<Page>();
  std::string& name = (*page)[code & 0xff];
  name = namer_(code);
  return name;
}

RecordMemo::RecordMemo(SharedTexts* shared, std::size_t most_bytes)
    : versions(tls::version_name),
      cipher_suites(tls::cipher_suite_name),
      extensions(tls::extension_name),
      groups(tls::group_name),
      schemes(tls::signature_scheme_name),
      shared_(shared),
      most_bytes_(most_bytes / 2) {}

// Entries are never changed in place, so that their sizes are those they were counted with. When there is no room for
// one more, all of the table are forgotten: what is met often is soon known again.
template <class Value, class Make>
Value& RecordMemo::value_of(Table<Value>& table, Make make) {
  auto& place = table.entries[std::hash<std::string>{}(key_) % kEntries];
  if (place && place->key == key_) return place->value;
  if (place) table.held_bytes -= bytes_of(*place);
  place.reset();
  auto entry = std::make_unique<Entry<Value>>(Entry<Value>{key_, make()});
  const std::size_t bytes = bytes_of(*entry);
  if (table.held_bytes + bytes > most_bytes_) {
    for (auto& other : table.entries) other.reset();
    table.held_bytes = 0;
  }
  table.held_bytes += bytes;
  place = std::move(entry);
  return place->value;
}

ClientShape& RecordMemo::client(const tls::ClientHello& hello) {
  key_.clear();
  key_ += 'c';
  add(key_, std::size_t{hello.legacy_version});
  key_ += hello.has_server_name ? '1' : '0';
  key_ += hello.server_name ? '1' : '0';
  key_ += hello.has_extensions_block ? '1' : '0';
  key_ += hello.lists_truncated ? '1' : '0';
  add(key_, hello.cipher_suites);
  add(key_, hello.extensions);
  add(key_, hello.groups);
  add(key_, hello.signature_algorithms);
  add(key_, hello.supported_versions);
  add(key_, hello.point_formats);
  add(key_, hello.compression_methods);
  add(key_, hello.psk_modes);
  add(key_, hello.signature_algorithms_cert);
  add(key_, hello.key_shares.size());
  for (const tls::KeyShare& share : hello.key_shares) add(key_, std::size_t{share.group});
  add(key_, hello.alpn.size());
  if (!hello.alpn.empty()) key_ += hello.alpn.front();
  return value_of(clients_, [&hello] { return ClientShape{tls::ja3(hello), tls::ja4(hello), {}, {}, {}}; });
}

ServerShape& RecordMemo::server(const tls::ServerHello& hello) {
  key_.clear();
  key_ += hello.lists_truncated ? 'S' : 's';
  add(key_, std::size_t{hello.legacy_version});
  add(key_, std::size_t{hello.version});
  add(key_, std::size_t{hello.cipher_suite});
  add(key_, hello.extensions);
  return value_of(servers_, [&hello] { return ServerShape{tls::ja3s(hello), {}}; });
}

SharedText& RecordMemo::certificate(const tls::Certificate& certificate) {
  if (certificates_.empty()) certificates_.resize(kCertificates);
  CertificateEntry& entry = certificates_[std::hash<std::string>{}(certificate.sha256) % kCertificates];
  if (entry.sha256 != certificate.sha256) entry = {certificate.sha256, {}};
  return entry.text;
}

}  // namespace handlens
