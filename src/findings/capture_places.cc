#include "src/findings/capture_places.h"

#include <algorithm>
#include <set>

namespace handlens {
namespace {

// Of one hash in a capture made for it; honest ones hold a connection as often as there are places.
constexpr std::size_t kAlike = 16;

std::uint64_t connection_hash(const FlowBrief& b) {
  std::uint64_t h = 14695981039346656037u;
  const auto take = [&h](std::uint64_t value) { h = (h ^ value) * 1099511628211u; };
  for (const IpAddress* ip : {&b.client, &b.server}) {
    for (const std::uint8_t byte : ip->bytes) take(byte);
  }
  take(std::uint64_t{b.client_port} << 16 | b.server_port);
  take(b.isn[static_cast<std::size_t>(Side::client)]);
  return h;
}

// As is_same_connection, also where the server's number is not known: refused, or not answered.
bool is_same_opening(const FlowBrief& a, const FlowBrief& b) {
  constexpr auto kServer = static_cast<std::size_t>(Side::server);
  const bool are_both_answered = a.has_isn[kServer] && b.has_isn[kServer];
  return a.client == b.client && a.server == b.server && a.client_port == b.client_port &&
         a.server_port == b.server_port && a.isn[0] == b.isn[0] &&
         (!are_both_answered || a.isn[kServer] == b.isn[kServer]);
}

}  // namespace

CapturePlaces::CapturePlaces(const std::vector<FlowBrief>& briefs, const std::vector<InputFile>& files) {
  if (files.size() < 2) return;
  std::uint64_t frames = 0;
  for (const InputFile& file : files) last_frames_.push_back(frames += file.packets);
  file_ends_.assign(files.size() + 1, INT64_MIN);
  for (const FlowBrief& b : briefs) {
    std::int64_t& end = file_ends_[file_of(b.first_frame)];
    end = std::max(end, b.end_ns);
    if (b.has_isn[static_cast<std::size_t>(Side::client)]) by_connection_.emplace_back(connection_hash(b), b);
  }
  std::sort(by_connection_.begin(), by_connection_.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second.id < b.second.id;
  });
  find_places();
}

// Each file in its turn goes to the first place none of whose files shares a connection with it.
void CapturePlaces::find_places() {
  std::set<std::pair<std::size_t, std::size_t>> apart;  // files, the later one first
  for (std::size_t i = 0; i < by_connection_.size(); ++i) {
    const auto& [hash, brief] = by_connection_[i];
    for (std::size_t j = i + 1; j < by_connection_.size() && j <= i + kAlike && by_connection_[j].first == hash; ++j) {
      const FlowBrief& other = by_connection_[j].second;
      const std::size_t a = file_of(brief.first_frame), b = file_of(other.first_frame);
      if (a != b && is_same_opening(brief, other)) apart.emplace(std::max(a, b), std::min(a, b));
    }
  }
  if (apart.empty()) return;
  place_of_file_.resize(last_frames_.size() + 1);
  for (auto at = apart.begin(); at != apart.end();) {
    const std::size_t file = at->first;
    std::set<std::size_t> taken;
    for (; at != apart.end() && at->first == file; ++at) taken.insert(place_of_file_[at->second]);
    std::size_t place = 0;
    while (taken.contains(place)) ++place;
    place_of_file_[file] = place;
    count_ = std::max(count_, place + 1);
  }
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

const FlowBrief* CapturePlaces::twin_of(const FlowBrief& b) const {
  const std::uint64_t hash = connection_hash(b);
  auto at = std::lower_bound(by_connection_.begin(), by_connection_.end(), hash,
                             [](const auto& entry, std::uint64_t wanted) { return entry.first < wanted; });
  const FlowBrief* twin = nullptr;
  for (std::size_t looked = 0; at != by_connection_.end() && at->first == hash; ++at) {
    if (++looked > kAlike) return nullptr;
    const FlowBrief& other = at->second;
    if (!is_same_connection(b, other) || file_of(other.first_frame) == file_of(b.first_frame)) continue;
    if (twin != nullptr) return nullptr;
    twin = &other;
  }
  return twin;
}

std::int64_t CapturePlaces::file_end(const FlowBrief& b) const {
  return file_ends_.empty() ? b.end_ns : file_ends_[file_of(b.first_frame)];
}

}  // namespace handlens
