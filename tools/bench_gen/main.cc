// Writes a large capture to measure with.
//   bench_gen KIND (--flows N | --megabytes N)... [--seed N] [--pcapng] [--pcaps FOLDER] FILE
//   bench_gen --sources
// The same arguments give the same bytes.
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench_gen/generate.h"

namespace {

using namespace handlens::bench_gen;

constexpr const char* kUsage =
    R"(usage: bench_gen KIND (--flows N | --megabytes N)... [--seed N] [--pcapng] [--pcaps FOLDER] FILE
       bench_gen --sources    which captures are replayed, in the order of their numbers
kinds: handshakes   whole TLS connections of several kinds: full, resumed, with client certificate, failed, given up
       bulk         --flows (24) long TLS connections that download --megabytes together
       mixed        TLS with downloads, plain TCP, lone SYNs, UDP like QUIC, DNS, ARP
       syn-flood    flows of one SYN, 40 % of them answered by RST
Every connection has its own addresses, ports, sequence numbers, times, TLS randoms and session ids. --flows counts TCP
flows. --pcaps is the folder of the captures that are replayed (default: pcaps).
)";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Arguments {
  Wanted wanted;
  bool pcapng = false;
  std::string file;
};

std::uint64_t number(const std::string& option, const std::string& text) {
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789") != std::string::npos) {
    throw UsageError(option + " wants a number");
  }
  return std::stoull(text);
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments out;
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.rfind("--", 0) != 0) {
      plain.push_back(word);
      continue;
    }
    if (word == "--pcapng") {
      out.pcapng = true;
      continue;
    }
    if (i + 1 == words.size()) throw UsageError(word + " wants a value");
    const std::string& value = words[++i];
    if (word == "--flows") {
      out.wanted.flows = number(word, value);
    } else if (word == "--megabytes") {
      out.wanted.bytes = number(word, value) * 1'000'000;
    } else if (word == "--seed") {
      out.wanted.seed = number(word, value);
    } else if (word == "--pcaps") {
      out.wanted.pcaps = value;
    } else {
      throw UsageError("no option " + word);
    }
  }
  if (plain.size() != 2) throw UsageError("a kind and a file are wanted");
  const std::optional<Kind> kind = kind_named(plain[0]);
  if (!kind) throw UsageError("no kind " + plain[0]);
  out.wanted.kind = *kind;
  out.file = plain[1];
  if (*kind == Kind::bulk ? out.wanted.bytes == 0 : out.wanted.bytes + out.wanted.flows == 0) {
    throw UsageError(*kind == Kind::bulk ? "bulk wants --megabytes" : "--flows or --megabytes is wanted");
  }
  return out;
}

int run(const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"--sources"}) {
    for (const std::string& name : source_names()) std::cout << name << '\n';
    return 0;
  }
  const Arguments arguments = parse(words);
  CaptureOut out(arguments.file, arguments.pcapng);
  const Written written = generate(arguments.wanted, out);
  out.finish();
  std::cout << out.bytes() << " bytes, " << out.packets() << " packets, " << written.flows << " TCP flows\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const UsageError& error) {
    std::cerr << "bench_gen: " << error.what() << '\n' << kUsage;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "bench_gen: " << error.what() << '\n';
    return 1;
  }
}
