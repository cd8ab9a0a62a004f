#include "src/output/attempt_template.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "src/output/json_writer.h"

namespace handlens {
namespace {

// REQUIRES: kBlock bytes at both places, however few are wanted.
char* put_block(const char* text, std::size_t size, char* out) {
  if (size <= AttemptTemplate::kBlock) {
    std::memcpy(out, text, AttemptTemplate::kBlock);  // a few instructions, no call
  } else {
    std::memcpy(out, text, size);
  }
  return out + size;
}

}  // namespace

// Lets the general walk write the record and notes where the numbers of the attempt went.
class AttemptRecorder final : public RecordVisitor {
 public:
  AttemptRecorder(const FlowAttempt& attempt, AttemptTemplate& out)
      : attempt_(attempt), out_(out), writer_(text_), is_fit_(!has_like_addresses()) {}

  [[nodiscard]] bool is_fit() const { return is_fit_; }
  [[nodiscard]] std::string_view text() const { return text_.view(); }

  void begin_object(Key key) override {
    enclosing_.push_back(key);
    writer_.begin_object(key);
  }
  void begin_array(Key key) override {
    enclosing_.push_back(key);
    writer_.begin_array(key);
  }
  void end_object() override {
    enclosing_.pop_back();
    writer_.end_object();
  }
  void end_array() override {
    enclosing_.pop_back();
    writer_.end_array();
  }
  void text(Key key, std::string_view raw) override {
    const std::size_t before = text_.size();
    writer_.text(key, raw);
    blank_in_sentence(before + (key.empty() ? 0 : key.size() + 3));
  }
  void boolean(Key key, bool value) override { writer_.boolean(key, value); }

  void word(Key key, std::string_view clean) override {
    writer_.word(key, clean);
    constexpr std::size_t kQuote = 1;
    if (key == "community_id") blank(clean.size(), Fill::community, 0, kQuote);
    if (key == "conn_key") blank(clean.size(), Fill::connection, 0, kQuote);
    if (key == "start") blank(clean.size(), Fill::date, 0, kQuote);
    if (key == "end") blank(clean.size(), Fill::date, attempt_.count - 1, kQuote);
    if (key == "ip") blank(clean.size(), Fill::ip, side(), kQuote);
  }

  void number(Key key, std::uint64_t value) override {
    const std::size_t before = text_.size();
    writer_.number(key, value);
    const std::size_t size = digits(before, key);
    if (key == "id" && inside("flow")) blank(size, Fill::id, 0);
    if (key == "port") blank(size, Fill::port, side());
    if (key == "isn") blank(size, Fill::seq, side());
    if (key == "ip_id") blank(size, Fill::ip_id, inside("") ? 1 : side());
    if (key.ends_with("frame") || (key.empty() && inside("frames"))) {
      frame_ = attempt_.packets[0].frame == value ? 0 : 1;
      is_fit_ = is_fit_ && frame_ < attempt_.count && attempt_.packets[frame_].frame == value;
      blank(size, Fill::frame, frame_);
    }
  }

  // Of a reset that answers: its sender sent nothing that the number could be relative to.
  void signed_number(Key key, std::int64_t value) override {
    const std::size_t before = text_.size();
    writer_.signed_number(key, value);
    if (key != "seq") return;
    is_fit_ = is_fit_ && attempt_.count == 2 && value == attempt_.packets[1].seq;
    blank(digits(before, key), Fill::seq, 1);
  }

  void seconds(Key key, std::int64_t nanoseconds) override {
    const std::size_t before = text_.size();
    writer_.seconds(key, nanoseconds);
    const std::size_t size = digits(before, key);
    if (key == "t") {
      blank(size, Fill::since_first, frame_);
    } else if (key == "duration" || key == "syn_to_syn_ack") {
      blank(size, Fill::since_first, attempt_.count - 1);
    } else {
      is_fit_ = false;
    }
  }

 private:
  using Fill = AttemptTexts::Fill;

