#include "src/output/record_memo.h"

#include <functional>

namespace handlens {
namespace {

void add(std::string& key, std::size_t value) {
  key += static_cast<char>((value >> 8) & 0xff);
  key += static_cast<char>(value & 0xff);
}

void add(std::string& key, const std::vector<std::uint16_t>& values) {
  add(key, values.size());
  for (const std::uint16_t value : values) add(key, std::size_t{value});
}

void add(std::string& key, const std::vector<tls::Extension>& extensions) {
  add(key, extensions.size());
  for (const tls::Extension& extension : extensions) add(key, std::size_t{extension.type});
}

}  // namespace

std::string_view NameTable::operator()(std::uint16_t code) {
  std::unique_ptr<Page>& page = pages_[code >> 8];
  if (!page) page = std::make_unique<Page>();
  std::string& name = (*page)[code & 0xff];
  if (name.empty()) name = namer_(code);
  return name;
}

RecordMemo::RecordMemo()
    : versions(tls::version_name),
      cipher_suites(tls::cipher_suite_name),
      extensions(tls::extension_name),
      groups(tls::group_name),
      schemes(tls::signature_scheme_name),
      clients_(kEntries),
      servers_(kEntries) {}

template <class Value>
RecordMemo::Entry<Value>& RecordMemo::entry_of(Table<Value>& table) const {
  auto& entry = table[std::hash<std::string>{}(key_) % kEntries];
  if (!entry) entry = std::make_unique<Entry<Value>>();
  return *entry;
}

const ClientFingerprints& RecordMemo::client(const tls::ClientHello& hello) {
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
  add(key_, hello.point_formats.size());
  for (const std::uint8_t format : hello.point_formats) key_ += static_cast<char>(format);
  add(key_, hello.alpn.size());
  if (!hello.alpn.empty()) key_ += hello.alpn.front();
  Entry<ClientFingerprints>& entry = entry_of(clients_);
  if (entry.key != key_) {
    entry.value = {tls::ja3(hello), tls::ja4(hello)};
    entry.key = key_;
  }
  return entry.value;
}

const tls::Ja3& RecordMemo::server(const tls::ServerHello& hello) {
  key_.clear();
  key_ += 's';
  add(key_, std::size_t{hello.legacy_version});
  add(key_, std::size_t{hello.version});
  add(key_, std::size_t{hello.cipher_suite});
  add(key_, hello.extensions);
  Entry<tls::Ja3>& entry = entry_of(servers_);
  if (entry.key != key_) {
    entry.value = tls::ja3s(hello);
    entry.key = key_;
  }
  return entry.value;
}

}  // namespace handlens
