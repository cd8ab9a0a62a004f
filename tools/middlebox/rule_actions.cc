#include "tools/middlebox/rule_actions.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace handlens::middlebox {

namespace {

using From = Value::From;

// N, N+STEP, zero, trigger, sender, random, counter
Value read_value(Words& words, std::uint32_t max) {
  const std::string word = words.next("a value");
  if (word == "zero") return {};
  if (word == "trigger") return {.from = From::trigger};
  if (word == "sender") return {.from = From::sender};
  if (word == "random") return {.from = From::random};
  if (word == "counter") return {.from = From::counter};
  Value value;
  const char* end = word.data() + word.size();
  std::from_chars_result read = std::from_chars(word.data(), end, value.number);
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '+')
    read = std::from_chars(read.ptr + 1, end, value.step);
  if (read.ec != std::errc() || read.ptr != end || value.number > max || value.step > max) {
    words.fail(word, "is neither a number up to " + std::to_string(max) +
                         ", NUMBER+STEP, nor zero, trigger, sender, random, counter");
  }
  return value;
}

std::vector<std::string> pieces(const std::string& word) {
  std::vector<std::string> found(1);
  for (const char c : word) {
    if (c == ',') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  return found;
}

void read_seq(Words& words, Forged& forged) {
  const std::string word = words.next("a sequence number");
  if (word == "sent") {
    forged.seq = Forged::Seq::sent;
  } else if (word == "trigger-seq") {
    forged.seq = Forged::Seq::trigger_seq;
  } else if (word == "trigger-ack") {
    forged.seq = Forged::Seq::trigger_ack;
  } else if (word == "random") {
    forged.seq = Forged::Seq::random;
  } else if (word != "exact") {
    forged.offsets.clear();
    for (const std::string& piece : pieces(word)) {
      forged.offsets.push_back(
          words.signed_number(piece, "exact, sent, trigger-seq, trigger-ack, random or a list such as 0,1460"));
    }
    if (forged.offsets.size() > kMaxOffsets) words.fail(word, "has too many numbers");
  }
}

void read_ack(Words& words, Forged& forged) {
  const std::string word = words.next("an acknowledgement number");
  if (word == "zero") {
    forged.ack = Forged::Ack::zero;
  } else if (word == "trigger") {
    forged.ack = Forged::Ack::trigger;
  } else if (word != "exact") {
    forged.ack_offset = words.signed_number(word, "exact, zero, trigger or a number to add");
  }
}

void read_flags(Words& words, Forged& forged) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 6> kFlags = {
      {{"fin", kFin}, {"syn", kSyn}, {"rst", kRst}, {"psh", kPsh}, {"ack", kAck}, {"urg", kUrg}}};
  const std::string word = words.next("flags");
  forged.flags = 0;
  for (const std::string& piece : pieces(word)) {
    const auto* found = kFlags.begin();
    while (found != kFlags.end() && found->first != piece) ++found;
    if (found == kFlags.end()) {
      words.fail(word, "is no list of fin, syn, rst, psh, ack, urg");
      return;
    }
    forged.flags |= found->second;
  }
}

