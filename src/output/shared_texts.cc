#include "src/output/shared_texts.h"

namespace handlens {

SharedTexts::Number SharedTexts::add(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
  const Number count = count_.load(std::memory_order_relaxed);
  if (count == kMostTexts || text.size() > kMostBytes - bytes_) {
    is_full_.store(true, std::memory_order_relaxed);
    return kNone;
  }
  std::unique_ptr<Page>& page = pages_[count / kPage];
  if (!page) page = std::make_unique<Page>();
  std::string& kept = (*page)[count % kPage];
  kept = text;
  bytes_ += text.size();
  numbers_.emplace(kept, count + 1);
  count_.store(count + 1, std::memory_order_release);
  return count + 1;
}

std::string_view SharedTexts::at(Number number) const {
  if (number == kNone || number > count_.load(std::memory_order_acquire)) return {};
  return (*pages_[(number - 1) / kPage])[(number - 1) % kPage];
}

void SharedTexts::expand(std::string_view record, TextBuffer& out) const {
  for (;;) {
    const std::size_t mark = record.find(kMark);
    out.append(record.substr(0, mark));
    if (mark == std::string_view::npos) return;
    record.remove_prefix(mark + 1);
    Number number = kNone;
    if (record.size() < sizeof(number)) return;
    std::memcpy(&number, record.data(), sizeof(number));
    record.remove_prefix(sizeof(number));
    out.append(at(number));
  }
}

}  // namespace handlens
