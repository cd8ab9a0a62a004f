#include "src/findings/controls.h"

#include <fmt/format.h>

#include <algorithm>

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

// P6a: the same server, another name. What hung at first may have recovered: where nothing answered, and all that
// passed came later, the name need not be the reason.
void by_name(const FlowBrief& self, bool is_silence, const CaptureContext& context, std::uint64_t frame, Signs& out) {
  std::size_t failed = 1, passed_same = 0;
  std::int64_t last_failure = self.end_ns, first_pass = INT64_MAX;
  const FlowBrief* other = nullptr;
  std::size_t passed_other = 0;
  for (const std::uint32_t i : context.of_server(self.server, self.server_port, self.id)) {
    const FlowBrief& b = context.briefs()[i];
    if (!is_comparable(self, b) || b.hello_size == 0) continue;
    if (b.name == self.name) {
      const bool is_alike = has_failed_after_hello(b) && b.ended_by == self.ended_by;
      failed += is_alike ? 1u : 0u;
      if (is_alike) last_failure = std::max(last_failure, b.start_ns);
      passed_same += has_completed(b) ? 1u : 0u;
    } else if (has_completed(b)) {
      ++passed_other;
      first_pass = std::min(first_pass, b.start_ns);
      if (other == nullptr) other = &b;
    }
  }
  if (other == nullptr || passed_same > 0) return;
  const bool may_have_recovered = is_silence && first_pass > last_failure;
  const bool is_strong = failed >= 2 && !may_have_recovered;
  out.push_back({"sni-control-differs", ClueGroup::protocol, is_strong ? Weight::strong : Weight::medium,
                 Toward::neither, frame,
                 fmt::format("{} of {} attempts with this server name failed so, and {} with another name to the same "
                             "server passed{} (flow #{}): {}",
                             failed, failed, passed_other, may_have_recovered ? " afterwards" : "", other->id,
                             may_have_recovered ? "the decision may depend on the name, or what hung has recovered"
                                                : "the decision depends on the name")});
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
    const bool is_silence = outcome.ended_by == EndedBy::timeout ||
                            (outcome.ended_by != EndedBy::alert && outcome.apparent_sender == Side::client);
    by_name(*self, is_silence, context, frame, out);
    by_size(*self, context, frame, out);
    by_retry(*self, context, frame, out);
  }
  by_penalty(*self, context, frame, out);
  by_issuer(*self, context, frame, out);
  by_base_rate(*self, context, frame, out);
}

}  // namespace handlens
