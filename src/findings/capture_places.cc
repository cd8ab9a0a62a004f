#include "src/findings/capture_places.h"

#include <algorithm>

#include "src/tcp/disorder.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::size_t kClient = static_cast<std::size_t>(Side::client);
constexpr std::size_t kServer = static_cast<std::size_t>(Side::server);

class Hash {
 public:
  Hash& take(std::uint64_t value) {
    value_ = (value_ ^ value) * 1099511628211u;
    return *this;
  }
  Hash& take(const IpAddress& ip) {
    for (const std::uint8_t byte : ip.bytes) take(byte);
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037u;
};

std::uint64_t hash_of_end(const IpAddress& ip, std::uint16_t port) { return Hash().take(ip).take(port).value(); }

std::uint64_t hash_of_opening(const FlowBrief& b) {
  return Hash().take(b.client).take(b.client_port).take(b.server).take(b.server_port).take(b.isn[kClient]).value();
}

// Of a flow that begins in the middle nobody knows who opened it: both ways round are one.
std::uint64_t hash_of_ends(const FlowBrief& b) {
  return hash_of_end(b.client, b.client_port) + hash_of_end(b.server, b.server_port);
}

bool has_same_ends(const FlowBrief& a, const FlowBrief& b) {
  return a.client == b.client && a.server == b.server && a.client_port == b.client_port &&
         a.server_port == b.server_port;
}
bool has_swapped_ends(const FlowBrief& a, const FlowBrief& b) {
  return a.client == b.server && a.server == b.client && a.client_port == b.server_port &&
         a.server_port == b.client_port;
}

// As is_same_connection, also where the server's number is not known: refused, or not answered.
bool is_same_opening(const FlowBrief& a, const FlowBrief& b) {
  if (a.has_isn[kServer] && b.has_isn[kServer]) return is_same_connection(a, b);
  return has_same_ends(a, b) && a.isn[kClient] == b.isn[kClient];
}

// Of flows between the same ends: what each of them shows cannot be seen at one place.
bool cannot_be_of_one_place(const FlowBrief& a, const FlowBrief& b) {
  const bool is_swapped = has_swapped_ends(a, b);
  for (const std::size_t side : {kClient, kServer}) {
    const std::size_t other = is_swapped ? 1 - side : side;
    if (a.ttl_min[side] == 0 || b.ttl_min[other] == 0) continue;
    if (a.ttl_max[side] < b.ttl_min[other] || b.ttl_max[other] < a.ttl_min[side]) return true;
  }
  return elapsed(std::max(a.start_ns, b.start_ns), std::min(a.end_ns, b.end_ns)) > kDisorder;
}

// An address, and what its packets look like at one place.
using Look = std::pair<IpAddress, std::uint8_t>;
void add_looks(const FlowBrief& b, std::set<Look>& out) {
  if (b.ttl_min[kClient] != 0) out.emplace(b.client, b.ttl_min[kClient]);
  if (b.ttl_min[kServer] != 0) out.emplace(b.server, b.ttl_min[kServer]);
}

}  // namespace

CapturePlaces::CapturePlaces(const std::vector<FlowBrief>& briefs, const std::vector<InputFile>& files) {
  if (files.size() < 2) return;
  std::uint64_t frames = 0;
  for (const InputFile& file : files) {
    last_frames_.push_back(frames += file.packets);
    file_ends_.push_back(file.last_ns);
  }
  for (const FlowBrief& b : briefs) {
    if (b.has_isn[kClient]) by_connection_.emplace_back(hash_of_opening(b), b);
  }
  std::sort(by_connection_.begin(), by_connection_.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.id < b.second.id;
  });
  Apart apart;
  part_by_openings(apart);
  part_by_the_middle(briefs, apart);
  if (!apart.empty()) find_places(briefs, apart);
}

// Files that hold the opening of one connection.
void CapturePlaces::part_by_openings(Apart& apart) const {
  for (std::size_t i = 0; i < by_connection_.size(); ++i) {
    const auto& [hash, brief] = by_connection_[i];
    const std::size_t last = std::min(by_connection_.size(), i + 1 + kMostTwins);
    for (std::size_t j = i + 1; j < last && by_connection_[j].first == hash; ++j) {
      const FlowBrief& other = by_connection_[j].second;
      const std::size_t a = file_of(brief.first_frame), b = file_of(other.first_frame);
      if (a != b && is_same_opening(brief, other)) apart.emplace(std::max(a, b), std::min(a, b));
    }
  }
}

