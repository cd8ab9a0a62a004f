// The one walk over a flow in the order of the record contract (`handlens schema`).
//
// Every machine-readable output speaks RecordVisitor, so that they cannot disagree on a key, an order or a value. The
// walk decides what is known: a value that is not known is never visited. Absolute times are RFC 3339 words, durations
// and `t` are nanoseconds that the visitor prints as seconds.
// Threads: a RecordMemo belongs to one thread; the walk has no other state.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "src/findings/finding.h"
#include "src/output/record_memo.h"
#include "src/timeline/counters.h"

namespace handlens {

class RecordVisitor {
 public:
  using Key = std::string_view;  // "" for elements of an array, and for the outermost object
  virtual ~RecordVisitor() = default;
  virtual void begin_object(Key key) = 0;
  virtual void end_object() = 0;
  virtual void begin_array(Key key) = 0;
  virtual void end_array() = 0;
  virtual void text(Key key, std::string_view raw) = 0;  // untrusted bytes
  virtual void word(Key key,
                    std::string_view clean) = 0;  // our own: printable ASCII without quotation mark and backslash
  virtual void number(Key key, std::uint64_t value) = 0;
  virtual void signed_number(Key key, std::int64_t value) = 0;
  virtual void boolean(Key key, bool value) = 0;
  virtual void seconds(Key key, std::int64_t nanoseconds) = 0;
};

struct RecordOptions {
  bool certificate_der = false;  // base64 DER of every certificate that the engine kept
};

// What `capture.handlens` says.
struct ProgramInfo {
  std::string version, libpcap, openssl;
};

inline constexpr std::string_view kFlowSchema = "handlens.flow/1";
inline constexpr std::string_view kCaptureSchema = "handlens.capture/1";

// The walk comes in two forms: for any visitor, and for the one that nearly all records go through, whose calls are
// then direct ones and mostly inlined.
class JsonWriter;

// One flow as an object with the given key.
void visit_flow(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo, RecordVisitor::Key key,
                RecordVisitor& out);
void visit_flow(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo, RecordVisitor::Key key,
                JsonWriter& out);
// The members of the capture object; the caller opens and closes the object.
void visit_capture(const CaptureCounters& counters, const ProgramInfo& program, RecordVisitor& out);

// The parts of a flow, in order.
void visit_flow_and_tcp(const AnalyzedFlow& flow, RecordMemo& memo, RecordVisitor& out);
void visit_flow_and_tcp(const AnalyzedFlow& flow, RecordMemo& memo, JsonWriter& out);
void visit_tls(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, RecordVisitor& out);
void visit_tls(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, JsonWriter& out);
void visit_plaintext(const FlowReport& report, RecordVisitor& out);
void visit_plaintext(const FlowReport& report, JsonWriter& out);
// `client`: what the memo has of the first ClientHello; null: it has nothing.
void visit_hellos(const FlowReport& report, ClientShape* client, RecordMemo& memo, RecordVisitor& out);
void visit_hellos(const FlowReport& report, ClientShape* client, RecordMemo& memo, JsonWriter& out);
void visit_certificates(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, RecordVisitor& out);
void visit_certificates(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, JsonWriter& out);
void visit_events(const FlowReport& report, RecordVisitor& out);
void visit_events(const FlowReport& report, JsonWriter& out);
void visit_judgement(const AnalyzedFlow& flow, RecordVisitor& out);
void visit_judgement(const AnalyzedFlow& flow, JsonWriter& out);

// Whether the session was resumed, and how, as far as the wire shows; see the rules in the source.
[[nodiscard]] std::optional<bool> is_resumed(const FlowReport& report);
[[nodiscard]] std::string_view resumption_kind(const FlowReport& report);  // "psk", "session-id", "ticket" or ""
[[nodiscard]] std::optional<std::uint16_t> negotiated_group(const TlsFacts& tls);

}  // namespace handlens
