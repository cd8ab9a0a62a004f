// What all flows of a capture say together: how far its hosts are, how their packets look, where the capture was
// taken, how good it is. Built once when the input has ended, from the briefs in order of their ids; then only read. Of
// files that were captured at several places there is one for each place.
// Empty (`is_known` false) while flows are judged one by one, as in a live capture.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/findings/capture_places.h"
#include "src/findings/flow_brief.h"
#include "src/findings/guards.h"
#include "src/findings/round_trips.h"
#include "src/timeline/counters.h"

namespace handlens {

struct HostFacts {
  RoundTrips round_trips;                   // of its handshakes, one of each flow
  std::uint8_t ttl_min = 255, ttl_max = 0;  // of packets that are no resets
  std::vector<MacAddress> macs;             // at most kMostMacs
  std::uint32_t flows = 0;
  std::uint32_t outgoing = 0, incoming = 0;  // flows in which all its packets were seen so

  static constexpr std::size_t kMostMacs = 8;
};

struct Vantage {
  enum class Position : std::uint8_t { unknown, client, server, middle, same_host };
  Position position = Position::unknown;
  Confidence confidence = Confidence::undetermined;
  std::string why;
};
[[nodiscard]] std::string_view to_text(Vantage::Position position);

// A group of flows whose resets look alike, made by CaptureContext.
struct ResetGroup {
  std::vector<std::uint64_t> flows;  // ids
  std::optional<double> slope;       // of the resets' delay over the distance of the claimed host
  double fit = 0;                    // R squared
  std::size_t points = 0;
  int reset_hops_min = 255, reset_hops_max = 0;
  int host_hops_min = 255, host_hops_max = 0;
  std::size_t clients = 0, servers = 0, networks = 0;  // networks: of the claimed side, by /16 or /32
  Side from = Side::server;
  std::int64_t delay_min = 0, delay_max = 0, rtt_min = 0, rtt_max = 0;
};

// As it is printed: without a sign where it is none.
[[nodiscard]] inline double told_slope(double slope) { return slope > -0.005 && slope < 0.005 ? 0.0 : slope; }

// Whose flows will be asked for: a flow picked up in the middle may have its ends the wrong way round, so each counts
// as both.
struct AskedFor {
  Endpoint client, server;
};

class CaptureContext {
 public:
  CaptureContext() = default;
  // `briefs` in order of their ids. of_client(), of_server() and host() answer for every address.
  CaptureContext(std::vector<FlowBrief> briefs, const CaptureCounters& counters);
  // ... only for those that are named: most flows of a capture are well, and nobody asks for them.
  // `places` may be null: one place.
  CaptureContext(std::vector<FlowBrief> briefs, const CaptureCounters& counters, std::span<const AskedFor> asked,
                 std::shared_ptr<const CapturePlaces> places);

  bool is_known = false;
  Guards guards;
  Vantage vantage;

  [[nodiscard]] const HostFacts* host(const IpAddress& address) const;
  [[nodiscard]] const std::vector<FlowBrief>& briefs() const { return briefs_; }
  // Indices into briefs(), in order of the flows' ids: those nearest to flow `around`, at most kNearby on each side, so
  // that a scan of a million ports does not make every one of its flows look at all others.
  static constexpr std::size_t kNearby = 256;
  [[nodiscard]] std::span<const std::uint32_t> of_client(const IpAddress& client, std::uint64_t around) const;
  [[nodiscard]] std::span<const std::uint32_t> of_server(const IpAddress& server, std::uint16_t port,
                                                         std::uint64_t around) const;
  [[nodiscard]] std::span<const FlowBrief> neighbours(std::uint64_t around) const;
  [[nodiscard]] const FlowBrief* brief(std::uint64_t id) const;
  [[nodiscard]] const ResetGroup* group_of(std::uint64_t flow) const;
  // The files of the input; null where they were taken at one place.
  [[nodiscard]] const CapturePlaces* places() const { return places_.get(); }

 private:
  void take_in(const CaptureCounters& counters, bool index_all);
  void index(std::uint32_t number, bool index_all);
  void add_host(const FlowBrief& brief, Side side, bool index_all);
  void group_resets();
  [[nodiscard]] std::span<const std::uint32_t> slice(const std::vector<std::uint32_t>& list,
                                                     std::uint64_t around) const;

  struct ServerKey {
    IpAddress address;
    std::uint16_t port = 0;
    bool operator==(const ServerKey&) const = default;
  };
  std::vector<FlowBrief> briefs_;
  // A few bits of the hashes of those who are asked for, so that most others are known not to be without a look-up.
  class Filter {
   public:
    void add(std::size_t hash) { words_[place(hash)] |= bit(hash); }
    [[nodiscard]] bool may_hold(std::size_t hash) const { return (words_[place(hash)] & bit(hash)) != 0; }
    void resize(std::size_t addresses);

   private:
    [[nodiscard]] std::size_t place(std::size_t hash) const { return hash >> 6 & (words_.size() - 1); }
    [[nodiscard]] static std::uint64_t bit(std::size_t hash) { return std::uint64_t{1} << (hash & 63); }
    std::vector<std::uint64_t> words_;  // a power of two of them
  };
  Filter asked_;
  // Only looked up, never walked: their order depends on the run.
  struct KeyHash {
    [[nodiscard]] std::size_t operator()(const IpAddress& address) const;
    [[nodiscard]] std::size_t operator()(const ServerKey& key) const;
  };
  std::unordered_map<IpAddress, HostFacts, KeyHash> hosts_;
  std::unordered_map<IpAddress, std::vector<std::uint32_t>, KeyHash> clients_;
  std::unordered_map<ServerKey, std::vector<std::uint32_t>, KeyHash> servers_;
  std::vector<ResetGroup> groups_;
  std::map<std::uint64_t, std::uint32_t> group_of_;  // flow id to index in groups_
  std::shared_ptr<const CapturePlaces> places_;
};

}  // namespace handlens
