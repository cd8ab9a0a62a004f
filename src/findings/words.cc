// The words of the record contract for the enumerations of findings.
#include "src/findings/finding.h"

namespace handlens {

std::string_view to_text(Status v) {
  switch (v) {
    case Status::ok:
      return "ok";
    case Status::failed:
      return "failed";
    case Status::incomplete:
      return "incomplete";
    case Status::not_tls:
      return "not-tls";
  }
  return "";
}
std::string_view to_text(Stage v) {
  switch (v) {
    case Stage::syn:
      return "syn";
    case Stage::tcp_open:
      return "tcp-open";
    case Stage::client_hello:
      return "client-hello";
    case Stage::server_flight:
      return "server-flight";
    case Stage::client_finish:
      return "client-finish";
    case Stage::established:
      return "established";
  }
  return "";
}
std::string_view to_text(EndedBy v) {
  switch (v) {
    case EndedBy::fin:
      return "fin";
    case EndedBy::rst:
      return "rst";
    case EndedBy::alert:
      return "alert";
    case EndedBy::timeout:
      return "timeout";
    case EndedBy::icmp:
      return "icmp";
    case EndedBy::capture_end:
      return "capture-end";
  }
  return "";
}
std::string_view to_text(Cause v) {
  switch (v) {
    case Cause::none:
      return "none";
    case Cause::client:
      return "client";
    case Cause::server:
      return "server";
    case Cause::middlebox:
      return "middlebox";
    case Cause::path:
      return "path";
    case Cause::unknown:
      return "unknown";
  }
  return "";
}
std::string_view to_text(Location v) {
  switch (v) {
    case Location::near_client:
      return "near-client";
    case Location::near_server:
      return "near-server";
    case Location::somewhere:
      return "somewhere";
  }
  return "";
}
std::string_view to_text(Confidence v) {
  switch (v) {
    case Confidence::certain:
      return "certain";
    case Confidence::likely:
      return "likely";
    case Confidence::possible:
      return "possible";
    case Confidence::undetermined:
      return "undetermined";
  }
  return "";
}
std::string_view to_text(Severity v) {
  switch (v) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::notice:
      return "notice";
    case Severity::info:
      return "info";
  }
  return "";
}
std::string_view to_text(Weight v) {
  switch (v) {
    case Weight::decisive:
      return "decisive";
    case Weight::strong:
      return "strong";
    case Weight::medium:
      return "medium";
    case Weight::weak:
      return "weak";
  }
  return "";
}
std::string_view to_text(RstRole v) {
  switch (v) {
    case RstRole::cause:
      return "cause";
    case RstRole::consequence:
      return "consequence";
    case RstRole::teardown:
      return "teardown";
    case RstRole::ignored:
      return "ignored";
  }
  return "";
}

}  // namespace handlens
