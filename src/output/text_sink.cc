#include "src/output/text_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "src/output/first_of.h"
#include "src/output/shape_memo.h"
#include "src/output/text_escape.h"
#include "src/output/text_flow.h"
#include "src/output/text_overview.h"
#include "src/output/text_width.h"
#include "src/output/text_words.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

constexpr std::size_t kListedFiles = 20;
constexpr std::size_t kListedReasons = 8;
constexpr std::size_t kCountedIds = 256;  // finding ids are a fixed table; the bound is for its mistakes

// Blocks shown of each kind without -v.
constexpr std::array<std::size_t, kAttentionLevels> kShown = {50, 50, 20, 20, 20};

std::string_view level_word(Attention level) {
  switch (level) {
    case Attention::failed:
      return "failed";
    case Attention::warning:
      return "warning";
    case Attention::incomplete:
      return "incomplete";
    case Attention::not_tls:
      return "not-tls";
    case Attention::ok:
      break;
  }
  return "ok";
}

// Words that a line break would tear apart.
std::string together(std::string text) {
  for (std::size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at)) text.replace(at, 1, kNoBreak);
  return text;
}

std::string file_text(const InputFile& file) {
  return file.name == "-" ? "standard input" : escape_terminal(file.name);
}

// Why there is no flow to show, as far as that is known; "" if there are flows.
std::string nothing_text(const CaptureCounters& counters) {
  if (counters.flows > 0) return {};
  const bool is_broken = std::any_of(counters.files.begin(), counters.files.end(),
                                     [](const InputFile& file) { return !file.truncated.empty(); });
  if (counters.packets == 0) {
    return is_broken ? "No packet could be read: there is nothing to explain."
                     : "The capture is valid and empty: there is nothing to explain.";
  }
  std::string out = "No TCP connection was found: there is nothing to explain.";
  if (counters.not_tcp > 0) out += " " + count_text(counters.not_tcp, "packet") + " carried something else.";
  return out;
}

struct Level {
  std::vector<std::string> blocks;  // in order of arrival: by id
  std::uint64_t total = 0;
  std::map<std::string, std::uint64_t, std::less<>> hidden;  // by finding
};

class TextRenderer final : public FlowRenderer {
 public:
  TextRenderer(const Style& style, bool every_block) : style_(style) {
    if (every_block) return;
    for (std::size_t i = 0; i < kShown.size(); ++i) first_[i] = FirstOf(kShown[i]);
  }
  [[nodiscard]] RenderedFlow render(const AnalyzedFlow& flow) override {
    const auto rank = static_cast<std::size_t>(attention(flow));
    return rendered(flow, rank, first_[rank].may_show(flow.report.id));
  }
  // One attempt is counted like the other; those that are shown are needed whole.
  [[nodiscard]] RenderedFlow render_attempt(const FlowAttempt& attempt, WholeFlow& whole) override {
    Known& known = known_[attempt.shape];
    if (!known.is_known) {
      const AnalyzedFlow flow = whole.make();
      const RenderedFlow shown = render(flow);
      known = {true, shown.level, std::string(shown.kind), std::string(shown.finding)};
    } else if (first_[known.level].may_show(attempt.id)) {
      const AnalyzedFlow flow = whole.make();
      static_cast<void>(rendered(flow, known.level, true));
    } else {
      text_.clear();
    }
    return {attempt.id, true, known.level, known.kind, known.finding, text_};
  }

 private:
  struct Known {
    bool is_known = false;
    std::uint8_t level = 0;
    std::string kind, finding;
  };
  [[nodiscard]] RenderedFlow rendered(const AnalyzedFlow& flow, std::size_t rank, bool is_shown) {
    name_kind(flow);
    text_ = is_shown ? flow_block(flow, style_) + "\n" : std::string();
    return {.id = flow.report.id,
            .selected = true,
            .level = static_cast<std::uint8_t>(rank),
            .kind = static_cast<Attention>(rank) == Attention::ok ? std::string_view() : kind_,
            .finding = flow.outcome.primary,
            .text = text_};
  }
  // In a flood one flow ends like the other: the words are made when something changes.
  void name_kind(const AnalyzedFlow& flow) {
    const Outcome& outcome = flow.outcome;
    Ending ending{outcome.status,        outcome.stage,          outcome.ended_by,   outcome.apparent_sender,
                  flow.report.cut_short, is_silent(flow.report), shown_finding(flow)};
    if (!kind_.empty() && ending == ending_) return;
    kind_ = EndingOverview::kind_of(flow);
    ending_ = std::move(ending);
  }
  // All that EndingOverview::kind_of looks at.
  struct Ending {
    Status status = Status::ok;
    Stage stage = Stage::syn;
    EndedBy ended_by = EndedBy::fin;
    std::optional<Side> apparent_sender;
    CutShort cut_short = CutShort::none;
    bool silent = false;
    std::string finding;
    bool operator==(const Ending&) const = default;
  };