// A flow that begins in the middle, and the one before it between the same ends: it may go on there, or not.
void CapturePlaces::part_by_the_middle(const std::vector<FlowBrief>& briefs, Apart& apart) const {
  std::vector<std::pair<std::uint64_t, const FlowBrief*>> by_ends;
  by_ends.reserve(briefs.size());
  for (const FlowBrief& b : briefs) by_ends.emplace_back(hash_of_ends(b), &b);
  std::sort(by_ends.begin(), by_ends.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->id < b.second->id;
  });
  for (std::size_t i = 1; i < by_ends.size(); ++i) {
    const FlowBrief &before = *by_ends[i - 1].second, &b = *by_ends[i].second;
    if (by_ends[i - 1].first != by_ends[i].first || (before.has_isn[kClient] && b.has_isn[kClient])) continue;
    const std::size_t file = file_of(b.first_frame), earlier = file_of(before.first_frame);
    if (file == earlier || (!has_same_ends(before, b) && !has_swapped_ends(before, b))) continue;
    if (cannot_be_of_one_place(before, b)) apart.emplace(std::max(file, earlier), std::min(file, earlier));
  }
}

// Each file in its turn goes to one of the places of which no file is apart from it: where hosts look as they do in it,
// else the first one.
void CapturePlaces::find_places(const std::vector<FlowBrief>& briefs, const Apart& apart) {
  std::vector<std::set<Look>> of_file(last_frames_.size() + 1);
  for (const FlowBrief& b : briefs) add_looks(b, of_file[file_of(b.first_frame)]);
  std::vector<std::set<Look>> of_place(1);
  place_of_file_.resize(last_frames_.size() + 1);
  for (std::size_t file = 0; file < last_frames_.size(); ++file) {
    std::set<std::size_t> taken;
    for (auto at = apart.lower_bound({file, 0}); at != apart.end() && at->first == file; ++at)
      taken.insert(place_of_file_[at->second]);
    std::size_t best = of_place.size(), most = 0;
    for (std::size_t place = 0; place < of_place.size(); ++place) {
      if (taken.contains(place)) continue;
      const auto alike =
          static_cast<std::size_t>(std::count_if(of_file[file].begin(), of_file[file].end(),
                                                 [&](const Look& look) { return of_place[place].contains(look); }));
      if (best == of_place.size() || alike > most) {
        best = place;
        most = alike;
      }
    }
    if (best == of_place.size()) of_place.emplace_back();
    of_place[best].insert(of_file[file].begin(), of_file[file].end());
    place_of_file_[file] = best;
  }
  count_ = of_place.size();
}

std::size_t CapturePlaces::file_of(std::uint64_t first_frame) const {
  const auto found = std::lower_bound(last_frames_.begin(), last_frames_.end(), first_frame);
  return static_cast<std::size_t>(found - last_frames_.begin());
}

std::size_t CapturePlaces::place_of(std::uint64_t first_frame) const {
  return place_of_file_.empty() ? 0 : place_of_file_[file_of(first_frame)];
}

std::vector<std::vector<FlowBrief>> CapturePlaces::split(std::vector<FlowBrief>&& briefs) const {
  std::vector<std::vector<FlowBrief>> out(count_);
  if (count_ == 1) {
    out.front() = std::move(briefs);
    return out;
  }
  for (const FlowBrief& b : briefs) out[place_of(b.first_frame)].push_back(b);
  return out;
}

std::vector<std::size_t> CapturePlaces::files_of(std::size_t place) const {
  std::vector<std::size_t> out;
  for (std::size_t file = 0; file < last_frames_.size(); ++file) {
    if (place_of_file_.empty() || place_of_file_[file] == place) out.push_back(file + 1);
  }
  return out;
}

std::vector<const FlowBrief*> CapturePlaces::twins_of(const FlowBrief& b) const {
  const std::uint64_t hash = hash_of_opening(b);
  auto at = std::lower_bound(by_connection_.begin(), by_connection_.end(), hash,
                             [](const auto& entry, std::uint64_t wanted) { return entry.first < wanted; });
  std::vector<const FlowBrief*> out;
  for (std::size_t looked = 0; at != by_connection_.end() && at->first == hash; ++at) {
    if (++looked > kMostTwins) return {};
    const FlowBrief& other = at->second;
    if (is_same_connection(b, other) && file_of(other.first_frame) != file_of(b.first_frame)) out.push_back(&other);
  }
  return out;
}

std::int64_t CapturePlaces::file_end(const FlowBrief& b) const {
  const std::size_t file = file_of(b.first_frame);
  return file < file_ends_.size() ? file_ends_[file] : INT64_MIN;
}

}  // namespace handlens