  [[nodiscard]] bool inside(Key key) const { return !enclosing_.empty() && enclosing_.back() == key; }
  // Of the object at hand.
  [[nodiscard]] std::size_t side() {
    if (inside("client")) return out_.isns_.client;
    if (inside("server")) return 1u - out_.isns_.client;
    is_fit_ = false;
    return 0;
  }
  // Takes the attempt's numbers out of a sentence that stands at the end of the text, from `at` on. What looks like one
  // of them by chance, or like a number of which nobody knows how it is told, leaves no template.
  void blank_in_sentence(std::size_t at) {
    bool after_address = false;
    while (at < text_.size()) {
      const std::string_view text = text_.view();
      if (const std::optional<std::size_t> side = address_at(at)) {
        const std::size_t size = to_text(attempt_.ends[*side].ip).size();
        blank(size, Fill::ip, *side, text.size() - at - size);
        const std::string_view behind = text_.view().substr(at);
        after_address = behind.starts_with(':') || behind.starts_with("]:");
        if (after_address) at += behind.starts_with(':') ? 1u : 2u;
        last_side_ = *side;
        continue;
      }
      std::size_t end = at;
      while (end < text.size() && is_digit(text[end])) ++end;
      if (end == at) {
        ++at;
        continue;
      }
      const bool is_frame = at > 0 && text[at - 1] == '#';
      at = blank_number(at, end, is_frame, std::exchange(after_address, false));
    }
  }
  // The number in [at, end) of the text. Returns where to go on.
  std::size_t blank_number(std::size_t at, std::size_t end, bool is_frame, bool is_port) {
    std::uint64_t value = 0;
    const std::string_view text = text_.view();
    if (std::from_chars(text.data() + at, text.data() + end, value).ec != std::errc{}) is_fit_ = false;
    const std::size_t behind = text.size() - end;
    if (is_frame) {
      const std::size_t which = attempt_.packets[0].frame == value ? 0 : 1;
      is_fit_ = is_fit_ && which < attempt_.count && attempt_.packets[which].frame == value;
      blank(end - at, Fill::frame, which, behind);
      return at;
    }
    if (is_port && attempt_.ends[last_side_].port == value) {
      blank(end - at, Fill::port, last_side_, behind);
      return at;
    }
    is_fit_ = is_fit_ && !is_port && !is_sequence_number(value) && !text.substr(0, at).ends_with("IP-ID ");
    return end;
  }
  // Whose address stands at `at`, and nothing longer.
  [[nodiscard]] std::optional<std::size_t> address_at(std::size_t at) const {
    const std::string_view text = text_.view();
    const auto is_part = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
    if (!is_part(text[at]) && text[at] != ':') return std::nullopt;
    if (at > 0 && (is_part(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == ':')) return std::nullopt;
    for (std::size_t side = 0; side < attempt_.ends.size(); ++side) {
      const std::string address = to_text(attempt_.ends[side].ip);
      if (!text.substr(at).starts_with(address)) continue;
      const std::size_t end = at + address.size();
      if (end == text.size() || !is_part(text[end])) return side;
    }
    return std::nullopt;
  }
  // In a sentence nobody could tell whose address it is.
  [[nodiscard]] bool has_like_addresses() const {
    const std::string first = to_text(attempt_.ends[0].ip), second = to_text(attempt_.ends[1].ip);
    return first.starts_with(second) || second.starts_with(first);
  }
  [[nodiscard]] bool is_sequence_number(std::uint64_t value) const {
    return value != 0 &&
           (value == attempt_.packets[0].seq || (attempt_.count == 2 && value == attempt_.packets[1].seq));
  }
  [[nodiscard]] static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  // How long the value is that was just written behind a key, and perhaps behind a comma.
  [[nodiscard]] std::size_t digits(std::size_t before, Key key) const {
    const std::size_t comma = text_.view()[before] == ',' ? 1 : 0;
    const std::size_t name = key.empty() ? 0 : key.size() + 3;
    return text_.size() - before - comma - name;
  }
  // Takes out the last `size` bytes but for the `behind` that follow them.
  void blank(std::size_t size, Fill fill, std::size_t which, std::size_t behind = 0) {
    text_.erase(text_.size() - behind - size, size);
    const std::size_t at = text_.size() - behind;
    out_.add_blank(at - last_, AttemptTexts::number(fill, which));
    last_ = at;
  }

  const FlowAttempt& attempt_;
  AttemptTemplate& out_;
  TextBuffer text_;
  JsonWriter writer_;
  std::vector<Key> enclosing_;
  std::size_t last_side_ = 0;  // whose address a sentence named last
  std::size_t frame_ = 0;      // whose frame number was written last: its time follows
  std::size_t last_ = 0;       // where the last blank is
  bool is_fit_;
};

bool AttemptTemplate::take_off(const FlowAttempt& attempt, const AnalyzedFlow& flow, const RecordOptions& options,
                               RecordMemo& memo) {
  blanks_.clear();
  numbers_.clear();
  isns_.client = static_cast<std::uint8_t>(index(flow.report.client_direction));
  isns_.are_known[isns_.client] = flow.report.facts(Side::client).isn.has_value();
  isns_.are_known[1u - isns_.client] = flow.report.facts(Side::server).isn.has_value();
  AttemptRecorder recorder(attempt, *this);
  visit_flow(flow, options, memo, "", recorder);
  text_ = recorder.text();
  text_ += '\n';
  size_ = text_.size();
  text_.append(kBlock, '\0');
  return recorder.is_fit();
}

void AttemptTemplate::add_blank(std::size_t before, AttemptTexts::Number number) {
  blanks_.push_back({static_cast<std::uint32_t>(before), number});
  if (std::find(numbers_.begin(), numbers_.end(), number) == numbers_.end()) numbers_.push_back(number);
}

// What a copied block holds too much is written over by what follows, or stays behind the end.
void AttemptTemplate::write(const FlowAttempt& attempt, AttemptTexts& texts, TextBuffer& out) const {
  for (const AttemptTexts::Number number : numbers_) texts.write(number, attempt, isns_);
  char* to = out.room(size_ + blanks_.size() * AttemptTexts::kRoom + kBlock);
  const char* text = text_.data();
  std::size_t left = size_;
  for (const Blank& blank : blanks_) {
    to = texts.copy(blank.number, put_block(text, blank.before, to));
    text += blank.before;
    left -= blank.before;
  }
  out.set_end(put_block(text, left, to));
}

// Met a second time it is worth a template, then the template is tried. One that could not be taken off, because two
// numbers of that flow were the same by chance, is taken off another.
void AttemptWriter::learn(Known& known, const FlowAttempt& attempt, const AnalyzedFlow& flow, std::string_view record,
                          RecordMemo& memo) {
  switch (known.state) {
    case State::met:
      known.state = State::once;
      break;
    case State::once:
      if (known.blank.take_off(attempt, flow, options_, memo)) {
        known.state = State::taken_off;
      } else if (++known.failures == kMostFailures) {
        known.state = State::not_fit;
      }
      break;
    case State::taken_off:
      line_.clear();
      known.blank.write(attempt, texts_, line_);
      if (line_.view() != record) {
        known.state = State::not_fit;
      } else if (++known.agreements == kAgreements) {
        known.kept = store_.keep(std::move(known.blank));
        known.state = known.kept != nullptr ? State::trusted : State::not_fit;
      }
      break;
    case State::trusted:
    case State::not_fit:
      break;
  }
}

RenderedFlow AttemptWriter::numbers_of(const FlowAttempt& attempt, const Known& known) {
  return {.id = attempt.id,
          .selected = true,
          .kind = {},
          .finding = {},
          .text = AttemptNumbers::pack(attempt, packed_),
          .pattern = known.kept};
}

const AttemptTemplate* TemplateStore::keep(AttemptTemplate&& blank) {
  const std::lock_guard lock(mutex_);
  if (templates_.size() >= kMostTemplates) return nullptr;
  return &templates_.emplace_back(std::move(blank));
}

namespace {

// Without padding; behind it the addresses.
struct Packed {
  std::array<std::uint64_t, 2> frame{};
  std::array<std::int64_t, 2> time{};
  std::array<std::uint32_t, 2> seq{}, ip_id{};
  std::array<std::uint16_t, 2> port{};
  std::uint16_t count = 0, v6 = 0;
};
static_assert(sizeof(Packed) == 56 && sizeof(Packed) + 32 <= AttemptNumbers::kSize);

// Sizes that the compiler knows: no call for a few bytes.
template <std::size_t width>
void pack_addresses(const FlowAttempt& attempt, char* out) {
  for (std::size_t i = 0; i < 2; ++i) std::memcpy(out + i * width, attempt.ends[i].ip.bytes.data(), width);
}
template <std::size_t width>
void unpack_addresses(const char* bytes, FlowAttempt& attempt) {
  for (std::size_t i = 0; i < 2; ++i) std::memcpy(attempt.ends[i].ip.bytes.data(), bytes + i * width, width);
}

}  // namespace

std::string_view AttemptNumbers::pack(const FlowAttempt& attempt, std::array<char, kSize>& room) {
  const bool v6 = attempt.ends[0].ip.v6;
  Packed packed;
  packed.count = static_cast<std::uint16_t>(attempt.count);
  packed.v6 = v6 ? 1 : 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const AttemptPacket& packet = attempt.packets[i];
    packed.frame[i] = packet.frame;
    packed.time[i] = packet.time.ns;
    packed.seq[i] = packet.seq;
    packed.ip_id[i] = packet.ip_id;
    packed.port[i] = attempt.ends[i].port;
  }
  std::memcpy(room.data(), &packed, sizeof(packed));
  char* const addresses = room.data() + sizeof(packed);
  v6 ? pack_addresses<16>(attempt, addresses) : pack_addresses<4>(attempt, addresses);
  return {room.data(), sizeof(packed) + (v6 ? 32 : 8)};
}

FlowAttempt AttemptNumbers::unpack(std::uint64_t id, std::string_view bytes) {
  Packed packed;
  std::memcpy(&packed, bytes.data(), sizeof(packed));
  FlowAttempt attempt;
  attempt.id = id;
  attempt.count = packed.count;
  const bool v6 = packed.v6 != 0;
  for (std::size_t i = 0; i < 2; ++i) {
    attempt.packets[i] = {packed.frame[i], {packed.time[i]}, packed.seq[i], packed.ip_id[i]};
    attempt.ends[i].port = packed.port[i];
    attempt.ends[i].ip.v6 = v6;
  }
  const char* const addresses = bytes.data() + sizeof(packed);
  v6 ? unpack_addresses<16>(addresses, attempt) : unpack_addresses<4>(addresses, attempt);
  return attempt;
}

}  // namespace handlens
