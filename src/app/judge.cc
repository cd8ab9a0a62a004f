#include "src/app/judge.h"

#include <algorithm>

#include "src/findings/analyze.h"
#include "src/findings/attribute.h"

namespace handlens {
namespace {

constexpr std::size_t kLiveBriefs = 4096;  // flows that a live capture compares with
constexpr std::size_t kRefresh = 32;       // flows after which its context is made anew

// The `limit` first of all flows, in no order.
void keep_first(std::vector<FlowBrief>& briefs, std::size_t limit) {
  const auto by_id = [](const FlowBrief& a, const FlowBrief& b) { return a.id < b.id; };
  if (briefs.size() <= limit) return;
  std::nth_element(briefs.begin(), briefs.begin() + static_cast<std::ptrdiff_t>(limit), briefs.end(), by_id);
  briefs.resize(limit);
}

void append(std::vector<FlowBrief>&& some, std::vector<FlowBrief>& all) {
  if (all.empty()) {
    all = std::move(some);
  } else {
    all.insert(all.end(), some.begin(), some.end());
  }
}

// A brief is too large to be moved about while it is sorted, and all of them are too many to have twice: each is moved
// once, round by round of those that take each other's places.
void sort_by_id(std::vector<FlowBrief>& briefs) {
  std::vector<std::pair<std::uint64_t, std::size_t>> places;
  places.reserve(briefs.size());
  for (const FlowBrief& brief : briefs) places.emplace_back(brief.id, places.size());
  std::sort(places.begin(), places.end());
  for (std::size_t first = 0; first < places.size(); ++first) {
    if (places[first].second == first) continue;
    const FlowBrief kept = briefs[first];
    std::size_t to = first;
    while (places[to].second != first) {
      const std::size_t from = places[to].second;
      briefs[to] = briefs[from];
      places[to].second = to;
      to = from;
    }
    briefs[to] = kept;
    places[to].second = to;
  }
}

}  // namespace

void BriefList::add(const FlowBrief& brief) {
  constexpr std::size_t kMany = 1024;
  const std::size_t most = limit_ + limit_ / 4 + 1;
  if (is_too_late(brief.id)) return;
  if (briefs_.size() == kMany) briefs_.reserve(std::max(most, room_));
  briefs_.push_back(brief);
  if (briefs_.size() < most) return;
  keep_first(briefs_, limit_);
  last_ = 0;
  for (const FlowBrief& kept : briefs_) last_ = std::max(last_, kept.id);
}

std::vector<FlowBrief> BriefList::take() {
  keep_first(briefs_, limit_);
  return std::move(briefs_);
}

void JudgingSink::keep_brief(const AnalyzedFlow& flow, bool failed) {
  BriefList& list = failed ? of_failed_ : of_others_;
  if (!at_once_ && list.is_too_late(flow.report.id)) return;
  const FlowBrief brief = brief_of(flow);
  if (!is_worth_keeping(brief)) return;
  at_once_ ? keep_newest(brief) : list.add(brief);
}

void JudgingSink::keep_newest(const FlowBrief& brief) {
  newest_.push_back(brief);
  if (newest_.size() < 2 * kLiveBriefs) return;
  newest_.erase(newest_.begin(), newest_.end() - static_cast<std::ptrdiff_t>(kLiveBriefs));
  known_briefs_ = 0;
}

void JudgingSink::judge_now(AnalyzedFlow& flow) {
  if (!so_far_ || newest_.size() >= known_briefs_ + std::max(kRefresh, known_briefs_ / 4) ||
      newest_.size() < known_briefs_) {
    std::vector<FlowBrief> copy = newest_;
    sort_by_id(copy);
    so_far_ = std::make_unique<CaptureContext>(std::move(copy), CaptureCounters{});
    known_briefs_ = newest_.size();
  }
  judge_with(flow, *so_far_);
}

// Whoever needs an attempt whole gets it judged.
class JudgedWhole final : public WholeFlow {
 public:
  explicit JudgedWhole(WholeFlow& whole) : whole_(whole) {}
  AnalyzedFlow make() override {
    AnalyzedFlow flow = whole_.make();
    if (!flow.is_judged) judge_alone(flow);
    return flow;
  }

 private:
  WholeFlow& whole_;
};

// One that was made already, for its brief.
class MadeWhole final : public WholeFlow {
 public:
  explicit MadeWhole(AnalyzedFlow&& flow) : flow_(std::move(flow)) {}
  AnalyzedFlow make() override { return std::move(flow_); }
  [[nodiscard]] const AnalyzedFlow& flow() const { return flow_; }

