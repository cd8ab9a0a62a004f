#include "src/findings/clusters.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "src/findings/clue.h"
#include "src/findings/rule.h"

namespace handlens {
namespace {

constexpr std::size_t kSmallest = 3;  // flows that make a cluster
constexpr std::size_t kMostClusters = 64;

std::string count_of(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string place_of(const StoryKey& key) {
  switch (key.cause) {
    case Cause::middlebox:
      if (key.location == Location::near_client) return "by a device close to the client";
      return key.location == Location::near_server ? "by a device close to the server" : "by a device on the path";
    case Cause::client:
      return "by the client's side";
    case Cause::server:
      return "by the server's side";
    case Cause::path:
      return "by the path";
    case Cause::none:
      return "nothing failed";
    case Cause::unknown:
      break;
  }
  return "by whom cannot be told";
}

}  // namespace

StoryKey story_key(const AnalyzedFlow& flow) {
  return {.flow = flow.report.id,
          .finding = flow.outcome.primary,
          .cause = flow.outcome.cause,
          .location = flow.outcome.location,
          .sender = flow.outcome.apparent_sender,
          .stage = flow.outcome.stage,
          .client = flow.report.client.ip,
          .server = flow.report.server.ip};
}

std::vector<CaptureJudgement::Cluster> make_clusters(std::vector<StoryKey> stories) {
  std::erase_if(stories, [](const StoryKey& s) { return s.finding.empty(); });
  std::sort(stories.begin(), stories.end(), [](const StoryKey& a, const StoryKey& b) { return a.flow < b.flow; });
  std::map<std::tuple<std::string, Cause, std::optional<Location>>, std::vector<const StoryKey*>> groups;
  for (const StoryKey& s : stories) groups[{s.finding, s.cause, s.location}].push_back(&s);
  std::vector<CaptureJudgement::Cluster> out;
  for (const auto& [key, members] : groups) {
    if (members.size() < kSmallest) continue;
    std::set<IpAddress> clients, servers;
    CaptureJudgement::Cluster cluster;
    cluster.finding = members.front()->finding;
    for (const StoryKey* s : members) {
      clients.insert(s->client);
      servers.insert(s->server);
      cluster.flows.push_back(s->flow);
    }
    const Rule* rule = find_rule(cluster.finding);
    const ClueCard* clue = rule == nullptr ? find_clue(cluster.finding) : nullptr;
    std::string_view title = rule != nullptr   ? rule->title
                             : clue != nullptr ? clue->claim
                                               : std::string_view(cluster.finding);
    if (title.ends_with('.')) title.remove_suffix(1);
    cluster.sentence = fmt::format("{}, {} ({}, {})", title, place_of(*members.front()),
                                   count_of(clients.size(), "client"), count_of(servers.size(), "server"));
    out.push_back(std::move(cluster));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.flows.size() > b.flows.size(); });
  if (out.size() > kMostClusters) out.resize(kMostClusters);
  return out;
}

namespace {

// "the files were taken at 2 places: file 1: client; files 2, 3: server"
std::string why_several(std::span<const CaptureContext> contexts, const CapturePlaces& places) {
  std::string out = fmt::format("the files were taken at {} places", contexts.size());
  for (std::size_t place = 0; place < contexts.size(); ++place) {
    const std::vector<std::size_t> files = places.files_of(place);
    out += fmt::format("{} {} {}: {}", place == 0 ? ":" : ";", files.size() == 1 ? "file" : "files",
                       fmt::join(files, ", "), to_text(contexts[place].vantage.position));
  }
  return out;
}

}  // namespace

void fill_judgement(std::span<const CaptureContext> contexts, const CapturePlaces& places, CaptureJudgement& out) {
  if (contexts.empty() || !contexts.front().is_known) return;
  // Of several places there is no one answer.
  const Vantage vantage =
      contexts.size() == 1 ? contexts.front().vantage : Vantage{.why = why_several(contexts, places)};
  out.vantage = to_text(vantage.position);
  out.vantage_confidence = to_text(vantage.confidence);
  out.vantage_why = vantage.why;
  for (const CaptureContext& context : contexts) {
    for (const std::string_view word : context.guards.words()) {
      if (std::find(out.quality.begin(), out.quality.end(), word) == out.quality.end()) out.quality.emplace_back(word);
    }
  }
}

}  // namespace handlens
