// What repeats from flow to flow and is dear to compute or to write: fingerprints of hellos, names of code points, and
// where the text of a hello's lists or of a certificate stands already.
//
// Fingerprints and lists: a direct-mapped table keyed by everything they are made of, compared in full. Certificates:
// another one, by their SHA-256. Names: filled on first use. Bounded: 4096 + 4096 entries of hellos of kMemoBytes
// together, 1024 certificates, 65,536 names of each kind. Threads: one.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dissectors/tls_dissect.h"
#include "src/output/shared_texts.h"
#include "src/output/text_buffer.h"

namespace handlens {

// Of all fingerprint entries with their keys. A usual hello takes 2 kB, so that the tables fit; a hello may take 300
// kB, and 8192 of them would not.
inline constexpr std::size_t kMemoBytes = 24 * 1024 * 1024;

// What all hellos with the same lists have in common.
struct ClientShape {
  tls::Ja3 ja3;
  tls::Ja4 ja4;
  SharedText ja3_text, ja4_text, lists;
};
struct ServerShape {
  tls::Ja3 ja3s;
  SharedText text;
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
  // `shared`: where texts that repeat are kept; null: they are written each time. It must outlive the memo.
  explicit RecordMemo(SharedTexts* shared = nullptr, std::size_t most_bytes = kMemoBytes);
  [[nodiscard]] std::size_t held_bytes() const { return clients_.held_bytes + servers_.held_bytes; }  // by fingerprints
  // Each reference lives until the next call of the same function.
  [[nodiscard]] ClientShape& client(const tls::ClientHello& hello);
  [[nodiscard]] ServerShape& server(const tls::ServerHello& hello);
  [[nodiscard]] SharedText& certificate(const tls::Certificate& certificate);
  [[nodiscard]] SharedTexts* shared() const { return shared_; }
  SharedText undisturbed;  // the counters of a side to which nothing happened
  TextBuffer scratch;      // for a text that will be shared

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
  [[nodiscard]] Value& value_of(Table<Value>& table, Make make);

  static constexpr std::size_t kCertificates = 1024;
  struct CertificateEntry {
    std::string sha256;
    SharedText text;
  };

  SharedTexts* shared_;
  std::size_t most_bytes_;  // of each table of hellos
  Table<ClientShape> clients_;
  Table<ServerShape> servers_;
  std::vector<CertificateEntry> certificates_;
};

}  // namespace handlens
