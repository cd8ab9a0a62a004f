// Statements of the rule language. What follows "do" is read in rule_actions.cc.
#include "tools/middlebox/rules.h"

#include <array>
#include <utility>

#include "tools/middlebox/rule_actions.h"
#include "tools/middlebox/words.h"

namespace handlens::middlebox {

namespace {

Side side_named(Words& words, std::string_view prefix = "") {
  const std::string word = words.next("client or server");
  if (word == std::string(prefix) + "client") return Side::client;
  if (word != std::string(prefix) + "server") {
    words.fail(word, "is neither " + std::string(prefix) + "client nor " + std::string(prefix) + "server");
  }
  return Side::server;
}

void read_delay(Words& words, Config& config) {
  const std::size_t side = index(side_named(words));
  config.delay_in[side] = words.time("a time");
  config.delay_out[side] = words.done() ? config.delay_in[side] : words.time("a time");
}
void read_hops(Words& words, Config& config) {
  const std::size_t side = index(side_named(words));
  config.hops[side] = static_cast<std::uint8_t>(words.number(254, "a number of hops"));
}
void read_loss(Words& words, Config& config) {
  Leg& leg = config.towards[index(side_named(words, "to-"))];
  leg.loss = words.share("a share");
}
void read_reorder(Words& words, Config& config) {
  Leg& leg = config.towards[index(side_named(words, "to-"))];
  leg.reorder = words.share("a share");
  leg.reorder_by = words.time("a time");
}
void read_duplicate(Words& words, Config& config) {
  Leg& leg = config.towards[index(side_named(words, "to-"))];
  leg.duplicate = words.share("a share");
  leg.duplicate_by = words.done() ? 0 : words.time("a time");
}
void read_mtu(Words& words, Config& config) {
  Leg& leg = config.towards[index(side_named(words, "to-"))];
  leg.mtu = static_cast<std::uint32_t>(words.number(65535, "a size"));
  leg.mtu_silent = words.accept("silent");
}
void read_mss(Words& words, Config& config) { config.mss = static_cast<std::uint16_t>(words.number(65535, "a size")); }
void read_seed(Words& words, Config& config) { config.seed = words.number(UINT64_MAX, "a number"); }

void read_mode(Words& words, Config& config) {
  const std::string mode = words.next("in-path or on-path");
  config.on_path = mode == "on-path";
  if (mode != "on-path" && mode != "in-path") words.fail(mode, "is neither in-path nor on-path");
}

void read_router(Words& words, Config& config) {
  while (!words.done()) {
    const std::string word = words.next("an address");
    const std::optional<Address> address = address_from(word);
    if (!address) {
      words.fail(word, "is no IPv4 or IPv6 address");
    } else {
      (address->size == 4 ? config.router4 : config.router6) = address;
    }
  }
}

// IANA's option kinds by the words people use for them.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 5> kOptions = {
    {{"mss", 2}, {"window-scale", 3}, {"sack-permitted", 4}, {"sack", 5}, {"timestamps", 8}}};

void read_strip(Words& words, Config& config) {
  do {
    const std::string word = words.next("an option");
    const auto* found = kOptions.begin();
    while (found != kOptions.end() && found->first != word) ++found;
    if (found == kOptions.end()) {
      words.fail(word, "is no option known here: mss, window-scale, sack-permitted, sack, timestamps");
    } else {
      config.strip.push_back(found->second);
    }
  } while (!words.done());
}

void read_split(Words& words, Config& config) {
  config.split.on = true;
  while (!words.done()) {
    const std::string word = words.next("ttl, window or mss");
    if (word == "ttl") {
      config.split.ttl = static_cast<std::uint8_t>(words.number(255, "a hop count"));
    } else if (word == "window") {
      config.split.window = static_cast<std::uint16_t>(words.number(65535, "a window"));
    } else if (word == "mss") {
      config.split.mss = static_cast<std::uint16_t>(words.number(65535, "a size"));
    } else {
      words.fail(word, "is none of ttl, window, mss");
    }
  }
}

constexpr std::array<std::pair<std::string_view, Trigger>, 13> kTriggers = {
    {{"any", Trigger::any},
     {"syn", Trigger::syn},
     {"syn-ack", Trigger::syn_ack},
     {"ack", Trigger::ack},
     {"hello", Trigger::hello},
     {"client-data", Trigger::client_data},
     {"server-data", Trigger::server_data},
     {"first-server-data", Trigger::first_server_data},
     {"keyword", Trigger::keyword},
     {"fin", Trigger::fin},
     {"rst", Trigger::rst},
     {"idle", Trigger::idle},
     {"expire", Trigger::expire}}};

void read_trigger(Words& words, Rule& rule) {
  const std::string word = words.next("a trigger");
  const auto* found = kTriggers.begin();
  while (found != kTriggers.end() && found->first != word) ++found;
  if (found == kTriggers.end()) {
    words.fail(word, "is no trigger");
    return;
  }
  rule.trigger = found->second;
  if (rule.trigger == Trigger::keyword) rule.keyword = words.next("a text");
  if (rule.trigger == Trigger::keyword && rule.keyword.empty()) words.fail("keyword", "has an empty text");
  if (rule.trigger == Trigger::idle || rule.trigger == Trigger::expire) rule.silence = words.time("a time");
}

void read_condition(Words& words, Rule& rule) {
  const std::string word = words.next("do");
  const bool hello = rule.trigger == Trigger::hello;
  if (word == "from") {
    rule.from = side_named(words);
  } else if (word == "port") {
    rule.port = static_cast<std::uint16_t>(words.number(65535, "a port"));
  } else if (word == "chance") {
    rule.chance = words.share("a share");
  } else if (word == "once") {
    rule.once = true;
  } else if (word == "longer") {
    rule.longer = static_cast<std::uint32_t>(words.number(65535, "a size"));
  } else if (word == "sni" && hello) {
    rule.name = words.next("a name");
  } else if (word == "larger" && hello) {
    rule.larger = static_cast<std::uint32_t>(words.number(65535, "a size"));
  } else if (word == "segments" && hello) {
    rule.segments = static_cast<std::uint32_t>(words.number(100, "a number of packets"));
  } else {
    words.fail(word, "is no condition of this trigger; the actions begin with 'do'");
  }
}

void read_rule(Words& words, Config& config, unsigned line) {
  Rule rule;
  rule.line = line;
  read_trigger(words, rule);
  while (!words.accept("do") && !words.error()) read_condition(words, rule);
  do {
    rule.actions.push_back(read_action(words));
  } while (words.accept("also"));
  if (!words.done()) words.fail(words.peek(), "does not belong here; a further action begins with 'also'");
  if (config.rules.size() >= kMaxRules) words.fail("when", "there are too many rules");
  config.rules.push_back(std::move(rule));
}

using Statement = void (*)(Words&, Config&);
constexpr std::array<std::pair<std::string_view, Statement>, 12> kStatements = {{{"delay", read_delay},
                                                                                 {"hops", read_hops},
                                                                                 {"loss", read_loss},
                                                                                 {"reorder", read_reorder},
                                                                                 {"duplicate", read_duplicate},
                                                                                 {"mtu", read_mtu},
                                                                                 {"mss", read_mss},
                                                                                 {"seed", read_seed},
                                                                                 {"mode", read_mode},
                                                                                 {"router", read_router},
                                                                                 {"strip", read_strip},
                                                                                 {"split", read_split}}};

void read_statement(Words& words, Config& config, unsigned line) {
  const std::string word = words.next("a statement");
  if (word == "when") {
    read_rule(words, config, line);
    return;
  }
  for (const auto& [name, read] : kStatements) {
    if (name != word) continue;
    read(words, config);
    if (!words.done()) words.fail(words.peek(), "does not belong here");
    return;
  }
  words.fail(word, "is no statement");
}

// An on-path device is beside the wire: it can add packets and take none away.
std::optional<RuleError> on_path_error(const Config& config) {
  if (!config.on_path) return std::nullopt;
  if (config.split.on) return RuleError{0, "split", "needs mode in-path"};
  if (config.mss != 0) return RuleError{0, "mss", "needs mode in-path"};
  if (!config.strip.empty()) return RuleError{0, "strip", "needs mode in-path"};
  for (const Rule& rule : config.rules) {
    for (const Action& action : rule.actions) {
      if (changes_passing(action.kind)) return RuleError{rule.line, "on-path", "this action needs mode in-path"};
    }
  }
  return std::nullopt;
}

}  // namespace

ParsedRules parse_rules(std::string_view text) {
  ParsedRules parsed;
  unsigned line = 0;
  while (!text.empty() && !parsed.error) {
    const std::size_t end = text.find('\n');
    Words words(text.substr(0, end), ++line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!words.done()) read_statement(words, parsed.config, line);
    parsed.error = words.error();
  }
  if (!parsed.error) parsed.error = on_path_error(parsed.config);
  return parsed;
}

std::string to_text(const RuleError& error) {
  const std::string place = error.line == 0 ? "" : "line " + std::to_string(error.line) + ": ";
  return place + "'" + error.word + "' " + error.message;
}

}  // namespace handlens::middlebox