  Style style_;
  Ending ending_;
  std::array<FirstOf, kAttentionLevels> first_;
  ShapeMemo<Known> known_;
  std::string kind_, text_;
};

class TextSink final : public Sink {
 public:
  TextSink(const TextOptions& options, OutputBuffer& out) : options_(options), out_(out) {}

  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override {
    return std::make_unique<TextRenderer>(options_.style, options_.verbose || options_.live);
  }

  void take(const RenderedFlow& flow) override {
    const std::size_t rank = flow.level;
    Level& level = levels_[rank];
    ++level.total;
    if (static_cast<Attention>(rank) != Attention::ok && !options_.live) overview_.add(flow.kind, flow.id);
    if (rank < first_rank_) {
      first_rank_ = rank;
      first_id_ = flow.id;
    }
    if (options_.live) {
      out_.append(flow.text);
      out_.flush();
    } else if (unsorted_) {
      out_.append(flow.text);
    } else if (options_.verbose || level.blocks.size() < kShown[rank]) {
      level.blocks.emplace_back(flow.text);
      waiting_bytes_ += flow.text.size() + sizeof(std::string);
      if (options_.verbose && waiting_bytes_ > options_.sorted_bytes) go_on_unsorted();
    } else if (const auto known = level.hidden.find(flow.finding); known != level.hidden.end()) {
      ++known->second;
    } else if (level.hidden.size() < kCountedIds) {
      level.hidden.emplace(flow.finding, 1);
    }
  }

  void finish(const CaptureCounters& counters) override {
    std::string head = options_.live ? live_heading(counters) : heading(counters);
    put(head + cautions(counters));
    if (!options_.live && shown() > 0) put("\n");
    if (const std::string text = overview_.text(options_.style); !text.empty()) put(text + "\n");
    if (!unsorted_) {
      for (const Level& level : levels_) {
        for (const std::string& block : level.blocks) out_.append(block);
        put(hidden_text(level, static_cast<Attention>(&level - levels_.data())));
      }
    }
    put(clusters(counters.judgement));
    put(footer(counters));
    out_.flush();
  }

  [[nodiscard]] bool good() const override { return out_.good(); }
  [[nodiscard]] int error_number() const override { return out_.error_number(); }

 private:
  void put(const std::string& text) { out_.append(options_.style.ascii ? to_ascii(text) : text); }

  // Every flow is wanted and there are too many to wait for the last one.
  void go_on_unsorted() {
    unsorted_ = true;
    for (Level& level : levels_) {
      for (const std::string& block : level.blocks) out_.append(block);
      level.blocks = {};
    }
    put(wrap("", "Too many flows to sort: the rest stands in the order in which they began, the summary at the end.",
             options_.style.width) +
        "\n");
  }

  [[nodiscard]] std::uint64_t shown() const {
    std::uint64_t sum = 0;
    for (const Level& level : levels_) sum += level.total;
    return sum;
  }

  static std::string extent(const CaptureCounters& counters) {
    std::string out =
        together(count_text(counters.packets, "packet")) + ", " + together(count_text(counters.flows, "TCP flow"));
    if (counters.first && counters.last) {
      out += ", " + seconds_text(counters.last->ns - counters.first->ns) + ", captured" + std::string(kNoBreak) +
             utc_text(*counters.first);
    }
    if (counters.dropped_kernel && *counters.dropped_kernel == 0 && counters.dropped_interface.value_or(0) == 0) {
      out += ", no drops";
    }
    return out;
  }

  [[nodiscard]] std::string heading(const CaptureCounters& counters) const {
    const std::size_t width = options_.style.width;
    const bool single = counters.files.size() == 1;
    std::string out = wrap("",
                           (single ? file_text(counters.files.front()) : count_text(counters.files.size(), "file")) +
                               ": " + extent(counters),
                           width);
    if (!single) {
      for (std::size_t i = 0; i < std::min(counters.files.size(), kListedFiles); ++i) {
        const InputFile& file = counters.files[i];
        out += wrap("  ", file_text(file) + ": " + count_text(file.packets, "packet"), width);
      }
      if (counters.files.size() > kListedFiles) {
        out += fmt::format("  and {} more\n", count_text(counters.files.size() - kListedFiles, "file"));
      }
    }
    const std::string nothing = nothing_text(counters);
    return nothing.empty() ? out : out + wrap("", nothing, width);
  }

  [[nodiscard]] std::string live_heading(const CaptureCounters& counters) const {
    std::string out = count_text(counters.packets, "packet");
    if (counters.first && counters.last) out += " in " + seconds_text(counters.last->ns - counters.first->ns);
    if (counters.dropped_kernel) out += fmt::format(", {} dropped by the kernel", *counters.dropped_kernel);
    if (counters.dropped_interface.value_or(0) > 0) {
      out += fmt::format(", {} dropped by the interface", *counters.dropped_interface);
    }
    return wrap("", out + ".", options_.style.width);
  }