void append32(Bytes& bytes, std::uint64_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

// none | mss N | timestamps VALUE ECHO
void read_options(Words& words, Forged& forged) {
  const std::string word = words.next("options");
  if (word == "mss") {
    const std::uint64_t size = words.number(65535, "a size");
    forged.options = {2, 4, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  } else if (word == "timestamps") {
    forged.options = {1, 1, 8, 10};
    append32(forged.options, words.number(UINT32_MAX, "a timestamp"));
    append32(forged.options, words.number(UINT32_MAX, "a timestamp"));
  } else if (word != "none") {
    words.fail(word, "is none of none, mss, timestamps");
  }
}

void read_fragment(Words& words, Forged& forged) {
  const std::string word = words.next("on, off or trigger");
  if (word == "off") {
    forged.fragment = Forged::Fragment::allowed;
  } else if (word == "trigger") {
    forged.fragment = Forged::Fragment::trigger;
  } else if (word != "on") {
    words.fail(word, "is none of on, off, trigger");
  }
}

void read_text(Words& words, Forged& forged) {
  const std::string text = words.next("a text");
  if (text.size() > 1200) words.fail(text.substr(0, 20), "begins a text that does not fit into one packet");
  forged.text.assign(text.begin(), text.end());
}

// A packet turned round in place keeps everything but addresses, ports and flags.
void mirror(Forged& forged) {
  forged.ttl = forged.id = forged.window = forged.tos = {.from = From::trigger};
  forged.seq = Forged::Seq::trigger_ack;
  forged.fragment = Forged::Fragment::trigger;
  forged.trigger_payload = true;
}

bool read_field(Words& words, Forged& forged) {
  const std::string word = words.next("a field");
  if (word == "ttl") {
    forged.ttl = read_value(words, 255);
  } else if (word == "id") {
    forged.id = read_value(words, 65535);
  } else if (word == "window") {
    forged.window = read_value(words, 65535);
  } else if (word == "tos") {
    forged.tos = read_value(words, 255);
  } else if (word == "seq") {
    read_seq(words, forged);
  } else if (word == "ack") {
    read_ack(words, forged);
  } else if (word == "flags") {
    read_flags(words, forged);
  } else if (word == "options") {
    read_options(words, forged);
  } else if (word == "count") {
    forged.count = static_cast<std::uint32_t>(words.number(kMaxCount, "a number of packets"));
  } else if (word == "after") {
    forged.after = words.time("a time");
  } else if (word == "gap") {
    forged.gap = words.time("a time");
  } else if (word == "df") {
    read_fragment(words, forged);
  } else if (word == "text") {
    read_text(words, forged);
  } else if (word == "own-mac") {
    forged.own_mac = true;
  } else if (word == "mirror") {
    mirror(forged);
  } else {
    words.fail(word, "is no field of a forged packet");
  }
  return !words.error();
}

void read_fields(Words& words, Forged& forged) {
  while (!words.done() && words.peek() != "also" && read_field(words, forged)) {
  }
}

Action read_forged(Words& words, std::uint8_t flags) {
  Action action{.kind = Action::Kind::forge, .forged = {}, .icmp = {}};
  const std::string word = words.next("client, server or both");
  action.forged.flags = flags;
  action.forged.to_client = word == "client" || word == "both";
  action.forged.to_server = word == "server" || word == "both";
  if (!action.forged.to_client && !action.forged.to_server) words.fail(word, "is none of client, server, both");
  read_fields(words, action.forged);
  return action;
}

struct IcmpName {
  std::string_view name;
  std::uint8_t type4, code4, type6, code6;
};
// RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1
constexpr std::array<IcmpName, 4> kIcmp = {{{"admin-prohibited", 3, 13, 1, 1},
                                            {"host-unreachable", 3, 1, 1, 3},
                                            {"net-unreachable", 3, 0, 1, 0},
                                            {"port-unreachable", 3, 3, 1, 4}}};

Action read_icmp(Words& words) {
  Action action{.kind = Action::Kind::icmp, .forged = {}, .icmp = {}};
  const std::string word = words.next("a reason");
  bool known = false;
  for (const IcmpName& one : kIcmp) {
    if (one.name != word) continue;
    action.icmp = {one.type4, one.code4, one.type6, one.code6, std::nullopt};
    known = true;
  }
  if (!known) words.fail(word, "is none of admin-prohibited, host-unreachable, net-unreachable, port-unreachable");
  if (words.accept("from")) {
    const std::string address = words.next("an address");
    action.icmp.from = address_from(address);
    if (!action.icmp.from) words.fail(address, "is no IPv4 or IPv6 address");
  }
  return action;
}

Action read_blackhole(Words& words) {
  Action action{.kind = Action::Kind::blackhole, .forged = {}, .icmp = {}};
  const std::string word = words.next("to-client or to-server");
  action.side = word == "to-client" ? Side::client : Side::server;
  if (word != "to-client" && word != "to-server") words.fail(word, "is neither to-client nor to-server");
  return action;
}

Action read_block(Words& words) {
  Action action{.kind = Action::Kind::block_drop, .forged = {}, .icmp = {}};
  action.time = words.time("a time");
  if (words.accept("reset")) {
    action.kind = Action::Kind::block_reset;
    action.forged.to_client = true;
    read_fields(words, action.forged);
  }
  return action;
}

Action read_rewrite(Words& words) {
  Action action{.kind = Action::Kind::rewrite, .forged = {}, .icmp = {}};
  action.forged.ttl = action.forged.id = action.forged.window = action.forged.tos = {.from = From::trigger};
  action.forged.fragment = Forged::Fragment::trigger;
  read_fields(words, action.forged);
  return action;
}

}  // namespace

Action read_action(Words& words) {
  const std::string word = words.next("an action");
  if (word == "reset") return read_forged(words, kRst | kAck);
  if (word == "fin") return read_forged(words, kFin | kPsh | kAck);
  if (word == "data") return read_forged(words, kPsh | kAck);
  if (word == "rewrite") return read_rewrite(words);
  if (word == "icmp") return read_icmp(words);
  if (word == "blackhole") return read_blackhole(words);
  if (word == "block") return read_block(words);
  Action action;
  if (word == "drop") {
    action.kind = Action::Kind::drop;
  } else if (word == "drop-flow") {
    action.kind = Action::Kind::drop_flow;
  } else if (word == "hold") {
    action.kind = Action::Kind::hold;
    action.time = words.time("a time");
  } else if (word != "pass") {
    words.fail(word, "is no action");
  }
  return action;
}

bool changes_passing(Action::Kind kind) {
  using Kind = Action::Kind;
  return kind != Kind::pass && kind != Kind::forge && kind != Kind::icmp && kind != Kind::block_reset;
}

}  // namespace handlens::middlebox
