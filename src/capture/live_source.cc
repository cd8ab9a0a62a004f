#include "src/capture/live_source.h"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <limits>

#include "src/capture/link_types.h"

namespace handlens {
namespace {

constexpr int kExitUsage = 2, kExitNoCapture = 3, kExitPartly = 4, kExitNoPermission = 5;
constexpr int kTimeoutMilliseconds = 100;
constexpr int kSmallestBuffer = 64 * 1024 * 1024;

static_assert(std::atomic<bool>::is_always_lock_free, "stop() must be safe in a signal handler");

std::string interface_names() {
  std::string names;
  try {
    for (const InterfaceInfo& info : list_interfaces()) names += (names.empty() ? "" : ", ") + info.name;
  } catch (const CaptureError&) {
    // The list is only advice.
  }
  return names.empty() ? "none can be seen" : names;
}

[[noreturn]] void throw_activation_error(int status, const std::string& interface, const std::string& detail) {
  switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      throw CaptureError(
          kExitNoPermission,
          fmt::format(
              "{}: no permission to capture; run `sudo setcap cap_net_raw,cap_net_admin=eip $(command -v handlens)`, "
              "or see `handlens doctor`",
              interface));
    case PCAP_ERROR_NO_SUCH_DEVICE:
      throw CaptureError(kExitNoCapture,
                         fmt::format("{}: no such interface; there are: {}", interface, interface_names()));
    case PCAP_ERROR_IFACE_NOT_UP:
      throw CaptureError(kExitNoCapture,
                         fmt::format("{}: the interface is down (sudo ip link set {} up)", interface, interface));
    default:
      throw CaptureError(kExitNoCapture, fmt::format("{}: cannot capture: {}", interface, detail));
  }
}

std::string status_text(pcap_t* handle, int status) {
  const std::string detail = pcap_geterr(handle);
  return detail.empty() ? pcap_statustostr(status) : detail;
}

}  // namespace

struct PcapLiveSource::Collector {
  std::vector<std::uint8_t>* slab;
  std::vector<std::size_t>* offsets;
  std::span<RawPacket> out;
  std::int64_t fraction_ns;
  std::size_t count = 0;

  static void on_packet(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the form of libpcap's callbacks
    auto& self = *reinterpret_cast<Collector*>(user);
    if (self.count == self.out.size()) return;
    const std::size_t offset = self.slab->size();
    self.slab->insert(self.slab->end(), bytes, bytes + header->caplen);
    RawPacket& packet = self.out[self.count];
    (*self.offsets)[self.count] = offset;
    packet.bytes = ByteView(bytes, header->caplen);  // its size; the place is set when the slab has settled
    packet.wire_length = std::max(header->len, header->caplen);
    packet.stamp.time.ns = static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000'000 +
                           static_cast<std::int64_t>(header->ts.tv_usec) * self.fraction_ns;
    ++self.count;
  }
};

PcapLiveSource::PcapLiveSource(const LiveOptions& options) : packet_limit_(options.packet_limit) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  handle_ = pcap_create(options.interface.c_str(), error.data());
  if (handle_ == nullptr) throw_activation_error(PCAP_ERROR, options.interface, error.data());
  try {
    activate(options);
    set_filter(options.filter);
    if (pcap_setnonblock(handle_, 1, error.data()) != 0) {
      throw_activation_error(PCAP_ERROR, options.interface, error.data());
    }
  } catch (...) {
    pcap_close(handle_);
    throw;
  }
  link_ = link_type_of_dlt(pcap_datalink(handle_));
  if (pcap_get_tstamp_precision(handle_) == PCAP_TSTAMP_PRECISION_NANO) fraction_ns_ = 1;
  InputFile file;
  file.name = options.interface;
  file.format = "live";
  file.link_types.push_back(link_type_text(link_));
  files_.push_back(std::move(file));
  if (!is_supported_link_type(link_)) {
    problems_.push_back({kExitNoCapture, fmt::format("{}: packets of link type {} are not dissected", options.interface,
                                                     link_type_text(link_))});
  }
}

PcapLiveSource::~PcapLiveSource() { pcap_close(handle_); }

