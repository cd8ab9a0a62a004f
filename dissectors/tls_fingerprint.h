// JA3, JA3S and JA4: the shape of a hello as a short text.
//
// What it is: pure functions of a hello; the same client software gives the same text on every connection.
// On the wire: nothing; the lists of a ClientHello or ServerHello (tls_client_hello.h, tls_server_hello.h).
// Recognise it by: a caller who has a hello.
// We keep: three of them.
// JA3: MD5 of "version,ciphers,extensions,groups,point_formats": decimal numbers in wire order joined with '-', an
//   empty list stays empty, GREASE removed from the first three lists. version is ClientHello.legacy_version, never
//   the record's version nor supported_versions.
// JA3S: MD5 of "version,cipher,extensions" of the ServerHello, legacy_version again, nothing removed.
// JA4: a_b_c. a: 't', version, 'd' or 'i' for server_name present or not, two-digit counts of suites and extensions
//   without GREASE, first and last byte of the first ALPN value. b: first 12 hex digits of SHA-256 over the sorted
//   suites. c: the same over the sorted extensions without server_name and ALPN, then the signature algorithms as
//   sent. The raw form shows the lists in place of the hashes.
//   An ALPN value whose first or last byte is not a letter or digit gives nibbles of its hex form, as the written
//   specification says ("ba ad" -> "bd"); some implementations print "99" there.
// We ignore and why: the SSLv2-compatible form (these fingerprints are not defined for it) and hellos whose lists were
//   cut at our limits (the text would be another client's): both give empty strings.
// Limits: those of the hello.
// RFC sections: 8446 §4.1.2, §4.1.3; 8701 (GREASE); and the JA3 and JA4 descriptions of their authors. JA4 is
//   Copyright FoxIO, BSD 3-Clause; this is an independent implementation of its specification.
#pragma once

#include <string>

#include "dissectors/tls_messages.h"

namespace handlens::tls {

struct Ja3 {
  std::string full, hash;
};
[[nodiscard]] Ja3 ja3(const ClientHello& hello);
[[nodiscard]] Ja3 ja3s(const ServerHello& hello);

struct Ja4 {
  std::string hash, raw;  // ja4 and ja4_r
};
[[nodiscard]] Ja4 ja4(const ClientHello& hello);

}  // namespace handlens::tls
