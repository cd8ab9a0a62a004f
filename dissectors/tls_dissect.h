// The entry functions of the TLS message dissectors: message body in (without the 4-byte handshake header),
// value out. On malformed input they return what could be read and set `error`; they never throw and never read
// outside `body`. Threads: pure functions (X.509 and digests use OpenSSL, which is thread-safe here).
//
// Each header below opens with the card of what it dissects.
#pragma once

#include "dissectors/digest.h"
#include "dissectors/tls_alert.h"
#include "dissectors/tls_certificate.h"
#include "dissectors/tls_client_hello.h"
#include "dissectors/tls_extensions.h"
#include "dissectors/tls_fingerprint.h"
#include "dissectors/tls_key_exchange.h"
#include "dissectors/tls_names.h"
#include "dissectors/tls_server_hello.h"
#include "dissectors/x509.h"
