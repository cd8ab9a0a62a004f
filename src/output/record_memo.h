// What repeats from flow to flow and is dear to compute: fingerprints of hellos and names of code points.
//
// Fingerprints: a direct-mapped table keyed by everything they are made of, compared in full. Names: filled on first
// use. Bounded: 4096 + 4096 fingerprint entries, 65,536 names of each kind. Threads: one.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dissectors/tls_dissect.h"

namespace handlens {

struct ClientFingerprints {
  tls::Ja3 ja3;
  tls::Ja4 ja4;
};

// Names of one kind of code point, each made once.
class NameTable {
 public:
  using Namer = std::string (*)(std::uint16_t);
  explicit NameTable(Namer namer) : namer_(namer) {}
  [[nodiscard]] std::string_view operator()(std::uint16_t code);

 private:
  using Page = std::array<std::string, 256>;
  Namer namer_;
  std::array<std::unique_ptr<Page>, 256> pages_;
};

class RecordMemo {
 public:
  RecordMemo();
  // The reference lives until the next call of the same function.
  [[nodiscard]] const ClientFingerprints& client(const tls::ClientHello& hello);
  [[nodiscard]] const tls::Ja3& server(const tls::ServerHello& hello);

  NameTable versions, cipher_suites, extensions, groups, schemes;

 private:
  static constexpr std::size_t kEntries = 4096;
  template <class Value>
  struct Entry {
    std::string key;
    Value value;
  };
  std::string key_;  // of the hello being looked up; kept for its memory
  // Entries are made when they are first met: most runs meet a few.
  template <class Value>
  using Table = std::vector<std::unique_ptr<Entry<Value>>>;
  // The entry for `key_`; its own key differs if it held another hello or is new.
  template <class Value>
  [[nodiscard]] Entry<Value>& entry_of(Table<Value>& table) const;
  Table<ClientFingerprints> clients_;
  Table<tls::Ja3> servers_;
};

}  // namespace handlens
