// Flows with the same story told together: "96 flows: ...".
#pragma once
#include <span>
#include <string>
#include <vector>

#include "src/findings/capture_context.h"
#include "src/findings/finding.h"
#include "src/timeline/counters.h"

namespace handlens {

// What of a judged flow decides which story it shares.
struct StoryKey {
  std::uint64_t flow = 0;
  std::string finding;  // the primary one
  Cause cause = Cause::unknown;
  std::optional<Location> location;
  std::optional<Side> sender;
  Stage stage = Stage::syn;
  IpAddress client, server;
};
[[nodiscard]] StoryKey story_key(const AnalyzedFlow& flow);

[[nodiscard]] std::vector<CaptureJudgement::Cluster> make_clusters(std::vector<StoryKey> stories);

// The words of the record for what the context found.
void fill_judgement(std::span<const CaptureContext> contexts, const CapturePlaces& places, CaptureJudgement& out);

}  // namespace handlens
