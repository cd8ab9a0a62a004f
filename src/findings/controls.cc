#include "src/findings/controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kComparable = 600 * kSecond;  // two attempts further apart may meet other conditions
constexpr std::int64_t kPenalty[] = {1 * kSecond, 420 * kSecond};  // how long residual blocking was seen to last

bool has_completed(const FlowBrief& b) { return b.answered_hello || b.established; }
bool has_failed_after_hello(const FlowBrief& b) {
  return b.status == Status::failed && b.stage == Stage::client_hello && b.hello_size > 0 && !b.answered_hello;
}
bool is_comparable(const FlowBrief& a, const FlowBrief& b) {
  const std::int64_t apart = elapsed(a.start_ns, b.start_ns);
  return a.id != b.id && apart < kComparable && apart > -kComparable;
}

// It failed as `self` did. Where nothing answered, whoever gave up then makes no difference.
bool is_alike(const FlowBrief& self, const FlowBrief& b) {
  if (!has_failed_after_hello(b) || b.is_silence != self.is_silence) return false;
  return self.is_silence || b.ended_by == self.ended_by;
}

// The attempts with one server around a failure.
struct ByName {
  std::size_t failed = 1, passed_same = 0, passed_other = 0;
  std::int64_t first_failure, last_failure;  // when the first began; when the last one still tried
  std::int64_t first_pass = INT64_MAX, last_pass = INT64_MIN;
  const FlowBrief* other = nullptr;  // with another name that passed
  bool has_others_failed = false;    // with another name, in the same way
  bool has_passed_between = false;   // while tries with this name failed

  explicit ByName(const FlowBrief& self) : first_failure(self.start_ns), last_failure(self.last_try_ns) {}
  [[nodiscard]] bool is_all_later() const { return first_pass >= last_failure; }
  [[nodiscard]] bool is_all_earlier() const { return last_pass <= first_failure; }
};

ByName attempts_by_name(const FlowBrief& self, const CaptureContext& context) {
  ByName out(self);
  const std::span<const std::uint32_t> around = context.of_server(self.server, self.server_port, self.id);
  std::vector<std::uint64_t> others_failed;  // names
  for (const std::uint32_t i : around) {
    const FlowBrief& b = context.briefs()[i];
    if (!is_comparable(self, b) || b.hello_size == 0) continue;
    if (b.name == self.name) out.passed_same += has_completed(b) ? 1u : 0u;
    if (!is_alike(self, b)) continue;
    if (b.name != self.name) {
      others_failed.push_back(b.name);
      continue;
    }
    ++out.failed;
    out.first_failure = std::min(out.first_failure, b.start_ns);
    out.last_failure = std::max(out.last_failure, b.last_try_ns);
  }
  out.has_others_failed = !others_failed.empty();
  for (const std::uint32_t i : around) {
    const FlowBrief& b = context.briefs()[i];
    if (!is_comparable(self, b) || b.hello_size == 0 || b.name == self.name || !has_completed(b)) continue;
    // A name that passes at one time and hangs at another shows that it is not the name.
    const bool hung = std::find(others_failed.begin(), others_failed.end(), b.name) != others_failed.end();
    if (self.is_silence && hung) continue;
    ++out.passed_other;
    if (out.other == nullptr) out.other = &b;
    out.first_pass = std::min(out.first_pass, b.start_ns);
    out.last_pass = std::max(out.last_pass, b.start_ns);
    const bool is_between = b.start_ns > out.first_failure && b.start_ns < out.last_failure;
    out.has_passed_between = out.has_passed_between || is_between;
  }
  return out;
}

// What else than the name may make silence of these attempts: a server that was down for a while. Empty: nothing, or it
// is no silence.
std::string_view other_reason(const FlowBrief& self, const ByName& all) {
  if (!self.is_silence || all.has_passed_between) return {};
  if (all.is_all_later()) return "or what hung has recovered";
  if (all.is_all_earlier()) return "or what answered then has gone down since";
  return all.has_others_failed ? "or what answered was down for a while: others failed in the same way" : "";
}

// P6a: the same server, another name.
void by_name(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  const ByName all = attempts_by_name(self, context);
  if (all.other == nullptr || all.passed_same > 0) return;
  const std::string_view reason = other_reason(self, all);
  const std::string_view when = reason.empty()         ? ""
                                : all.is_all_later()   ? " afterwards"
                                : all.is_all_earlier() ? " before"
                                                       : "";
  out.push_back({"sni-control-differs", ClueGroup::protocol,
                 all.failed >= 2 && reason.empty() ? Weight::strong : Weight::medium, Toward::neither, frame,
                 fmt::format("{} of {} attempts with this server name failed so, and {} with another name to the same "
                             "server passed{} (flow #{}): {}",
                             all.failed, all.failed, all.passed_other, when, all.other->id,
                             reason.empty() ? "the decision depends on the name"
                                            : fmt::format("the decision may depend on the name, {}", reason))});
}

// P8: the same server, a smaller hello.
void by_size(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  if (self.hello_segments < 2 && self.hello_size < 1300) return;
  for (const std::uint32_t i : context.of_server(self.server, self.server_port, self.id)) {
    const FlowBrief& b = context.briefs()[i];
    const bool smaller = b.hello_size > 0 && b.hello_size < 1300 && b.hello_segments <= 1;
    if (!is_comparable(self, b) || b.client != self.client || !smaller || !has_completed(b)) continue;
    if (b.name != self.name) continue;
    out.push_back(
        {"large-clienthello-intolerant", ClueGroup::protocol, Weight::strong, Toward::neither, frame,
         fmt::format("its ClientHello of {} bytes went in {} segments; one of {} bytes to the same server in one "
                     "segment passed (flow #{}): something reads only the first segment",
                     self.hello_size, self.hello_segments, b.hello_size, b.id)});
    return;
  }
}

