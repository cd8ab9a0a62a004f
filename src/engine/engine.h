// One shard: packets in, finished flows out. Owns the flow table, the open connections and the fragment table.
// Belongs to one thread. Time is the packets' own.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "src/capture/packet_source.h"
#include "src/engine/limits.h"
#include "src/engine/shard.h"
#include "src/findings/whole_flow.h"
#include "src/timeline/counters.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

// Receives flows as they finish; their ids are in the order of their first packets.
class FlowSink {
 public:
  virtual ~FlowSink() = default;
  virtual void on_flow(AnalyzedFlow&& flow) = 0;
  // The same, of a flow that is nothing but an attempt: a sink that knows what to do with its shape need not have it
  // whole, which costs many times as much. `attempt` and `whole` are good for this call.
  virtual void on_attempt(const FlowAttempt& attempt, WholeFlow& whole) {
    static_cast<void>(attempt);
    on_flow(whole.make());
  }
  // Offers an attempt when the input has ended. True: the sink takes it later, in Engine::finish_late(), which whoever
  // owns both then has to call: it is not told otherwise.
  [[nodiscard]] virtual bool may_come_late(const FlowAttempt& attempt) {
    static_cast<void>(attempt);
    return false;
  }
  // True: flows about which other flows may say something (needs_context) come with their outcome, but nobody has
  // judged yet who did it: the sink calls judge_with() when it knows the others.
  [[nodiscard]] virtual bool judges_with_others() const { return false; }
};

class Engine {
 public:
  // `sink` must outlive it. `shard`: which flows are its own, if several engines share the input.
  Engine(const Limits& limits, FlowSink& sink, const Shard& shard = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Takes one batch (borrowed until it returns).
  void on_batch(std::span<const RawPacket> batch);
  // Live only: no packet came for `nanoseconds` since the last batch. The capture's clock goes on by as much, so that
  // flows end on a silent line too. Never call it for files: their time comes from packets alone.
  void on_silence(std::int64_t nanoseconds);
  // The input has ended: every open flow is finished and reported. `interrupted`: they are marked cut_short.
  void finish(bool interrupted);
  // After finish(), by whoever has a sink that lets attempts come late: reports these.
  void finish_late();
  [[nodiscard]] const CaptureCounters& counters() const;  // files are left empty: the source knows them

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace handlens
