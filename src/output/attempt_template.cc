#include "src/output/attempt_template.h"

#include <array>
#include <charconv>
#include <cstring>

#include "src/output/community_id.h"
#include "src/output/json_writer.h"

namespace handlens {
namespace {

constexpr std::size_t kLongestFill = 64;  // a connection key has 49 characters, an IPv6 address up to 45

template <class Number>
char* put_number(Number value, char* out) {
  return std::to_chars(out, out + kLongestFill, value).ptr;
}

char* put_text(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_dotted(const std::array<std::uint8_t, 16>& bytes, char* out) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *out++ = '.';
    const unsigned value = bytes[i];
    if (value >= 100) *out++ = static_cast<char>('0' + value / 100);
    if (value >= 10) *out++ = static_cast<char>('0' + value / 10 % 10);
    *out++ = static_cast<char>('0' + value % 10);
  }
  return out;
}

}  // namespace

// Lets the general walk write the record and notes where the numbers of the attempt went.
class AttemptRecorder final : public RecordVisitor {
 public:
  AttemptRecorder(const FlowAttempt& attempt, AttemptTemplate& out)
      : attempt_(attempt), out_(out), writer_(out.text_) {}

  [[nodiscard]] bool is_fit() const { return is_fit_; }

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
  void text(Key key, std::string_view raw) override { writer_.text(key, raw); }
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
    const std::size_t before = out_.text_.size();
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
    const std::size_t before = out_.text_.size();
    writer_.signed_number(key, value);
    if (key != "seq") return;
    is_fit_ = is_fit_ && attempt_.count == 2 && value == attempt_.packets[1].seq;
    blank(digits(before, key), Fill::seq, 1);
  }

  void seconds(Key key, std::int64_t nanoseconds) override {
    const std::size_t before = out_.text_.size();
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
  using Fill = AttemptTemplate::Fill;

  [[nodiscard]] bool inside(Key key) const { return !enclosing_.empty() && enclosing_.back() == key; }
  // Of the object at hand.
  [[nodiscard]] std::size_t side() {
    if (inside("client")) return out_.client_;
    if (inside("server")) return 1u - out_.client_;
    is_fit_ = false;
    return 0;
  }
  // How long the value is that was just written behind a key, and perhaps behind a comma.
  [[nodiscard]] std::size_t digits(std::size_t before, Key key) const {
    const std::size_t comma = out_.text_[before] == ',' ? 1 : 0;
    const std::size_t name = key.empty() ? 0 : key.size() + 3;
    return out_.text_.size() - before - comma - name;
  }
  // Takes out the last `size` bytes but for the `behind` that follow them.
  void blank(std::size_t size, Fill fill, std::size_t which, std::size_t behind = 0) {
    std::string& text = out_.text_;
    text.erase(text.size() - behind - size, size);
    const std::size_t at = text.size() - behind;
    out_.blanks_.push_back({static_cast<std::uint32_t>(at - last_), fill, static_cast<std::uint8_t>(which)});
    last_ = at;
  }

  const FlowAttempt& attempt_;
  AttemptTemplate& out_;
  JsonWriter writer_;
  std::vector<Key> enclosing_;
  std::size_t frame_ = 0;  // whose frame number was written last: its time follows
  std::size_t last_ = 0;   // where the last blank is
  bool is_fit_ = true;
};

bool AttemptTemplate::take_off(const FlowAttempt& attempt, const AnalyzedFlow& flow, const RecordOptions& options,
                               RecordMemo& memo) {
  text_.clear();
  blanks_.clear();
  client_ = static_cast<std::uint8_t>(index(flow.report.client_direction));
  has_isn_[client_] = flow.report.facts(Side::client).isn.has_value();
  has_isn_[1u - client_] = flow.report.facts(Side::server).isn.has_value();
  AttemptRecorder recorder(attempt, *this);
  visit_flow(flow, options, memo, "", recorder);
  text_ += '\n';
  return recorder.is_fit() && flow.findings.empty();
}

std::size_t AttemptTemplate::room() const { return text_.size() + blanks_.size() * kLongestFill; }

char* AttemptTemplate::write(const FlowAttempt& attempt, DateWriter& dates, char* out) const {
  std::array<char, kLongestFill> community{};  // comes before the connection key, which begins with it
  char* community_end = community.data();
  const std::int64_t first_ns = attempt.packets[0].time.ns;
  const char* text = text_.data();
  for (const Blank& blank : blanks_) {
    std::memcpy(out, text, blank.before);
    out += blank.before;
    text += blank.before;
    const AttemptPacket& packet = attempt.packets[blank.which];
    const Endpoint& end = attempt.ends[blank.which];
    switch (blank.fill) {
      case Fill::id:
        out = put_number(attempt.id, out);
        break;
      case Fill::community:
        community_end = put_community_id(attempt.ends[0], attempt.ends[1], community.data());
        out = put_text({community.data(), static_cast<std::size_t>(community_end - community.data())}, out);
        break;
      case Fill::connection:
        out = put_text({community.data(), static_cast<std::size_t>(community_end - community.data())}, out);
        *out++ = '#';
        out = put_isn(attempt, client_, out);
        *out++ = '-';
        out = put_isn(attempt, 1u - client_, out);
        break;
      case Fill::ip:
        out = end.ip.v6 ? put_text(to_text(end.ip), out) : put_dotted(end.ip.bytes, out);
        break;
      case Fill::port:
        out = put_number(end.port, out);
        break;
      case Fill::date:
        out = dates.put(packet.time, out);
        break;
      case Fill::frame:
        out = put_number(packet.frame, out);
        break;
      case Fill::since_first:
        out = put_seconds(packet.time.ns - first_ns, out);
        break;
      case Fill::seq:
        out = put_number(packet.seq, out);
        break;
      case Fill::ip_id:
        out = put_number(packet.ip_id, out);
        break;
    }
  }
  const auto rest = static_cast<std::size_t>(text_.data() + text_.size() - text);
  std::memcpy(out, text, rest);
  return out + rest;
}

// As connection_key does.
char* AttemptTemplate::put_isn(const FlowAttempt& attempt, std::size_t from, char* out) const {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (!has_isn_[from]) {
    *out++ = '?';
    return out;
  }
  for (int shift = 28; shift >= 0; shift -= 4) *out++ = kHex[attempt.packets[from].seq >> shift & 0xf];
  return out;
}

// Met a second time it is worth a template, the third time the template is tried.
void AttemptWriter::learn(Known& known, const FlowAttempt& attempt, const AnalyzedFlow& flow, std::string_view record,
                          RecordMemo& memo) {
  switch (known.state) {
    case State::met:
      known.state = State::once;
      break;
    case State::once:
      known.state = known.blank.take_off(attempt, flow, options_, memo) ? State::taken_off : State::not_fit;
      break;
    case State::taken_off:
      known.state = fill(known.blank, attempt) == record ? State::trusted : State::not_fit;
      break;
    case State::trusted:
    case State::not_fit:
      break;
  }
}

std::string_view AttemptWriter::fill(const AttemptTemplate& blank, const FlowAttempt& attempt) {
  if (line_.size() < blank.room()) line_.resize(blank.room());
  const char* end = blank.write(attempt, dates_, line_.data());
  return {line_.data(), static_cast<std::size_t>(end - line_.data())};
}

}  // namespace handlens
