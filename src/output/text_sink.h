// The summary for people: a heading for the input, a block for each flow with problems first, a footer.
//
// Offline the heading and the order are known only at the end, so rendered blocks wait; how many is bounded for each
// kind of flow (the rest is counted by finding), or, if every flow is wanted, by their bytes: beyond kSortedTextBytes
// they are printed, and what follows is printed as it comes, with the heading at the end. Live, blocks are printed as
// flows finish.
#pragma once
#include <memory>
#include <string>

#include "src/output/output_buffer.h"
#include "src/output/sink.h"
#include "src/output/style.h"

namespace handlens {

inline constexpr std::size_t kSortedTextBytes = 16 * 1024 * 1024;  // some 50,000 flows

struct TextOptions {
  Style style;
  bool verbose = false;  // every flow, however many
  bool live = false;     // print at once
  std::string input;     // as typed, for the hint in the footer; "" for none
  std::size_t sorted_bytes = kSortedTextBytes;
};

// `out` must outlive the sink. Threads: one.
[[nodiscard]] std::unique_ptr<Sink> make_text_sink(const TextOptions& options, OutputBuffer& out);

// A word for a shell: quoted only if it must be.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace handlens
