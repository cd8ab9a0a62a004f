// Parts of a record that repeat from flow to flow: written twice, named from then on (shared_texts.h). Threads: one.
#pragma once
#include <type_traits>

#include "src/output/json_writer.h"
#include "src/output/record_memo.h"

namespace handlens {

// Whether what is written to this visitor can name texts.
template <class Out>
[[nodiscard]] bool can_share(const RecordMemo& memo) {
  return std::is_same_v<Out, JsonWriter> && memo.shared() != nullptr;
}

// It is worth keeping when it is met for the second time.
template <class Write>
void make_shared_text(SharedText& text, RecordMemo& memo, const Write& write) {
  if (text.state == SharedText::State::met) {
    text.state = SharedText::State::once;
    return;
  }
  if (memo.shared()->is_full()) {  // it is not worth writing twice to learn that
    text.state = SharedText::State::not_kept;
    return;
  }
  memo.scratch.clear();
  JsonWriter writer(memo.scratch);
  write(writer);
  if (memo.scratch.size() > SharedTexts::kReference) text.number = memo.shared()->add(memo.scratch.view());
  text.state = text.number != SharedTexts::kNone ? SharedText::State::kept : SharedText::State::not_kept;
}

// What `write` makes of a visitor: members of an object, or an element of an array, always the same of this text.
template <class Out, class Write>
void visit_shared(SharedText& text, RecordMemo& memo, Out& out, const Write& write) {
  if constexpr (std::is_same_v<Out, JsonWriter>) {
    const bool is_open = text.state == SharedText::State::met || text.state == SharedText::State::once;
    if (is_open && can_share<Out>(memo)) make_shared_text(text, memo, write);
    if (text.state == SharedText::State::kept) {
      out.shared(text.number);
      return;
    }
  }
  write(out);
}

}  // namespace handlens
