// middlebox CLIENT_INTERFACE SERVER_INTERFACE RULES [--tap-client FILE] [--tap-server FILE]
// A wire between two interfaces with a device on it; README.md in this folder describes the rules. Ends on SIGTERM or
// SIGINT and prints its counters. Exit codes: 0 ended as told, 1 an interface or a file, 2 the command line or the
// rules.
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <queue>
#include <sstream>

#include "tools/middlebox/device.h"
#include "tools/middlebox/link.h"
#include "tools/middlebox/tap.h"
#include "tools/middlebox/wire.h"

namespace handlens::middlebox {

namespace {

constexpr std::size_t kMaxWaiting = 65536;  // frames on the wire at once; beyond it they are dropped and counted
constexpr std::size_t kMaxFrame = 65536 + kEthernetSize;
constexpr std::int64_t kMillisecond = 1'000'000, kTick = 10 * kMillisecond;

volatile sig_atomic_t stopping = 0;
void stop(int /*signal*/) { stopping = 1; }

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct Event {
  enum class Kind : std::uint8_t { at_device, leaves_device, at_side };
  std::int64_t due = 0;
  std::uint64_t order = 0;  // of two that are due at once, the first stays the first
  Kind kind = Kind::at_device;
  Side side = Side::client;
  Bytes frame;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const { return a.due != b.due ? a.due > b.due : a.order > b.order; }
};

class Loop {
 public:
  explicit Loop(Config config) : wire_(config), device_(std::move(config)) {}
  Link links[2];  // by Side
  Tap taps[2];

  void run() {
    sigset_t none;
    sigemptyset(&none);
    while (stopping == 0) {
      pollfd waiting[2] = {{links[0].descriptor(), POLLIN, 0}, {links[1].descriptor(), POLLIN, 0}};
      const timespec timeout = until_next();
      if (ppoll(waiting, 2, &timeout, &none) < 0 && errno != EINTR) break;
      receive(Side::client);
      receive(Side::server);
      work();
    }
  }

  void print_counters() const {
    const Counters& c = device_.counters();
    std::printf(
        "seen %llu passed %llu dropped %llu forged %llu fired %llu too_big %llu lost %llu flows_forgotten %zu "
        "blocks_refused %llu queue_full %llu send_failed %llu\n",
        number(c.seen), number(c.passed), number(c.dropped), number(c.forged), number(c.fired), number(c.too_big),
        number(wire_.lost()), device_.forgotten_flows(), number(c.blocks_refused), number(queue_full_),
        number(send_failed_));
  }

 private:
  static unsigned long long number(std::uint64_t value) { return value; }

  timespec until_next() const {
    std::int64_t wait = kTick;
    if (!events_.empty())
      wait = std::min(wait, std::max<std::int64_t>(0, events_.top().due - read_clock(CLOCK_MONOTONIC)));
    return {0, wait};
  }

  void add(std::int64_t due, Event::Kind kind, Side side, Bytes frame) {
    if (events_.size() >= kMaxWaiting) {
      ++queue_full_;
      return;
    }
    events_.push({due, order_++, kind, side, std::move(frame)});
  }

  void receive(Side side) {
    for (int i = 0; i < 256; ++i) {  // then the other side has its turn
      const std::size_t size = links[index(side)].receive(buffer_);
      if (size == 0) return;
      put(wire_.from_side(side, View(buffer_).first(size)), read_clock(CLOCK_MONOTONIC));
    }
  }

  void put(std::vector<Passage> passages, std::int64_t now) {
    for (Passage& p : passages) {
      add(now + p.delay, p.to_device ? Event::Kind::at_device : Event::Kind::at_side, p.side, std::move(p.frame));
    }
  }
  void put(std::vector<Output> outputs, std::int64_t now) {
    for (Output& o : outputs) add(now + o.delay, Event::Kind::leaves_device, o.to, std::move(o.frame));
  }

  void work() {
    std::int64_t now = read_clock(CLOCK_MONOTONIC);
    if (now >= next_tick_) {
      next_tick_ = now + kTick;
      put(device_.on_time(now), now);
    }
    while (!events_.empty() && events_.top().due <= now) {
      Event event = events_.top();
      events_.pop();
      handle(event, now);
      now = read_clock(CLOCK_MONOTONIC);
    }
  }

  void handle(Event& event, std::int64_t now) {
    switch (event.kind) {
      case Event::Kind::at_device:
        taps[index(event.side)].write(event.frame, read_clock(CLOCK_REALTIME));
        put(device_.on_frame(event.side, event.frame, now), now);
        break;
      case Event::Kind::leaves_device:
        taps[index(event.side)].write(event.frame, read_clock(CLOCK_REALTIME));
        put(wire_.from_device(event.side, std::move(event.frame)), now);
        break;
      case Event::Kind::at_side:
        if (!links[index(event.side)].send(event.frame)) ++send_failed_;
        break;
    }
  }

  Wire wire_;
  Device device_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t order_ = 0, queue_full_ = 0, send_failed_ = 0;
  std::int64_t next_tick_ = 0;
  Bytes buffer_ = Bytes(kMaxFrame);
};

int complain(const std::string& message, int code) {
  std::fprintf(stderr, "middlebox: %s\n", message.c_str());
  return code;
}

int run(int argc, char** argv) {
  if (argc < 4 || argc % 2 != 0) {
    return complain("usage: middlebox CLIENT_INTERFACE SERVER_INTERFACE RULES [--tap-client FILE] [--tap-server FILE]",
                    2);
  }
  std::ifstream file(argv[3]);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return complain(std::string(argv[3]) + ": cannot be read", 2);
  ParsedRules parsed = parse_rules(text.str());
  if (parsed.error) return complain(std::string(argv[3]) + ": " + to_text(*parsed.error), 2);
  Loop loop(std::move(parsed.config));
  for (int i = 4; i < argc; i += 2) {
    const std::string option = argv[i];
    if (option != "--tap-client" && option != "--tap-server") return complain(option + " is no option", 2);
    Tap& tap = loop.taps[option == "--tap-client" ? 0 : 1];
    if (!tap.open(argv[i + 1])) return complain(std::string(argv[i + 1]) + ": " + std::strerror(errno), 1);
  }
  for (int i = 0; i < 2; ++i) {
    if (!loop.links[i].open(argv[1 + i])) return complain(loop.links[i].problem(), 1);
  }
  struct sigaction action {};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  // When a packet is due it is due, whatever else the machine does; without the permission it is as good as it gets.
  const sched_param priority{1};
  sched_setscheduler(0, SCHED_RR, &priority);
  std::puts("ready");
  std::fflush(stdout);
  loop.run();
  loop.print_counters();
  return 0;
}

}  // namespace

}  // namespace handlens::middlebox

int main(int argc, char** argv) { return handlens::middlebox::run(argc, argv); }