  // What makes every statement below weaker is said above them.
  [[nodiscard]] std::string cautions(const CaptureCounters& counters) const {
    std::string out;
    const auto add = [&](const std::string& text) { out += wrap("▲ Capture   ", text, options_.style.width); };
    for (const InputFile& file : counters.files) {
      if (!file.truncated.empty()) add(file_text(file) + ": " + escape_terminal(file.truncated));
    }
    std::uint64_t dropped = counters.dropped_kernel.value_or(0) + counters.dropped_interface.value_or(0);
    for (const InputFile& file : counters.files) dropped += file.dropped;
    if (dropped > 0) add(count_text(dropped, "packet") + " dropped while capturing: gaps and silence may be ours.");
    std::uint64_t undecodable = 0;
    std::string reasons;
    std::size_t listed = 0;
    for (std::size_t i = 0; i < counters.undecodable.size(); ++i) {
      if (counters.undecodable[i] == 0) continue;
      undecodable += counters.undecodable[i];
      if (++listed > kListedReasons) continue;
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", counters.undecodable[i],
                             spaced(to_text(static_cast<Undecodable>(i))));
    }
    if (undecodable > 0) add(fmt::format("{} could not be decoded ({}).", count_text(undecodable, "packet"), reasons));
    if (counters.evicted_flows > 0) {
      add(count_text(counters.evicted_flows, "flow") +
          " reported early because of the limit on open flows or their memory.");
    }
    return out;
  }

  [[nodiscard]] std::string hidden_text(const Level& level, Attention kind) const {
    if (options_.live || level.total <= level.blocks.size()) return {};
    std::string out = fmt::format("and {} more {} {}", level.total - level.blocks.size(), level_word(kind),
                                  level.total - level.blocks.size() == 1 ? "flow" : "flows");
    std::vector<std::pair<std::uint64_t, std::string>> ids;
    for (const auto& [id, count] : level.hidden) {
      if (!id.empty()) ids.emplace_back(count, id);
    }
    std::sort(ids.begin(), ids.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (std::size_t i = 0; i < std::min(ids.size(), kListedReasons); ++i) {
      out += fmt::format("{}{} {}", i == 0 ? ": " : ", ", ids[i].first, escape_terminal(ids[i].second));
    }
    return wrap("", out + " (-v shows all)", options_.style.width) + "\n";
  }

  // Flows with the same story, in a line for each story.
  [[nodiscard]] std::string clusters(const CaptureJudgement& judgement) const {
    std::string out;
    for (std::size_t i = 0; i < std::min(judgement.clusters.size(), kListedReasons); ++i) {
      const CaptureJudgement::Cluster& cluster = judgement.clusters[i];
      out += wrap(fmt::format("{:>5} flows   ", cluster.flows.size()),
                  fmt::format("{}   [{}]", escape_terminal(cluster.sentence), escape_terminal(cluster.finding)),
                  options_.style.width);
    }
    return out.empty() ? out : out + "\n";
  }

  [[nodiscard]] std::string footer(const CaptureCounters& counters) const {
    const std::uint64_t flows = shown();
    if (counters.flows == 0) return {};
    if (flows == 0) return fmt::format("None of {} was selected.\n", count_text(counters.flows, "flow"));
    const auto total = [this](Attention level) { return levels_[static_cast<std::size_t>(level)].total; };
    const std::uint64_t problems = total(Attention::failed) + total(Attention::warning);
    std::string out = flows == counters.flows ? count_text(flows, "flow")
                                              : fmt::format("{} of {}", flows, count_text(counters.flows, "flow"));
    out += fmt::format(": {} ok, {}", total(Attention::ok), count_text(problems, "problem"));
    if (total(Attention::incomplete) > 0) out += fmt::format(", {} incomplete", total(Attention::incomplete));
    if (total(Attention::not_tls) > 0) out += fmt::format(", {} not TLS", total(Attention::not_tls));
    out += '.';
    if (options_.input.empty()) return wrap("", out, options_.style.width);
    // A command to copy stays in one line.
    const std::string details =
        fmt::format("Details: handlens explain {} --flow {}", escape_terminal(shell_word(options_.input)), first_id_);
    const bool fits = text_width(out) + 3 + text_width(details) <= options_.style.width;
    return out + (fits ? "   " : "\n") + details + '\n';
  }

  TextOptions options_;
  OutputBuffer& out_;
  std::array<Level, kAttentionLevels> levels_;
  EndingOverview overview_;
  std::size_t waiting_bytes_ = 0;              // of all blocks that wait
  bool unsorted_ = false;                      // blocks are printed as they come
  std::size_t first_rank_ = kAttentionLevels;  // of the flow that the footer points at
  std::uint64_t first_id_ = 0;
};

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,@%=";
  if (!text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::unique_ptr<Sink> make_text_sink(const TextOptions& options, OutputBuffer& out) {
  return std::make_unique<TextSink>(options, out);
}

}  // namespace handlens
