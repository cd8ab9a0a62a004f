#include "dissectors/tls_alert.h"

namespace handlens::tls {

Alert dissect_alert(ByteView body, ParseError& error) {
  Alert alert;
  ByteReader reader(body, error);
  alert.level = reader.u8("level");
  alert.description = reader.u8("description");
  reader.expect_end("alert");
  return alert;
}

bool is_passing_alert(std::uint8_t level, std::uint8_t description) {
  constexpr std::uint8_t kWarning = 1, kCloseNotify = 0, kNoCertificate = 41, kUserCanceled = 90;
  return level == kWarning && description != kCloseNotify && description != kNoCertificate &&
         description != kUserCanceled;
}

}  // namespace handlens::tls