void PcapLiveSource::activate(const LiveOptions& options) {
  (void)pcap_set_snaplen(handle_, options.snaplen);
  (void)pcap_set_promisc(handle_, options.promiscuous ? 1 : 0);
  (void)pcap_set_timeout(handle_, kTimeoutMilliseconds);
  (void)pcap_set_buffer_size(handle_, std::max(options.buffer_bytes, kSmallestBuffer));
  (void)pcap_set_tstamp_precision(handle_, PCAP_TSTAMP_PRECISION_NANO);  // stays at microseconds if refused
  const int status = pcap_activate(handle_);
  if (status < 0) throw_activation_error(status, options.interface, status_text(handle_, status));
  if (status == PCAP_WARNING_PROMISC_NOTSUP && options.interface == "any") return;  // always so, and harmless
  if (status > 0) problems_.push_back({0, fmt::format("{}: {}", options.interface, status_text(handle_, status))});
}

void PcapLiveSource::set_filter(const std::string& expression) {
  if (expression.empty()) return;
  bpf_program code{};
  int status = pcap_compile(handle_, &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN);
  if (status == 0) {
    status = pcap_setfilter(handle_, &code);
    pcap_freecode(&code);
  }
  if (status != 0) {
    throw CaptureError(kExitUsage,
                       fmt::format("filter \"{}\": {}; see man pcap-filter", expression, pcap_geterr(handle_)));
  }
}

std::size_t PcapLiveSource::next_batch(std::span<RawPacket> out) {
  if (ended_ || out.empty()) return 0;
  if (packet_limit_ != 0) {
    const std::uint64_t left = packet_limit_ - files_[0].packets;
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  }
  std::size_t n = 0;
  if (!stop_) n = dispatch(out);
  if (n == 0 && !stop_ && !ended_) {
    wait_for_packets();
    if (!stop_) n = dispatch(out);
  }
  if (stop_ || limit_reached()) ended_ = true;
  return n;
}

std::size_t PcapLiveSource::dispatch(std::span<RawPacket> out) {
  slab_.clear();
  if (offsets_.size() < out.size()) offsets_.resize(out.size());
  Collector collector{&slab_, &offsets_, out, fraction_ns_};
  const int most = static_cast<int>(std::min<std::size_t>(out.size(), std::numeric_limits<int>::max()));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the form of libpcap's callbacks
  const int status = pcap_dispatch(handle_, most, &Collector::on_packet, reinterpret_cast<u_char*>(&collector));
  if (status < 0 && status != PCAP_ERROR_BREAK) {
    ended_ = true;
    problems_.push_back({kExitPartly, fmt::format("{}: capturing ended: {}", files_[0].name, pcap_geterr(handle_))});
  }
  for (std::size_t i = 0; i < collector.count; ++i) {
    RawPacket& packet = out[i];
    packet.bytes = ByteView(slab_.data() + offsets_[i], packet.bytes.size());
    packet.link = link_;
    packet.interface_id = kNoInterface;
    packet.direction = CaptureDirection::unknown;
    packet.stamp.number = ++files_[0].packets;
    files_[0].bytes += packet.bytes.size();
  }
  return collector.count;
}

// libpcap's own wait may last until a packet comes; flows must expire on a silent line too.
void PcapLiveSource::wait_for_packets() const {
  pollfd waiting{pcap_get_selectable_fd(handle_), POLLIN, 0};
  // A signal ends the wait early, which is what stop() wants.
  (void)::poll(&waiting, waiting.fd >= 0 ? 1 : 0, kTimeoutMilliseconds);
}

void PcapLiveSource::stop() {
  stop_ = true;
  pcap_breakloop(handle_);
}

LiveCounters PcapLiveSource::counters() const {
  pcap_stat stats{};
  if (pcap_stats(handle_, &stats) != 0) return {};
  return {stats.ps_recv, stats.ps_drop, stats.ps_ifdrop};
}

std::unique_ptr<LiveSource> open_live(const LiveOptions& options) { return std::make_unique<PcapLiveSource>(options); }

}  // namespace handlens
