// The record of an attempt, written once for each shape: the text that stays, and the places of what tells one such
// flow from the other.
//
// A template is taken off a record that the general walk (record.h) wrote. So it knows nothing of the record's form but
// under which keys the numbers of an attempt stand. Before it is used it must write another flow of its shape as the
// general walk does; a shape of which that fails is never written from a template. Bounded by ShapeMemo. Threads: one.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "src/findings/whole_flow.h"
#include "src/output/attempt_texts.h"
#include "src/output/record.h"
#include "src/output/rendered_flow.h"
#include "src/output/shape_memo.h"
#include "src/output/text_buffer.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

class AttemptTemplate {
 public:
  static constexpr std::size_t kBlock = 32;  // short pieces of text are copied as so many bytes

  // From the flow's record. False: it holds something that a template cannot write.
  [[nodiscard]] bool take_off(const FlowAttempt& attempt, const AnalyzedFlow& flow, const RecordOptions& options,
                              RecordMemo& memo);
  // Appends the record with its line end.
  void write(const FlowAttempt& attempt, AttemptTexts& texts, TextBuffer& out) const;

 private:
  friend class AttemptRecorder;
  void add_blank(std::size_t before, AttemptTexts::Number number);
  struct Blank {
    std::uint32_t before = 0;  // bytes of text_ between the last blank and this one
    AttemptTexts::Number number;
  };
  std::string text_;      // what stays, without the blanks; behind it a block
  std::size_t size_ = 0;  // of what stays
  std::vector<Blank> blanks_;
  std::vector<AttemptTexts::Number> numbers_;  // of the blanks, each once, in the order of their first places
  AttemptTexts::Isns isns_;
};

// What write() needs of an attempt beside its id, packed.
class AttemptNumbers {
 public:
  static constexpr std::size_t kSize = 96;
  // The packed form lives in `room`.
  [[nodiscard]] static std::string_view pack(const FlowAttempt& attempt, std::array<char, kSize>& room);
  // REQUIRES: what pack() made. Without its shape.
  [[nodiscard]] static FlowAttempt unpack(std::uint64_t id, std::string_view packed);
};

// The templates of one output. They live as long as it does: what waits to be written may need them. Bounded: of shapes
// beyond kMostTemplates every record is written at once. Threads: all of its functions may be called by every renderer.
class TemplateStore {
 public:
  // Null: no more are kept.
  [[nodiscard]] const AttemptTemplate* keep(AttemptTemplate&& blank);

 private:
  static constexpr std::size_t kMostTemplates = 4096;
  std::mutex mutex_;
  std::deque<AttemptTemplate> templates_;
};

// NDJSON records of attempts.
class AttemptWriter {
 public:
  // `store` must outlive it.
  AttemptWriter(const RecordOptions& options, TemplateStore& store) : options_(options), store_(store) {}
  // The record, or a template and the numbers to write it from; good until the next call. `general` writes a whole
  // flow.
  template <class General>
  [[nodiscard]] RenderedFlow write(const FlowAttempt& attempt, WholeFlow& whole, RecordMemo& memo,
                                   const General& general) {
    Known& known = known_[attempt.shape];
    if (known.state == State::trusted) return numbers_of(attempt, known);
    const AnalyzedFlow flow = whole.make();
    const RenderedFlow rendered = general(flow);
    learn(known, attempt, flow, rendered.text, memo);
    return rendered;
  }

 private:
  enum class State : std::uint8_t { met, once, taken_off, trusted, not_fit };
  static constexpr std::uint8_t kMostFailures = 4, kAgreements = 3;
  struct Known {
    State state = State::met;
    std::uint8_t failures = 0, agreements = 0;
    AttemptTemplate blank;                  // until it is trusted
    const AttemptTemplate* kept = nullptr;  // from then on
  };
  void learn(Known& known, const FlowAttempt& attempt, const AnalyzedFlow& flow, std::string_view record,
             RecordMemo& memo);
  [[nodiscard]] RenderedFlow numbers_of(const FlowAttempt& attempt, const Known& known);

  RecordOptions options_;
  TemplateStore& store_;
  ShapeMemo<Known> known_;
  AttemptTexts texts_;
  TextBuffer line_;
  std::array<char, AttemptNumbers::kSize> packed_{};
};

}  // namespace handlens
