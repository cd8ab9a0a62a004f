// The record of an attempt, written once for each shape: the text that stays, and the places of what tells one such
// flow from the other.
//
// A template is taken off a record that the general walk (record.h) wrote. So it knows nothing of the record's form but
// under which keys the numbers of an attempt stand. Before it is used it must write another flow of its shape as the
// general walk does; a shape of which that fails is never written from a template. Bounded by ShapeMemo. Threads: one.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/findings/whole_flow.h"
#include "src/output/record.h"
#include "src/output/shape_memo.h"
#include "src/output/time_text.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

class AttemptTemplate {
 public:
  enum class Fill : std::uint8_t { id, community, connection, ip, port, date, frame, since_first, seq, ip_id };

  // From the flow's record. False: it holds something that a template cannot write.
  [[nodiscard]] bool take_off(const FlowAttempt& attempt, const AnalyzedFlow& flow, const RecordOptions& options,
                              RecordMemo& memo);
  // How many bytes write() needs at most.
  [[nodiscard]] std::size_t room() const;
  // Returns the end of what was written.
  [[nodiscard]] char* write(const FlowAttempt& attempt, DateWriter& dates, char* out) const;

 private:
  friend class AttemptRecorder;
  [[nodiscard]] char* put_isn(const FlowAttempt& attempt, std::size_t from, char* out) const;
  struct Blank {
    std::uint32_t before = 0;  // bytes of text_ between the last blank and this one
    Fill fill = Fill::id;
    std::uint8_t which = 0;  // a Direction
  };
  std::string text_;  // what stays, without the blanks
  std::vector<Blank> blanks_;
  std::uint8_t client_ = 0;        // the Direction of what the client sends
  std::array<bool, 2> has_isn_{};  // by Direction
};

// NDJSON records of attempts.
class AttemptWriter {
 public:
  explicit AttemptWriter(const RecordOptions& options) : options_(options) {}
  // The record with its line end; lives until the next call. `general` writes a whole flow into the given string.
  template <class General>
  [[nodiscard]] std::string_view write(const FlowAttempt& attempt, WholeFlow& whole, RecordMemo& memo,
                                       const General& general) {
    Known& known = known_[attempt.shape];
    if (known.state == State::trusted) return fill(known.blank, attempt);
    const AnalyzedFlow flow = whole.make();
    const std::string_view record = general(flow);
    learn(known, attempt, flow, record, memo);
    return record;
  }

 private:
  enum class State : std::uint8_t { met, once, taken_off, trusted, not_fit };
  struct Known {
    State state = State::met;
    AttemptTemplate blank;
  };
  void learn(Known& known, const FlowAttempt& attempt, const AnalyzedFlow& flow, std::string_view record,
             RecordMemo& memo);
  [[nodiscard]] std::string_view fill(const AttemptTemplate& blank, const FlowAttempt& attempt);

  RecordOptions options_;
  ShapeMemo<Known> known_;
  DateWriter dates_;
  std::vector<char> line_;
};

}  // namespace handlens
