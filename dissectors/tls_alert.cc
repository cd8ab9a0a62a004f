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

}  // namespace handlens::tls
