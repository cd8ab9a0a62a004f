// Between the engines and what is written: flows for which the rest of the capture may say something wait until the
// input has ended, and are then judged once more with all of it known.
//
// Bounded: kHeldFlows wait, those that began first; the others keep the judgement that their own packets gave. So many
// and which does not depend on the number of shards. Of the briefs kKeptBriefs are kept, again of the first flows, and
// as many of the first that failed.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "src/engine/engine.h"
#include "src/findings/capture_context.h"
#include "src/findings/clusters.h"

namespace handlens {

// Takes what was judged.
class JudgedSink : public FlowSink {
 public:
  // The flow with this id will come when the input has ended.
  virtual void on_waiting(std::uint64_t id) { static_cast<void>(id); }
  // Flows that failed may come behind all others.
  [[nodiscard]] virtual bool takes_failed_last() const { return false; }
};

// The briefs with the smallest ids of those that were added.
class BriefList {
 public:
  // `room`: so many in all when those of another list are added to them.
  explicit BriefList(std::size_t limit, std::size_t room = 0) : limit_(limit), room_(room) {}
  void add(const FlowBrief& brief);
  // A brief with this id would not be kept.
  [[nodiscard]] bool is_too_late(std::uint64_t id) const { return id > last_; }
  // In no order.
  [[nodiscard]] std::vector<FlowBrief> take();
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  std::size_t limit_, room_;
  std::vector<FlowBrief> briefs_;
  std::uint64_t last_ = UINT64_MAX;
};

// One engine's part. Threads: belongs to the engine's.
class JudgingSink final : public FlowSink {
 public:
  // `next` must outlive it. `at_once`: nothing waits; flows are judged by those that ended before them (live).
  JudgingSink(JudgedSink& next, bool at_once, std::size_t held_flows, std::size_t kept_briefs)
      : next_(next),
        at_once_(at_once),
        held_limit_(held_flows),
        of_failed_(kept_briefs),
        of_others_(kept_briefs, 2 * kept_briefs) {}
  void on_flow(AnalyzedFlow&& flow) override;
  // Nothing can be compared with an attempt, but a refusal among the first flows.
  void on_attempt(const FlowAttempt& attempt, WholeFlow& whole) override;
  // What failed comes last; of refusals that nothing more can be said about, the engine still has the notes then.
  [[nodiscard]] bool may_come_late(const FlowAttempt& attempt) override;
  [[nodiscard]] bool judges_with_others() const override { return true; }

 private:
  friend class Judge;
  struct Held {
    std::uint64_t id = 0;
    std::unique_ptr<AnalyzedFlow> flow = {};
  };
  [[nodiscard]] static bool began_earlier(const Held& a, const Held& b) { return a.id < b.id; }
  [[nodiscard]] bool may_wait(std::uint64_t id) const {
    return held_limit_ > 0 && (held_.size() < held_limit_ || id < held_.front().id);
  }
  void pass_on(const FlowAttempt& attempt, WholeFlow& whole);
  void judge_now(AnalyzedFlow& flow);
  void keep_brief(const AnalyzedFlow& flow, bool failed);
  void keep_newest(const FlowBrief& brief);

  JudgedSink& next_;
  bool at_once_;
  std::size_t held_limit_;
  BriefList of_failed_, of_others_;
  std::vector<Held> held_;     // a heap: the one that began last is in front
  bool is_limit_met_ = false;  // some flow could not wait
  // At once: the newest flows, and what they say together.
  std::vector<FlowBrief> newest_;
  std::unique_ptr<CaptureContext> so_far_;
  std::size_t known_briefs_ = 0;
};

// Joins the parts when all engines have seen the end of the input. Threads: finish() by every engine's thread,
// give_up() by anyone.
class Judge {
 public:
  explicit Judge(std::size_t parts) : parts_(parts) {}
  // Waits for the other parts, judges what waited in this one and hands it on. `counters`: of this engine.
  void finish(JudgingSink& part, const CaptureCounters& counters);
  // Nobody waits any more; what waited is handed on as it is.
  void give_up();
  // What was concluded about the capture. REQUIRES: every part has finished.
  [[nodiscard]] CaptureJudgement take_judgement();

 private:
  void join(const CaptureCounters& counters);

  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t parts_, arrived_ = 0;
  bool given_up_ = false;
  std::vector<JudgingSink*> waiting_;
  bool is_joined_ = false;
  std::vector<CaptureContext> contexts_;  // by place
  std::shared_ptr<const CapturePlaces> places_;
  std::uint64_t last_held_ = UINT64_MAX;  // id: flows behind it are not judged again
  bool is_limit_met_ = false;             // in one part, or by all of them together
  std::vector<StoryKey> stories_;
};

}  // namespace handlens
