#include "src/findings/telling.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/findings/client_reset_before_hello.h"
#include "src/findings/clues.h"
#include "src/findings/stories.h"

namespace handlens {
namespace {

std::string rule_of(const Sign& sign) { return std::string(sign.rule); }

std::string speaks_for(const Sign& sign, Side claimed) {
  switch (sign.toward) {
    case Toward::middlebox:
      return "middlebox";
    case Toward::endpoint:
      return std::string(to_text(claimed));
    case Toward::neither:
      break;
  }
  return "";
}

std::string place_text(const std::optional<Location>& location) {
  if (location == Location::near_client) return ", close to the client";
  return location == Location::near_server ? ", close to the server" : "";
}

std::string_view benign_sentence(std::string_view id) {
  if (id == "health-check") return "It fits a load balancer's or monitor's check that the port answers, and it did.";
  if (id == "port-test")
    return "It fits a test whether the port answers, and it did; or a program that gave up at once.";
  if (id == "connect-scan") return "It fits a port check: several ports were opened and reset at once.";
  if (id == "path-trace") return "It fits a TCP traceroute, which looks for the routers on the way.";
  if (id == "half-open-scan") return "It fits a port scan: the port was probed and found open.";
  if (id == "happy-eyeballs-loser") return "It fits a race between two addresses: the other one was used.";
  if (id == "unused-connection") return "It fits a connection that was opened in advance and not needed.";
  if (id == "client-cancel") return "It fits the client's program: cancelled, timed out or closed with unread data.";
  if (id == "refused-by-host") return "It fits the server's host: nothing listens there, or its own firewall refuses.";
  if (id == "conntrack-invalid") {
    return "It fits packets from an address that the client has no connection with: an address translation on the "
           "way lost track.";
  }
  if (id == "late-answer-to-closed-socket") return "It fits a client that had given up waiting for the answer.";
  if (id == "restart-stale-state")
    return "The server's side does not know this connection: a restart or a failover fits.";
  return "";
}

void fill_would_settle(const Judgement& j, Side claimed, Outcome& o) {
  o.would_settle.clear();
  if (j.confidence == Confidence::certain || j.benign) return;
  if (!j.open_question.empty()) {
    const Side other = claimed == Side::server ? Side::client : Side::server;
    o.would_settle.push_back(
        fmt::format("a capture taken on the {}'s host at the same time: did it send anything?", to_text(other)));
    return;
  }
  o.would_settle.push_back(
      fmt::format("a capture taken on the {}'s host at the same time: did it send this packet?", to_text(claimed)));
  if (o.stage == Stage::client_hello) o.would_settle.emplace_back("another attempt with another server name");
}

// The finding that an ordinary explanation is; it replaces the story.

void tell_benign(AnalyzedFlow& flow, const Verdict& v, Side claimed, std::string_view story) {
  std::erase_if(flow.findings, [story](const Finding& f) { return f.id == story; });
  const Benign& b = *v.judgement.benign;
  Finding finding;
  finding.id = std::string(b.id);
  finding.severity = Severity::info;
  finding.confidence = b.confidence;
  finding.frames = {v.frame};
  finding.sentence = flow.outcome.sentence;
  const std::string_view more = benign_sentence(b.id);
  if (!more.empty()) finding.sentence += fmt::format(" {}", more);
  add_evidence(v, claimed, finding);
  fill_against(v, claimed, finding);
  if (const ClueCard* card = find_clue(b.id)) finding.against.emplace_back(card->alternatives);
  flow.findings.insert(flow.findings.begin(), std::move(finding));
}

// Resets that took effect on nobody, when there is something to say about who sent them.

}  // namespace

std::string who_text(const Judgement& j, Side claimed, std::string_view what) {
  const std::string side(to_text(claimed));
  if (!j.open_question.empty()) return j.open_question;
  switch (j.cause) {
    case Cause::middlebox: {
      const std::string device = fmt::format("a device on the path{}", place_text(j.location));
      if (j.confidence == Confidence::certain) {
        return fmt::format("The {} did not send it: {} did.", side, device);
      }
      if (j.confidence == Confidence::likely) return fmt::format("Most likely {} sent it, not the {}.", device, side);
      return fmt::format("It may come from {}; the {} is not ruled out.", device, side);
    }
    case Cause::client:
    case Cause::server:
      if (j.benign) break;
      if (j.confidence == Confidence::certain)
        return fmt::format("The {}'s own machine sent it: a program, or security software, a proxy or a VPN on it.",
                           side);
      if (claimed == Side::server) {
        return "It fits the server, or something that answers in its place, such as its load balancer.";
      }
      return "It fits the client's machine: its program, or security software, a proxy or a VPN on it.";
    case Cause::path:
    case Cause::none:
      break;
    case Cause::unknown:
      if (!j.guard.empty()) return fmt::format("Who sent the {} cannot be told: {}.", what, j.guard);
      return fmt::format("Who sent the {} cannot be told from this capture.", what);
  }
  return "";
}

void add_evidence(const Verdict& v, Side claimed, Finding& finding) {
  finding.evidence.reserve(finding.evidence.size() + v.signs.size() + 2);
  if (v.judgement.benign) {
    const Benign& b = *v.judgement.benign;
    finding.evidence.push_back({std::string(b.id), Weight::strong, std::string(to_text(b.cause)), b.frame, b.text});
  }
  std::vector<const Sign*> sorted(v.signs.size());
  std::transform(v.signs.begin(), v.signs.end(), sorted.begin(), [](const Sign& s) { return &s; });
  std::stable_sort(sorted.begin(), sorted.end(), [](const Sign* a, const Sign* b) { return a->weight < b->weight; });
  for (const Sign* s : sorted) {
    finding.evidence.push_back({rule_of(*s), s->weight, speaks_for(*s, claimed),
                                s->frame == 0 ? std::optional<std::uint64_t>() : s->frame, s->text});
  }
  if (!v.judgement.location_text.empty()) {
    finding.evidence.push_back({"device-location", Weight::weak, "", v.frame, v.judgement.location_text});
  }
}

void fill_against(const Verdict& v, Side claimed, Finding& finding) {
  const Judgement& j = v.judgement;
  if (j.cause == Cause::middlebox) {
    finding.against.push_back(
        fmt::format("\"Device\" includes all that stands between the two programs: security software, a VPN or a proxy "
                    "on either host, a "
                    "load balancer, a translator, a firewall."));
    for (const Sign& s : v.signs) {
      if (s.toward == Toward::endpoint)
        finding.against.push_back(fmt::format("For the {}: {}.", to_text(claimed), s.text));
      if (s.rule == "data-after-rst-same-sender") {
        finding.against.emplace_back(
            "Another host with that address (anycast, a cluster whose members do not share connections), or its own "
            "behind a translator that lost the connection, would do the same.");
      }
      if (s.rule == "rare-ending") finding.against.push_back(fmt::format("For chance: {}.", s.text));
    }
    if (j.confidence != Confidence::certain && claimed == Side::server) {
      finding.against.emplace_back(
          "A load balancer in front of the server may answer in its name with other header values.");
    }
    return;
  }
  const bool any =
      std::any_of(v.signs.begin(), v.signs.end(), [](const Sign& s) { return s.toward == Toward::middlebox; });
  if (any) {
    for (const Sign& s : v.signs) {
      if (s.toward == Toward::middlebox)
        finding.against.push_back(fmt::format("For a device on the path: {}.", s.text));
    }
  }
  if (j.cause == Cause::client || j.cause == Cause::server) {
    finding.against.emplace_back(
        "A device that forges such packets with the right numbers and the right distance looks the same.");
  }
}

const Rule* card_of(std::string_view id) {
  const auto cards = story_cards();
  const auto found = std::find_if(cards.begin(), cards.end(), [id](const Rule& r) { return r.id == id; });
  return found == cards.end() ? nullptr : &*found;
}

void add_alternatives(Finding& finding) {
  if (!finding.against.empty()) return;
  const Rule* card = card_of(finding.id);
  const ClueCard* clue = card == nullptr ? find_clue(finding.id) : nullptr;
  if (card != nullptr) finding.against.emplace_back(card->alternatives);
  if (clue != nullptr) finding.against.emplace_back(clue->alternatives);
}

Finding& story_finding(AnalyzedFlow& flow, std::string_view id) {
  const auto found =
      std::find_if(flow.findings.begin(), flow.findings.end(), [id](const Finding& f) { return f.id == id; });
  if (found != flow.findings.end()) {
    std::rotate(flow.findings.begin(), found, found + 1);
    return flow.findings.front();
  }
  Finding finding;
  finding.id = std::string(id);
  if (const Rule* card = card_of(id)) finding.severity = card->severity;
  flow.findings.insert(flow.findings.begin(), std::move(finding));
  return flow.findings.front();
}

void take_over(const Judgement& j, Outcome& o) {
  o.cause = j.cause;
  o.location = j.location;
  o.confidence = j.confidence;
}

void tell(AnalyzedFlow& flow, const Verdict& v, Side claimed, std::string_view what) {
  Outcome& o = flow.outcome;
  take_over(v.judgement, o);
  const std::string_view story = story_of(flow.report, o);
  // That rule looks closer than the stage: where it did not fire, bytes may be missing.
  const bool declined = story == kClientResetBeforeHello.id && flow.findings.empty();
  const bool refused_by_host = v.judgement.benign && v.judgement.benign->id == "refused-by-host";
  if (v.judgement.benign && !refused_by_host) {
    if (v.judgement.benign->is_no_failure) {
      o.status = Status::not_tls;
      o.ooni_failure.clear();
    }
    tell_benign(flow, v, claimed, story);
  } else if (!story.empty() && !declined) {
    Finding& finding = story_finding(flow, story);
    // Where nobody can be named, the ending itself is still what it is.
    if (v.judgement.confidence != Confidence::undetermined) finding.confidence = v.judgement.confidence;
    if (finding.frames.empty()) finding.frames = {v.frame};
    if (finding.sentence.empty()) finding.sentence = o.sentence;
    std::string who =
        refused_by_host ? std::string(benign_sentence("refused-by-host")) : who_text(v.judgement, claimed, what);
    if (!who.empty()) finding.sentence += " " + who;
    add_evidence(v, claimed, finding);
    fill_against(v, claimed, finding);
    add_alternatives(finding);
    if (finding.next_steps.empty() || o.cause == Cause::middlebox) {
      const bool is_of_both_ends =
          std::any_of(v.signs.begin(), v.signs.end(), [](const Sign& s) { return s.rule.starts_with("two-vantage-"); });
      finding.next_steps = next_steps_for(story, flow.report, o, is_of_both_ends);
    }
    const bool may_be_full =
        std::any_of(v.signs.begin(), v.signs.end(), [](const Sign& s) { return s.rule == "listen-overflow"; });
    if (may_be_full && o.cause != Cause::middlebox) {
      finding.next_steps.emplace_back(
          "On the server: do the counters of overflowed listen queues grow (nstat -az TcpExtListenOverflows)?");
    }
    if (finding.seen_as.empty()) finding.seen_as = seen_as_for(story);
  }
  fill_would_settle(v.judgement, claimed, o);
  const bool has_left =
      std::any_of(v.signs.begin(), v.signs.end(), [](const Sign& s) { return s.rule == "two-vantage-rst-sent"; });
  if (has_left) {
    o.would_settle = {
        fmt::format("the logs of the program and of security software on the {}'s host", to_text(claimed))};
  }
}

void tell_ignored(AnalyzedFlow& flow, const std::vector<Verdict>& verdicts) {
  const Verdict* first = nullptr;
  std::vector<std::uint64_t> frames;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (flow.rst_verdicts[i].role != RstRole::ignored || verdicts[i].judgement.cause != Cause::middlebox) continue;
    if (first == nullptr) first = &verdicts[i];
    frames.push_back(verdicts[i].frame);
  }
  if (first == nullptr) return;
  const Side claimed = flow.report.tcp.rst[static_cast<std::size_t>(first - verdicts.data())].from;
  Finding finding;
  finding.id = "reset-ignored";
  finding.is_note = true;
  finding.severity = first->judgement.confidence <= Confidence::likely ? Severity::notice : Severity::info;
  finding.confidence = first->judgement.confidence;
  finding.frames = frames;
  finding.sentence = fmt::format("{} carrying {} did not end the connection, which went on. {}",
                                 frames.size() == 1 ? "A reset" : "Resets", address_text(claimed),
                                 who_text(first->judgement, claimed, "reset"));
  add_evidence(*first, claimed, finding);
  fill_against(*first, claimed, finding);
  finding.against.emplace_back("A test tool on that host can forge a reset in its own name.");
  flow.findings.push_back(std::move(finding));
}

}  // namespace handlens
