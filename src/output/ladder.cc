#include "src/output/ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "src/output/ladder_labels.h"
#include "src/output/text_escape.h"
#include "src/output/text_width.h"
#include "src/output/text_words.h"

namespace handlens {
namespace {

constexpr std::size_t kLeastNote = 20;  // characters kept for the notes on the right
constexpr std::size_t kNarrowest = 30, kWidest = 52;
constexpr std::int64_t kMillisecondsUpTo = 10'000'000'000;  // longer flows are timed in seconds

// One column each; a string because characters are more than a byte, and marks stand on them. A wide character has a
// cell and leaves the next one empty.
using Cells = std::vector<std::string>;

struct Layout {
  std::size_t time_width = 8;
  std::size_t frame_width = 7;
  std::size_t inner = 38;             // cells between the lifelines
  std::optional<std::size_t> device;  // cell of the middle lifeline
  bool in_seconds = false;
  [[nodiscard]] std::size_t left() const { return time_width + 2 + frame_width + 1; }  // column of the left lifeline
  [[nodiscard]] std::size_t right() const { return left() + 1 + inner; }
};

std::string time_text(std::int64_t nanoseconds, bool in_seconds) {
  const double scale = in_seconds ? 1e9 : 1e6;
  return in_seconds ? fmt::format("{:.3f} s", static_cast<double>(nanoseconds) / scale)
                    : fmt::format("{:.1f} ms", static_cast<double>(nanoseconds) / scale);
}

std::optional<std::size_t> device_cell(const Outcome& outcome, std::size_t inner) {
  if (outcome.cause != Cause::middlebox) return std::nullopt;
  if (outcome.location == Location::near_client) return inner / 4;
  if (outcome.location == Location::near_server) return inner - inner / 4;
  return inner / 2;
}

Layout make_layout(const AnalyzedFlow& flow, const Style& style) {
  const FlowReport& report = flow.report;
  Layout layout;
  std::uint64_t largest = 0;
  for (const Event& event : report.events) {
    const std::int64_t t = event.time.ns - report.first.time.ns;
    if (t >= kMillisecondsUpTo || t <= -kMillisecondsUpTo) layout.in_seconds = true;
    largest = std::max(largest, event.frame);
  }
  for (const Event& event : report.events) {
    const std::int64_t t = event.time.ns - report.first.time.ns;
    layout.time_width = std::max(layout.time_width, time_text(t, layout.in_seconds).size());
  }
  layout.frame_width = std::max(layout.frame_width, fmt::format("#{}", largest).size() + 1);
  const std::size_t taken = layout.left() + 2 + 2 + kLeastNote;
  layout.inner = std::clamp(style.width > taken ? style.width - taken : 0, kNarrowest, kWidest);
  layout.device = device_cell(flow.outcome, layout.inner);
  return layout;
}

Cells to_cells(std::string_view text) {
  Cells out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    const std::size_t width = step.valid ? character_width(step.code_point) : 1;
    if (width == 0 && !out.empty()) {
      out.back() += text.substr(at, step.length);
    } else {
      out.emplace_back(text.substr(at, step.length));
      if (width == 2) out.emplace_back();
    }
    at += step.length;
  }
  return out;
}

void put(Cells& cells, std::size_t at, const Cells& text) {
  for (std::size_t i = 0; i < text.size() && at + i < cells.size(); ++i) cells[at + i] = text[i];
}

std::string_view stroke_text(Stroke stroke) {
  switch (stroke) {
    case Stroke::encrypted:
      return "╌";
    case Stroke::data:
      return "═";
    case Stroke::plain:
    case Stroke::none:
      break;
  }
  return "─";
}

// Parts of a label are two spaces apart, the dearest first: what does not fit goes from the end, then letters.
std::string fitting(std::string label, std::size_t room) {
  for (std::size_t gap = label.rfind("  "); text_width(label) > room && gap != std::string::npos;
       gap = label.rfind("  ")) {
    if (label.find("  ") == gap) break;  // the last one is cut instead, so that it can be recognised
    label.resize(gap);
  }
  return cut_to_width(label, room);
}

// Between `first` and `last` (cells), head at the receiving end, label near the sending end.
void draw_arrow(Cells& cells, std::size_t first, std::size_t last, bool to_server, const LadderLabel& label) {
  for (std::size_t i = first; i <= last; ++i) cells[i] = stroke_text(label.stroke);
  const std::size_t span = last - first + 1;
  const std::size_t room = span > 8 ? span - 8 : 1;
  const auto text = to_cells(" " + fitting(label.on, room) + " ");
  if (to_server) {
    cells[last] = "▶";
    put(cells, first + 3, text);
  } else {
    cells[first] = "◀";
    const std::size_t tail = 2;
    put(cells, last + 1 > text.size() + tail ? last + 1 - text.size() - tail : first, text);
  }
}

// True for a reset that a device in the middle sent in the server's or the client's name.
bool is_injected(const AnalyzedFlow& flow, const Event& event) {
  if (event.kind != EventKind::rst) return false;
  const RstVerdict* verdict = verdict_of(flow, event.frame);
  return verdict != nullptr && verdict->cause == Cause::middlebox;
}

std::string draw(const AnalyzedFlow& flow, const Event& event, const LadderLabel& label, const Layout& layout) {
  Cells cells(layout.inner, " ");
  const std::size_t last = layout.inner - 1;
  const bool to_server = flow.report.side(event.from) == Side::client;
  if (label.stroke == Stroke::none) {
    const auto text = to_cells(cut_to_width("· " + label.on + " ·", layout.inner - 2));
    put(cells, (layout.inner - text.size()) / 2, text);
  } else if (layout.device && is_injected(flow, event)) {
    if (to_server) {
      draw_arrow(cells, *layout.device, last, true, label);
    } else {
      draw_arrow(cells, 0, *layout.device, false, label);
    }
    cells[*layout.device] = "✖";
  } else {
    draw_arrow(cells, 0, last, to_server, label);
    if (layout.device && cells[*layout.device] == stroke_text(label.stroke)) cells[*layout.device] = "┼";
  }
  if (layout.device && cells[*layout.device] == " ") {
    // A space inside a label stays; one in an empty row shows the device's own lifeline.
    const bool is_alone = (*layout.device == 0 || cells[*layout.device - 1] == " ") &&
                          (*layout.device == last || cells[*layout.device + 1] == " ");
    if (is_alone) cells[*layout.device] = "╎";
  }
  std::string out;
  for (const std::string& cell : cells) out += cell;
  return out;
}

// Names above the lifelines they belong to; on two lines when they would touch.
std::string heads(const FlowReport& report, const Layout& layout) {
  const std::string client = endpoint_text(report.client), server = endpoint_text(report.server);
  const auto start = [](std::size_t column, std::size_t width) { return column > width / 2 ? column - width / 2 : 0; };
  const std::size_t client_at = start(layout.left(), client.size());
  const std::size_t server_at = start(layout.right(), server.size());
  std::string line = std::string(client_at, ' ') + client;
  if (line.size() + 2 > server_at) {
    line += '\n' + std::string(server_at, ' ') + server;
    return line + '\n';
  }
  std::string between(server_at - line.size(), ' ');
  if (layout.device) {
    const std::size_t at = layout.left() + 1 + *layout.device;
    if (at >= line.size() + 1 && at + 1 < server_at) between[at - line.size()] = '?';
  }
  return line + between + server + '\n';
}

std::string row(const AnalyzedFlow& flow, const Event& event, const Layout& layout, const Style& style) {
  LadderLabel label = ladder_label(flow, event);
  if (style.ascii) {  // before it is laid out: the substitutes are wider
    label.on = to_ascii(label.on);
    label.beside = to_ascii(label.beside);
  }
  const std::string time = time_text(event.time.ns - flow.report.first.time.ns, layout.in_seconds);
  std::string line = fmt::format("{:>{}}  {:<{}} │{}│", time, layout.time_width, fmt::format("#{}", event.frame),
                                 layout.frame_width, draw(flow, event, label, layout));
  if (label.beside.empty()) return line + '\n';
  const std::size_t column = layout.right() + 3;
  const std::string notes = wrap("", label.beside, std::max(style.width, column + kLeastNote) - column);
  // Later lines of a note keep the lifelines.
  const std::string empty = std::string(layout.left(), ' ') + "│" + std::string(layout.inner, ' ') + "│";
  std::size_t at = 0;
  std::string out;
  while (at < notes.size()) {
    const std::size_t end = notes.find('\n', at);
    out += (at == 0 ? line : empty) + "  " + notes.substr(at, end - at) + '\n';
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string ladder(const AnalyzedFlow& flow, const Style& style) {
  if (flow.report.events.empty()) return {};
  const Layout layout = make_layout(flow, style);
  std::string out = heads(flow.report, layout);
  for (const Event& event : flow.report.events) out += row(flow, event, layout, style);
  return out;
}

}  // namespace handlens
