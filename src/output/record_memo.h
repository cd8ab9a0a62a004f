// What repeats from flow to flow and is dear to compute: fingerprints of hellos and names of code points.
//
// Fingerprints: a direct-mapped table keyed by everything they are made of, compared in full. Names: filled on first
// use. Bounded: 4096 + 4096 fingerprint entries of kMemoBytes together, 65,536 names of each kind. Threads: one.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dissectors/tls_dissect.h"

namespace handlens {

// Of all fingerprint entries with their keys. A usual hello takes 2 kB, so that the tables fit; a hello may take 300
// kB, and 8192 of them would not.
inline constexpr std::size_t kMemoBytes = 24 * 1024 * 1024;

struct ClientFingerprints {
  tls::Ja3 ja3;
  tls::Ja4 ja4;
};

// Names of one kind of code point, each made once.
class NameTable {
 public:
  using Namer = std::string (*)(std::uint16_t);
  explicit NameTable(Namer namer) : namer_(namer) {}
  [[nodiscard]] std::string_view operator()(std::uint16_t code) {
    const std::unique_ptr<Page>& page = pages_[code >> 8];
    if (page && !(*page)[code & 0xff].empty()) return (*page)[code & 0xff];
    return make(code);
  }

 private:
  [[nodiscard]] std::string_view make(std::uint16_t code);
  using Page = std::array<std::string, 256>;
  Namer namer_;
  std::array<std::unique_ptr<Page>, 256> pages_;
};

class RecordMemo {
 public:
  explicit RecordMemo(std::size_t most_bytes = kMemoBytes);
  [[nodiscard]] std::size_t held_bytes() const { return clients_.held_bytes + servers_.held_bytes; }  // by fingerprints
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
  struct Table {
    std::vector<std::unique_ptr<Entry<Value>>> entries{kEntries};
    std::size_t held_bytes = 0;
  };
  // What is remembered for `key_`, else what `make` makes.
  template <class Value, class Make>
  [[nodiscard]] const Value& value_of(Table<Value>& table, Make make);

  std::size_t most_bytes_;  // of each table
  Table<ClientFingerprints> clients_;
  Table<tls::Ja3> servers_;
};

}  // namespace handlens
