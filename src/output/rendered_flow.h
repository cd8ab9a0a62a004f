// A finished flow as one output shows it: made by the thread that finished it, written by whichever has its turn.
//
// Only views: they live until the renderer's next flow, or as long as the encoded bytes they were read from. Encoded
// flows are for the same run on the same machine (a queue, a temporary file): sizes in the machine's own byte order.
// Threads: none of its own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/findings/whole_flow.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

class AttemptTemplate;

struct RenderedFlow {
  std::uint64_t id = 0;
  bool selected = false;     // false: it takes its place in the order, and is not shown
  std::uint8_t level = 0;    // text: its Attention
  std::string_view kind;     // text: how it ended, for the overview
  std::string_view finding;  // text: the primary one
  // The record or block; "" if it is certain not to be shown. It may name texts that only its sink has.
  std::string_view text;
  // Of attempts, which come in millions, only the numbers are kept until their turn comes: `text` is what this writes
  // the record from. It lives as long as the sink that made the renderer.
  const AttemptTemplate* pattern = nullptr;
  bool failed = false;  // the rest of the capture may have to say something about it
  // Only says that this flow, which failed, will come when the input has ended; with kAllTold, that one engine has told
  // all that does not wait for that.
  bool is_word = false;
};

[[nodiscard]] inline RenderedFlow word_of(std::uint64_t id) {
  RenderedFlow word;
  word.id = id;
  word.is_word = true;
  return word;
}
inline constexpr std::uint64_t kAllTold = 0;  // the id of the word of an engine

// Appends the flow. Returns how many bytes that took. Kinds and findings are cut at 64 KiB; ours are words.
std::size_t encode(const RenderedFlow& flow, std::string& out);
// The same, into encoded_bytes() bytes at `out`; returns their end.
[[nodiscard]] std::size_t encoded_bytes(const RenderedFlow& flow);
char* encode(const RenderedFlow& flow, char* out);

// What stands in front of an encoded flow: its id and how many bytes it takes in all.
struct EncodedSize {
  std::uint64_t id = 0;
  std::size_t bytes = 0;
};
inline constexpr std::size_t kEncodedHeader = 32;
// REQUIRES: at least kEncodedHeader bytes that encode() wrote.
[[nodiscard]] EncodedSize encoded_size(const char* bytes);
// The flow at the front of `bytes`, which is moved past it. REQUIRES: a whole encoded flow.
[[nodiscard]] RenderedFlow decode(std::string_view& bytes);

// Turns flows into what an output shows. Threads: one; several renderers of one sink may work at once.
class FlowRenderer {
 public:
  virtual ~FlowRenderer() = default;
  // Lives until the next call.
  [[nodiscard]] virtual RenderedFlow render(const AnalyzedFlow& flow) = 0;
  // What the sink will write as it writes `render(whole.make())`, whether or not the flow is needed whole.
  [[nodiscard]] virtual RenderedFlow render_attempt(const FlowAttempt& attempt, WholeFlow& whole) {
    static_cast<void>(attempt);
    return render(whole.make());
  }
};

// Where rendered flows go: to the sink at once, to a queue, or into their order first.
class RenderedSink {
 public:
  virtual ~RenderedSink() = default;
  virtual void put(const RenderedFlow& flow) = 0;
};

}  // namespace handlens
