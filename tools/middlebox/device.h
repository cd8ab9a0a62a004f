// The device: a frame in, the frames that leave it out, each with a delay and a side. No sockets and no clock; the same
// input gives the same output. One thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/middlebox/flow.h"
#include "tools/middlebox/forger.h"
#include "tools/middlebox/rules.h"

namespace handlens::middlebox {

inline constexpr std::size_t kMaxBlocks = 4096;  // residual blocks; beyond it no new one is remembered

struct Counters {
  std::uint64_t seen = 0, passed = 0, dropped = 0, forged = 0, too_big = 0, fired = 0, blocks_refused = 0;
};

class Device {
 public:
  explicit Device(Config config) : config_(std::move(config)), forger_(config_.seed) {}

  // A frame that has come as far as the device. `now`: nanoseconds of any clock that does not go back.
  std::vector<Output> on_frame(Side from, View frame, std::int64_t now);
  // Rules that fire by themselves when a connection was silent long enough; to be called at least once a while.
  std::vector<Output> on_time(std::int64_t now);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t forgotten_flows() const { return flows_.forgotten(); }
  [[nodiscard]] const Config& config() const { return config_; }

 private:
  struct Verdict {
    bool pass = true;
    std::int64_t hold = 0;
    bool stop = false;                // no further rule is asked
    const Forged* rewrite = nullptr;  // another packet goes on in its place
    std::vector<Output> extra;
  };
  struct Block {
    std::int64_t until = 0;
    const Forged* reset = nullptr;  // else silence
  };
  using BlockKey = std::tuple<Address, Address, std::uint16_t>;  // client, server, server's port

  bool matches(const Rule& rule, std::size_t place, Flow& flow, const Sight& sight, Side from, const Packet& packet,
               View frame, const FlowKey& key);
  void run(const Rule& rule, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion, std::int64_t now,
           Verdict& verdict);
  void act(const Action& action, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion, std::int64_t now,
           Verdict& verdict);
  void forge(const Forged& forged, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion,
             std::vector<Output>& out);
  void block(const Action& action, const FlowKey& key, std::int64_t now);
  bool is_blocked(const FlowKey& key, Flow& flow, const Forger::Occasion& occasion, std::int64_t now,
                  std::vector<Output>& out);
  void icmp(const Icmp& icmp, const Forger::Occasion& occasion, std::vector<Output>& out);
  bool too_big(const Forger::Occasion& occasion, std::vector<Output>& out);
  void pass(const Verdict& verdict, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion,
            std::vector<Output>& out);

  Config config_;
  Forger forger_;
  FlowTable flows_;
  std::map<BlockKey, Block> blocks_;
  Counters counters_;
};

// The address a device answers from in this family, the one of `router` lines or a documentation address.
[[nodiscard]] Address router_address(const Config& config, bool v6);

}  // namespace handlens::middlebox