// P6b: after a reset for a name, the same client gets nothing from that server for a while, whatever it asks.
void by_penalty(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  std::size_t others_pass = 0;
  const FlowBrief* before = nullptr;
  const FlowBrief* passed_before = nullptr;
  for (const std::uint32_t i : context.of_server(self.server, self.server_port, self.id)) {
    const FlowBrief& b = context.briefs()[i];
    const std::int64_t since = elapsed(b.end_ns, self.start_ns);
    if (b.client != self.client) {
      others_pass += is_comparable(self, b) && has_completed(b) ? 1u : 0u;
      continue;
    }
    if (has_completed(b) && b.end_ns < self.start_ns) passed_before = &b;
    const bool in_time = since >= 0 && since <= kPenalty[1];
    if (in_time && has_failed_after_hello(b) && b.name != self.name && b.ended_by == EndedBy::rst) before = &b;
  }
  const bool fails_early = self.status == Status::failed &&
                           (self.stage == Stage::syn || self.stage == Stage::tcp_open || has_failed_after_hello(self));
  if (before == nullptr || passed_before == nullptr || others_pass == 0 || !fails_early) return;
  if (passed_before->end_ns > before->end_ns) return;
  out.push_back(
      {"residual-block", ClueGroup::protocol, Weight::strong, Toward::neither, frame,
       fmt::format("{:.1f} s after flow #{} was reset for its server name this client fails with the same server "
                   "whatever it asks, and other clients pass",
                   static_cast<double>(elapsed(before->end_ns, self.start_ns)) / 1e9, before->id)});
}

// X6: the client itself changes the name and gets through.
void by_retry(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  if (self.name == 0) return;
  constexpr std::int64_t kRetry = 30 * kSecond;
  std::size_t names = 0;
  const FlowBrief* passed = nullptr;
  for (const std::uint32_t i : context.of_client(self.client, self.id)) {
    const FlowBrief& b = context.briefs()[i];
    const std::int64_t after = elapsed(self.end_ns, b.start_ns);
    if (b.id == self.id || after < 0 || after > kRetry || b.name == 0 || b.name == self.name) continue;
    if (b.server != self.server) continue;
    if (has_failed_after_hello(b)) ++names;
    if (has_completed(b) && passed == nullptr) passed = &b;
  }
  if (passed == nullptr || names == 0) return;
  out.push_back(
      {"retry-with-other-name-succeeds", ClueGroup::protocol, Weight::strong, Toward::neither, frame,
       fmt::format("the same client then tried other names with this server and got through with one (flow #{})",
                   passed->id)});
}

// P11: another issuer for the same name and place. A fact to look at; why, the capture does not say.
void by_issuer(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  if (self.issuer == 0 || self.name == 0) return;
  std::size_t same = 1, others = 0;
  const FlowBrief* other = nullptr;
  for (const std::uint32_t i : context.of_server(self.server, self.server_port, self.id)) {
    const FlowBrief& b = context.briefs()[i];
    if (b.id == self.id || b.name != self.name || b.issuer == 0) continue;
    if (b.issuer == self.issuer) {
      ++same;
    } else {
      ++others;
      if (other == nullptr) other = &b;
    }
  }
  if (other == nullptr) return;
  out.push_back({"issuer-differs", ClueGroup::protocol, Weight::weak, Toward::neither, frame,
                 fmt::format("the server certificate's issuer differs between connections to this name and address: "
                             "{} as here, {} otherwise (flow #{})",
                             same, others, other->id)});
}

// X7: how many of the client's connections came as far and ended so.
void by_base_rate(const FlowBrief& self, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  constexpr std::size_t kEnough = 10, kRare = 20;  // connections; one of so many
  std::size_t all = 0, alike = 0;
  const auto around = context.of_client(self.client, self.id);
  for (const std::uint32_t i : around) {
    const FlowBrief& b = context.briefs()[i];
    if (b.ttl_min[0] == 0) continue;  // nothing but resets
    ++all;
    alike += b.status == Status::failed && b.stage == self.stage && b.ended_by == self.ended_by ? 1u : 0u;
  }
  if (all < kEnough || alike == 0) return;
  const bool is_rare = alike * kRare <= all;
  const bool is_cut = around.size() > CaptureContext::kNearby;
  const std::string text = fmt::format("{} of {}{} connections of this client{} ended so", alike, is_cut ? "the " : "",
                                       all, is_cut ? " around it" : "");
  if (is_rare) {
    out.push_back({"rare-ending", ClueGroup::protocol, Weight::weak, Toward::neither, frame,
                   "only " + text + ": a single odd connection is no pattern"});
  } else {
    out.push_back({"base-rate", ClueGroup::protocol, Weight::weak, Toward::neither, frame, text});
  }
}

}  // namespace

void add_control_signs(const FlowReport& flow, const Outcome& outcome, const CaptureContext& context,
                       std::uint64_t frame, Signs& out) {
  const FlowBrief* self = context.brief(flow.id);
  if (self == nullptr || outcome.status != Status::failed) return;
  if (has_failed_after_hello(*self)) {
    by_name(*self, context, frame, out);
    by_size(*self, context, frame, out);
    by_retry(*self, context, frame, out);
  }
  by_penalty(*self, context, frame, out);
  by_issuer(*self, context, frame, out);
  by_base_rate(*self, context, frame, out);
}

}  // namespace handlens