 private:
  AnalyzedFlow flow_;
};

void JudgingSink::on_attempt(const FlowAttempt& attempt, WholeFlow& whole) {
  if (!attempt.is_refused) {
    pass_on(attempt, whole);
  } else if (at_once_ || may_wait(attempt.id)) {
    on_flow(whole.make());
  } else {
    is_limit_met_ = true;
    if (of_failed_.is_too_late(attempt.id)) {
      pass_on(attempt, whole);
    } else {
      MadeWhole made(whole.make());
      keep_brief(made.flow(), needs_context(made.flow()));
      pass_on(attempt, made);
    }
  }
}

bool JudgingSink::may_come_late(const FlowAttempt& attempt) {
  if (!attempt.is_refused || at_once_ || !next_.takes_failed_last()) return false;
  if (may_wait(attempt.id) || !of_failed_.is_too_late(attempt.id)) return false;
  is_limit_met_ = true;
  next_.on_waiting(attempt.id);
  return true;
}

void JudgingSink::pass_on(const FlowAttempt& attempt, WholeFlow& whole) {
  JudgedWhole judged(whole);
  next_.on_attempt(attempt, judged);
}

void JudgingSink::on_flow(AnalyzedFlow&& flow) {
  const bool failed = needs_context(flow);
  keep_brief(flow, failed);
  if (!failed) {
    next_.on_flow(std::move(flow));
    return;
  }
  if (at_once_) {
    judge_now(flow);
    next_.on_flow(std::move(flow));
    return;
  }
  if (!may_wait(flow.report.id)) {
    is_limit_met_ = true;
    judge_alone(flow);
    next_.on_flow(std::move(flow));
    return;
  }
  const std::uint64_t id = flow.report.id;
  next_.on_waiting(id);
  held_.push_back({id, std::make_unique<AnalyzedFlow>(std::move(flow))});
  std::push_heap(held_.begin(), held_.end(), began_earlier);
  if (held_.size() <= held_limit_) return;
  std::pop_heap(held_.begin(), held_.end(), began_earlier);
  is_limit_met_ = true;
  const Held last = std::move(held_.back());
  held_.pop_back();
  judge_alone(*last.flow);
  next_.on_flow(std::move(*last.flow));
}

// With the mutex held, by the part that came last.
void Judge::join(const CaptureCounters& counters) {
  std::vector<FlowBrief> briefs, of_failed;
  std::vector<std::uint64_t> held;
  std::vector<std::pair<std::uint64_t, AskedFor>> asked;  // behind the flow's first frame
  std::size_t brief_limit = 0, held_limit = 0;
  for (JudgingSink* part : waiting_) {
    append(part->of_others_.take(), briefs);
    append(part->of_failed_.take(), of_failed);
    for (const auto& [id, flow] : part->held_) {
      held.push_back(id);
      asked.push_back({flow->report.first.number, {flow->report.client, flow->report.server}});
    }
    brief_limit = part->of_others_.limit();
    held_limit = part->held_limit_;
    is_limit_met_ = is_limit_met_ || part->is_limit_met_;
  }
  keep_first(briefs, brief_limit);
  keep_first(of_failed, brief_limit);
  append(std::move(of_failed), briefs);
  sort_by_id(briefs);
  std::sort(held.begin(), held.end());
  if (held.size() > held_limit) {
    last_held_ = held_limit == 0 ? 0 : held[held_limit - 1];
    is_limit_met_ = true;
  }
  places_ = std::make_shared<const CapturePlaces>(briefs, counters.files);
  const std::shared_ptr<const CapturePlaces> several = places_->count() > 1 ? places_ : nullptr;
  std::vector<std::vector<AskedFor>> asked_at(places_->count());
  for (const auto& [first_frame, one] : asked) asked_at[places_->place_of(first_frame)].push_back(one);
  std::vector<std::vector<FlowBrief>> briefs_at = places_->split(std::move(briefs));
  for (std::size_t place = 0; place < places_->count(); ++place) {
    contexts_.emplace_back(std::move(briefs_at[place]), counters, asked_at[place], several);
  }
  is_joined_ = true;
}

void Judge::finish(JudgingSink& part, const CaptureCounters& counters) {
  {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&part);
    if (++arrived_ == parts_ && !given_up_) {
      join(counters);
      all_here_.notify_all();
    }
    all_here_.wait(lock, [this] { return is_joined_ || given_up_; });
  }
  std::sort(part.held_.begin(), part.held_.end(), JudgingSink::began_earlier);
  std::vector<StoryKey> stories;
  for (auto& [id, flow] : part.held_) {
    if (!is_joined_ || id > last_held_) {
      judge_alone(*flow);
    } else {
      judge_with(*flow, contexts_[places_->place_of(flow->report.first.number)]);
      stories.push_back(story_key(*flow));
    }
    part.next_.on_flow(std::move(*flow));
    flow.reset();
  }
  part.held_.clear();
  part.held_limit_ = 0;  // what comes late waits for nothing
  const std::lock_guard lock(mutex_);
  stories_.insert(stories_.end(), stories.begin(), stories.end());
}

void Judge::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  all_here_.notify_all();
}

CaptureJudgement Judge::take_judgement() {
  const std::lock_guard lock(mutex_);
  CaptureJudgement out;
  if (!is_joined_) return out;
  fill_judgement(contexts_, *places_, out);
  if (is_limit_met_) out.quality.emplace_back("held-limit");
  out.clusters = make_clusters(std::move(stories_));
  return out;
}

}  // namespace handlens
