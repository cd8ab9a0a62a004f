// Written by hand, because it is a contract: additional keys are allowed everywhere, types and enumerations are strict.
// In parts, because compilers need not take string literals beyond 65,536 characters, and readers prefer short ones.
// One contract stays one text: the length of this file is that of the record, and it holds no logic.
#include "src/output/schema.h"

namespace handlens {
namespace {

constexpr const char* kHead = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "handlens records",
  "description": "One line of --ndjson is a flow record, the last one a capture record; --json is a document of both. Flows come in the order of their first packets; of more than 1024 in --ndjson, those that failed come behind the others.",
  "anyOf": [
    {"$ref": "#/$defs/flow_record"},
    {"$ref": "#/$defs/capture_record"},
    {"$ref": "#/$defs/document"}
  ],
  "$defs": {
    "frame": {"type": "integer", "minimum": 1, "description": "1-based packet number in the input"},
    "seconds": {"type": "number"},
    "span": {"type": "number", "minimum": 0},
    "count": {"type": "integer", "minimum": 0},
    "port": {"type": "integer", "minimum": 0, "maximum": 65535},
    "byte": {"type": "integer", "minimum": 0, "maximum": 255},
    "word16": {"type": "integer", "minimum": 0, "maximum": 65535},
    "text": {"type": "string", "minLength": 1},
    "texts": {"type": "array", "items": {"type": "string"}},
    "hex": {"type": "string", "pattern": "^([0-9a-f]{2})+$"},
    "md5": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "sha1": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "time": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$"},
    "side": {"enum": ["client", "server"]},
    "cause": {"enum": ["none", "client", "server", "middlebox", "path", "unknown"]},
    "location": {"enum": ["near-client", "near-server", "somewhere"]},
    "confidence": {"enum": ["certain", "likely", "possible", "undetermined"]},
    "rule_id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
    "both": {
      "type": "object",
      "required": ["client", "server"],
      "properties": {"client": {"$ref": "#/$defs/count"}, "server": {"$ref": "#/$defs/count"}}
    },
    "endpoint": {
      "type": "object",
      "required": ["ip", "port"],
      "properties": {
        "ip": {"$ref": "#/$defs/text"},
        "port": {"$ref": "#/$defs/port"},
        "mac": {"type": "string", "pattern": "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"}
      }
    },
)json";

constexpr const char* kFlow = R"json(    "flow": {
      "type": "object",
      "required": ["id", "community_id", "client", "server", "client_by", "encapsulation", "start", "end",
                   "first_frame", "last_frame", "midstream", "packets", "bytes"],
      "properties": {
        "id": {"type": "integer", "minimum": 1},
        "community_id": {"type": "string", "pattern": "^1:[A-Za-z0-9+/]{27}=$"},
        "conn_key": {"type": "string", "pattern": "^1:[A-Za-z0-9+/]{27}=#([0-9a-f]{8}|\\?)-([0-9a-f]{8}|\\?)$"},
        "client": {"$ref": "#/$defs/endpoint"},
        "server": {"$ref": "#/$defs/endpoint"},
        "client_by": {"enum": ["syn", "syn-ack", "client-hello", "port"]},
        "interface": {"$ref": "#/$defs/count"},
        "encapsulation": {"$ref": "#/$defs/texts"},
        "vlan": {"type": "integer", "minimum": 0, "maximum": 4095, "description": "the innermost tag"},
        "vlans": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 4095}},
        "start": {"$ref": "#/$defs/time"},
        "end": {"$ref": "#/$defs/time"},
        "duration": {"$ref": "#/$defs/span"},
        "clock_went_back": {"type": "boolean", "description": "durations across that point are left out"},
        "first_frame": {"$ref": "#/$defs/frame"},
        "last_frame": {"$ref": "#/$defs/frame"},
        "midstream": {"type": "boolean"},
        "one_sided": {"$ref": "#/$defs/side"},
        "packets": {"$ref": "#/$defs/both"},
        "bytes": {"$ref": "#/$defs/both"},
        "cut_short": {"enum": ["interrupted", "evicted", "memory-limit"]}
      }
    },
    "tcp_side": {
      "type": "object",
      "required": ["retransmissions", "out_of_order", "lost_bytes", "fast_open"],
      "properties": {
        "isn": {"$ref": "#/$defs/count"},
        "window": {"$ref": "#/$defs/word16"},
        "mss": {"$ref": "#/$defs/word16"},
        "window_scale": {"$ref": "#/$defs/byte"},
        "sack_permitted": {"type": "boolean"},
        "timestamps": {"type": "boolean"},
        "options": {"type": "array", "items": {"$ref": "#/$defs/byte"}},
        "ttl": {"$ref": "#/$defs/byte"},
        "hops_away": {"$ref": "#/$defs/byte"},
        "ttl_min": {"$ref": "#/$defs/byte"},
        "ttl_max": {"$ref": "#/$defs/byte"},
        "ip_id": {"$ref": "#/$defs/count"},
        "ip_id_pattern": {"enum": ["zero", "constant", "incrementing", "other"]},
        "retransmissions": {"$ref": "#/$defs/count"},
        "out_of_order": {"$ref": "#/$defs/count"},
        "duplicate_acks": {"$ref": "#/$defs/count"},
        "keep_alives": {"$ref": "#/$defs/count"},
        "challenge_acks": {"$ref": "#/$defs/count"},
        "urgent": {"$ref": "#/$defs/count"},
        "zero_windows": {"$ref": "#/$defs/count"},
        "overlaps_same": {"$ref": "#/$defs/count"},
        "overlaps_conflicting": {"$ref": "#/$defs/count"},
        "lost_bytes": {"$ref": "#/$defs/count"},
        "fast_open": {"type": "boolean"},
        "snaplen_cut": {"type": "boolean"},
        "captured_twice": {"$ref": "#/$defs/count"},
        "out_of_window": {"$ref": "#/$defs/count"}
      }
    },
    "verdict": {
      "type": "object",
      "required": ["role", "cause", "confidence", "rules"],
      "properties": {
        "role": {"enum": ["cause", "consequence", "teardown", "ignored"]},
        "cause": {"$ref": "#/$defs/cause"},
        "location": {"$ref": "#/$defs/location"},
        "confidence": {"$ref": "#/$defs/confidence"},
        "rules": {"$ref": "#/$defs/texts"}
      }
    },
    "rst": {
      "type": "object",
      "required": ["frame", "t", "from", "ack_flag", "seq", "window", "ttl"],
      "properties": {
        "frame": {"$ref": "#/$defs/frame"},
        "t": {"$ref": "#/$defs/seconds"},
        "from": {"$ref": "#/$defs/side"},
        "ack_flag": {"type": "boolean"},
        "seq": {"type": "integer"},
        "ack": {"type": "integer"},
        "window": {"$ref": "#/$defs/word16"},
        "ttl": {"$ref": "#/$defs/byte"},
        "ip_id": {"$ref": "#/$defs/count"},
        "payload": {"$ref": "#/$defs/count"},
        "outlived_by": {"$ref": "#/$defs/frame"},
        "verdict": {"$ref": "#/$defs/verdict"}
      }
    },
    "fin": {
      "type": "object",
      "required": ["frame", "t", "from"],
      "properties": {"frame": {"$ref": "#/$defs/frame"}, "t": {"$ref": "#/$defs/seconds"},
                     "from": {"$ref": "#/$defs/side"}}
    },
    "tcp": {
      "type": "object",
      "required": ["state", "syn_retransmissions", "client", "server", "rst", "fin"],
      "properties": {
        "state": {"enum": ["syn-sent", "syn-received", "established", "closing", "closed", "reset", "midstream"]},
        "syn_frame": {"$ref": "#/$defs/frame"},
        "syn_ack_frame": {"$ref": "#/$defs/frame"},
        "ack_frame": {"$ref": "#/$defs/frame"},
        "syn_retransmissions": {"$ref": "#/$defs/count"},
        "syn_to_syn_ack": {"$ref": "#/$defs/span"},
        "syn_ack_to_ack": {"$ref": "#/$defs/span"},
        "simultaneous_open": {"type": "boolean"},
        "split_handshake": {"type": "boolean"},
        "signatures": {
          "type": "object",
          "additionalProperties": false,
          "properties": {"c2s": {"type": "string"}, "s2c": {"type": "string"}}
        },
        "client": {"$ref": "#/$defs/tcp_side"},
        "server": {"$ref": "#/$defs/tcp_side"},
        "rst": {"type": "array", "items": {"$ref": "#/$defs/rst"}},
        "fin": {"type": "array", "items": {"$ref": "#/$defs/fin"}},
        "rst_total": {"$ref": "#/$defs/count"},
        "fin_total": {"$ref": "#/$defs/count"}
      }
    },
)json";

constexpr const char* kHellos = R"json(    "client_hello": {
      "type": "object",
      "required": ["frame", "size", "segments", "records", "legacy_version", "random", "session_id_length"],
      "properties": {
        "frame": {"$ref": "#/$defs/frame"},
        "first_frame": {"$ref": "#/$defs/frame"},
        "size": {"$ref": "#/$defs/count"},
        "segments": {"$ref": "#/$defs/count"},
        "records": {"$ref": "#/$defs/count"},
        "record_version": {"$ref": "#/$defs/text"},
        "legacy_version": {"$ref": "#/$defs/text"},
        "random": {"$ref": "#/$defs/hex"},
        "versions": {"$ref": "#/$defs/texts"},
        "cipher_suites": {"$ref": "#/$defs/texts"},
        "sslv2_cipher_specs": {"type": "array", "items": {"$ref": "#/$defs/count"}},
        "compression": {"type": "array", "items": {"$ref": "#/$defs/byte"}},
        "extensions": {"$ref": "#/$defs/texts"},
        "groups": {"$ref": "#/$defs/texts"},
        "point_formats": {"type": "array", "items": {"$ref": "#/$defs/byte"}},
        "key_shares": {"$ref": "#/$defs/texts"},
        "signature_algorithms": {"$ref": "#/$defs/texts"},
        "signature_algorithms_cert": {"$ref": "#/$defs/texts"},
        "psk_modes": {"$ref": "#/$defs/texts"},
        "session_id_length": {"type": "integer", "minimum": 0, "maximum": 32},
        "session_ticket_length": {"$ref": "#/$defs/count"},
        "psk_identities": {"$ref": "#/$defs/count"},
        "record_size_limit": {"$ref": "#/$defs/word16"},
        "max_fragment_length": {"$ref": "#/$defs/byte"},
        "sslv2_format": {"type": "boolean"},
        "grease": {"type": "boolean"},
        "malformed": {"type": "boolean"},
        "truncated": {"type": "boolean"}
      }
    },
    "hello_retry_request": {
      "type": "object",
      "required": ["frame", "size", "version", "cookie"],
      "properties": {"frame": {"$ref": "#/$defs/frame"}, "size": {"$ref": "#/$defs/count"},
                     "version": {"$ref": "#/$defs/text"}, "group": {"$ref": "#/$defs/text"},
                     "cookie": {"type": "boolean"}}
    },
    "server_hello": {
      "type": "object",
      "required": ["frame", "size", "legacy_version", "version", "random", "cipher_suite", "compression", "extensions",
                   "session_id_length"],
      "properties": {
        "frame": {"$ref": "#/$defs/frame"},
        "first_frame": {"$ref": "#/$defs/frame"},
        "size": {"$ref": "#/$defs/count"},
        "segments": {"$ref": "#/$defs/count"},
        "records": {"$ref": "#/$defs/count"},
        "record_version": {"$ref": "#/$defs/text"},
        "legacy_version": {"$ref": "#/$defs/text"},
        "version": {"$ref": "#/$defs/text"},
        "random": {"$ref": "#/$defs/hex"},
        "cipher_suite": {"$ref": "#/$defs/text"},
        "compression": {"$ref": "#/$defs/byte"},
        "extensions": {"$ref": "#/$defs/texts"},
        "session_id_echoed": {"type": "boolean"},
        "session_id_length": {"type": "integer", "minimum": 0, "maximum": 32},
        "random_sentinel": {"enum": ["tls12", "tls11"]},
        "selected_identity": {"$ref": "#/$defs/word16"}
      }
    },
    "certificate": {
      "type": "object",
      "required": ["sha256", "sha1", "size"],
      "properties": {
        "subject": {"type": "string"},
        "issuer": {"type": "string"},
        "serial": {"$ref": "#/$defs/text"},
        "not_before": {"$ref": "#/$defs/text"},
        "not_after": {"$ref": "#/$defs/text"},
        "dns_names": {"$ref": "#/$defs/texts"},
        "ip_addresses": {"$ref": "#/$defs/texts"},
        "key": {
          "type": "object",
          "required": ["type"],
          "properties": {"type": {"$ref": "#/$defs/text"}, "bits": {"$ref": "#/$defs/count"},
                         "curve": {"$ref": "#/$defs/text"}}
        },
        "signature": {"$ref": "#/$defs/text"},
        "error": {"$ref": "#/$defs/text"},
        "sha256": {"$ref": "#/$defs/sha256"},
        "sha1": {"$ref": "#/$defs/sha1"},
        "spki_sha256": {"$ref": "#/$defs/sha256"},
        "ca": {"type": "boolean"},
        "self_signed": {"type": "boolean"},
        "eku": {"$ref": "#/$defs/texts"},
        "key_usage": {"$ref": "#/$defs/texts"},
        "scts": {"$ref": "#/$defs/count"},
        "must_staple": {"type": "boolean"},
        "size": {"$ref": "#/$defs/count"},
        "der": {"type": "string", "pattern": "^[A-Za-z0-9+/]+=*$"}
      }
    },
    "certificate_request": {
      "type": "object",
      "required": ["types", "authorities"],
      "properties": {"types": {"$ref": "#/$defs/texts"}, "signature_algorithms": {"$ref": "#/$defs/texts"},
                     "authorities": {"$ref": "#/$defs/texts"}}
    },
    "certificate_status": {
      "type": "object",
      "required": ["type", "size"],
      "properties": {"type": {"$ref": "#/$defs/byte"}, "size": {"$ref": "#/$defs/count"},
                     "status": {"enum": ["good", "revoked", "unknown"]},
                     "produced_at": {"$ref": "#/$defs/text"}, "this_update": {"$ref": "#/$defs/text"},
                     "next_update": {"$ref": "#/$defs/text"}}
    },
)json";

constexpr const char* kTls = R"json(    "alert": {
      "type": "object",
      "required": ["frame", "t", "from", "encrypted", "inferred"],
      "properties": {
        "frame": {"$ref": "#/$defs/frame"},
        "t": {"$ref": "#/$defs/seconds"},
        "from": {"$ref": "#/$defs/side"},
        "level": {"$ref": "#/$defs/text"},
        "description": {"$ref": "#/$defs/text"},
        "code": {"$ref": "#/$defs/byte"},
        "encrypted": {"type": "boolean"},
        "inferred": {"type": "boolean"}
      }
    },
    "tls": {
      "type": "object",
      "required": ["alerts", "established", "decrypted", "timing"],
      "properties": {
        "start_frame": {"$ref": "#/$defs/frame"},
        "version": {"type": "string", "pattern": "^(TLSv1\\.[0-3](-.+)?|TLCPv1\\.1|SSLv[23].*|0x[0-9a-f]{4})$"},
        "cipher_suite": {"$ref": "#/$defs/text"},
        "group": {"$ref": "#/$defs/text"},
        "dh_bits": {"$ref": "#/$defs/count"},
        "sni": {"type": "string"},
        "alpn_offered": {"$ref": "#/$defs/texts"},
        "alpn": {"type": "string"},
        "signature_scheme": {"$ref": "#/$defs/text"},
        "resumed": {"type": "boolean"},
        "resumption": {"enum": ["session-id", "ticket", "psk"]},
        "resumption_offered": {"type": "boolean"},
        "early_data": {"enum": ["accepted", "rejected", "offered"]},
        "hello_retry": {"type": "boolean"},
        "ech": {"enum": ["grease-or-offered", "esni"]},
        "extended_master_secret": {"type": "boolean"},
        "secure_renegotiation": {"type": "boolean"},
        "downgrade_sentinel": {"enum": ["tls12", "tls11"]},
        "ja3": {"$ref": "#/$defs/md5"},
        "ja3_full": {"$ref": "#/$defs/text"},
        "ja3s": {"$ref": "#/$defs/md5"},
        "ja3s_full": {"$ref": "#/$defs/text"},
        "ja4": {"$ref": "#/$defs/text"},
        "ja4_r": {"$ref": "#/$defs/text"},
        "client_hello": {"$ref": "#/$defs/client_hello"},
        "second_client_hello": {"$ref": "#/$defs/client_hello"},
        "hello_retry_request": {"$ref": "#/$defs/hello_retry_request"},
        "server_hello": {"$ref": "#/$defs/server_hello"},
        "certificates": {"type": "array", "items": {"$ref": "#/$defs/certificate"}},
        "client_certificates": {"type": "array", "items": {"$ref": "#/$defs/certificate"}},
        "certificate_request": {"$ref": "#/$defs/certificate_request"},
        "certificate_status": {"$ref": "#/$defs/certificate_status"},
        "alerts": {"type": "array", "items": {"$ref": "#/$defs/alert"}},
        "established": {"type": "boolean"},
        "decrypted": {"type": "boolean"},
        "gap": {"type": "boolean"},
        "malformed": {"type": "boolean"},
        "starttls": {"enum": ["smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "irc", "sieve", "xmpp", "ldap", "postgres",
                              "mysql"]},
        "tunnel": {"enum": ["connect", "socks4", "socks5", "proxy-protocol"]},
        "timing": {
          "type": "object",
          "properties": {
            "client_hello_to_server_hello": {"$ref": "#/$defs/span"},
            "client_hello_to_established": {"$ref": "#/$defs/span"},
            "established_to_first_response": {"$ref": "#/$defs/span"}
          }
        }
      }
    },
    "plaintext": {
      "type": "object",
      "required": ["requested"],
      "properties": {
        "protocol": {"$ref": "#/$defs/text"},
        "requested": {"type": "boolean"},
        "accepted": {"type": "boolean"},
        "target": {"$ref": "#/$defs/text"},
        "reply": {"$ref": "#/$defs/text"},
        "first_bytes": {
          "type": "object",
          "properties": {"client": {"$ref": "#/$defs/hex"}, "server": {"$ref": "#/$defs/hex"}}
        }
      }
    },
)json";

constexpr const char* kJudgement = R"json(    "event": {
      "type": "object",
      "required": ["frame", "t", "from", "kind"],
      "properties": {
        "frame": {"$ref": "#/$defs/frame"},
        "t": {"$ref": "#/$defs/seconds"},
        "from": {"$ref": "#/$defs/side"},
        "kind": {"enum": [
          "syn", "syn-ack", "ack", "syn-retransmission", "fin", "rst", "zero-window", "retransmission", "gap",
          "icmp-unreachable", "timeout",
          "client-hello", "hello-retry-request", "server-hello", "encrypted-extensions", "certificate",
          "compressed-certificate", "certificate-status", "server-key-exchange", "certificate-request",
          "server-hello-done", "client-key-exchange", "certificate-verify", "change-cipher-spec", "finished",
          "new-session-ticket", "key-update", "end-of-early-data", "hello-request", "next-protocol", "certificate-url",
          "supplemental-data", "hello-verify-request", "encrypted-handshake", "encrypted-record", "alert",
          "encrypted-alert", "application-data", "heartbeat", "plaintext", "starttls", "proxy-connect",
          "limit-reached"]},
        "note": {"enum": ["same-bytes", "conflicting-bytes", "fast-open", "with-data", "simultaneous-open", "challenge-ack",
                          "capture-loss", "urgent", "snaplen", "unacknowledged", "sslv2-hello", "malformed-record", "malformed-message",
                          "resynchronised", "record-too-long", "undecided"]},
        "tls_note": {"enum": ["sslv2-hello", "malformed-record", "malformed-message", "resynchronised",
                              "record-too-long", "undecided"]},
        "size": {"$ref": "#/$defs/count"},
        "level": {"$ref": "#/$defs/text"},
        "description": {"$ref": "#/$defs/text"},
        "code": {"$ref": "#/$defs/byte"},
        "icmp_type": {"$ref": "#/$defs/byte"},
        "icmp_code": {"$ref": "#/$defs/byte"},
        "icmp": {"$ref": "#/$defs/text"},
        "mtu": {"$ref": "#/$defs/count"},
        "likely": {"enum": ["finished", "alert", "close-notify", "empty-certificate", "certificate",
                            "new-session-ticket", "end-of-early-data"]},
        "confidence": {"$ref": "#/$defs/confidence"},
        "malformed": {"type": "boolean"},
        "decrypted": {"type": "boolean"}
      }
    },
    "outcome": {
      "type": "object",
      "required": ["status", "stage", "ended_by", "cause", "confidence"],
      "properties": {
        "status": {"enum": ["ok", "failed", "incomplete", "not-tls"]},
        "stage": {"enum": ["syn", "tcp-open", "client-hello", "server-flight", "client-finish", "established"]},
        "ended_by": {"enum": ["fin", "rst", "alert", "timeout", "icmp", "capture-end"]},
        "apparent_sender": {"$ref": "#/$defs/side"},
        "frame": {"$ref": "#/$defs/frame"},
        "cause": {"$ref": "#/$defs/cause"},
        "location": {"$ref": "#/$defs/location"},
        "confidence": {"$ref": "#/$defs/confidence"},
        "primary": {"$ref": "#/$defs/rule_id"},
        "sentence": {"$ref": "#/$defs/text"},
        "ooni_failure": {"type": "string", "pattern": "^[a-z0-9_]+(: .+)?$"},
        "would_settle": {"$ref": "#/$defs/texts"}
      }
    },
    "evidence": {
      "type": "object",
      "required": ["rule", "weight", "text"],
      "properties": {
        "rule": {"type": "string"},
        "weight": {"enum": ["decisive", "strong", "medium", "weak"]},
        "for": {"$ref": "#/$defs/text"},
        "frame": {"$ref": "#/$defs/frame"},
        "text": {"type": "string"}
      }
    },
    "finding": {
      "type": "object",
      "required": ["id", "severity", "confidence", "frames", "sentence", "evidence"],
      "properties": {
        "id": {"$ref": "#/$defs/rule_id"},
        "severity": {"enum": ["error", "warning", "notice", "info"]},
        "confidence": {"$ref": "#/$defs/confidence"},
        "frames": {"type": "array", "items": {"$ref": "#/$defs/frame"}},
        "sentence": {"$ref": "#/$defs/text"},
        "evidence": {"type": "array", "items": {"$ref": "#/$defs/evidence"}},
        "against": {"type": "array", "items": {"type": "object", "required": ["text"],
                                               "properties": {"text": {"$ref": "#/$defs/text"}}}},
        "next_steps": {"$ref": "#/$defs/texts"},
        "seen_as": {"$ref": "#/$defs/texts"}
      }
    },
    "flow_record": {
      "type": "object",
      "required": ["schema", "flow", "tcp", "events", "outcome", "findings"],
      "properties": {
        "schema": {"const": "handlens.flow/1"},
        "flow": {"$ref": "#/$defs/flow"},
        "tcp": {"$ref": "#/$defs/tcp"},
        "tls": {"$ref": "#/$defs/tls"},
        "plaintext": {"$ref": "#/$defs/plaintext"},
        "events": {"type": "array", "items": {"$ref": "#/$defs/event"}},
        "events_elided": {"$ref": "#/$defs/count"},
        "outcome": {"$ref": "#/$defs/outcome"},
        "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}}
      }
    },
)json";

constexpr const char* kCapture = R"json(    "capture": {
      "type": "object",
      "required": ["files", "packets", "bytes", "flows", "not_tcp", "undecodable", "evicted_flows", "handlens"],
      "properties": {
        "files": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["name", "packets", "bytes", "link_types"],
            "properties": {
              "name": {"type": "string"},
              "sha256": {"$ref": "#/$defs/sha256"},
              "format": {"$ref": "#/$defs/text"},
              "packets": {"$ref": "#/$defs/count"},
              "bytes": {"$ref": "#/$defs/count"},
              "link_types": {"$ref": "#/$defs/texts"},
              "dropped": {"$ref": "#/$defs/count"},
              "truncated": {"$ref": "#/$defs/text"}
            }
          }
        },
        "packets": {"$ref": "#/$defs/count"},
        "bytes": {"$ref": "#/$defs/count"},
        "first": {"$ref": "#/$defs/time"},
        "last": {"$ref": "#/$defs/time"},
        "received": {"$ref": "#/$defs/count"},
        "dropped": {"$ref": "#/$defs/count"},
        "dropped_kernel": {"$ref": "#/$defs/count"},
        "dropped_interface": {"$ref": "#/$defs/count"},
        "flows": {"$ref": "#/$defs/count"},
        "not_tcp": {"$ref": "#/$defs/count"},
        "fragments": {"$ref": "#/$defs/count"},
        "icmp_unmatched": {"$ref": "#/$defs/count"},
        "undecodable": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        "evicted_flows": {"$ref": "#/$defs/count"},
        "late_packets": {"$ref": "#/$defs/count"},
        "time_backwards": {"$ref": "#/$defs/count"},
        "beyond_network_limit": {"$ref": "#/$defs/count"},
        "vantage": {
          "type": "object",
          "additionalProperties": false,
          "required": ["position", "confidence", "why"],
          "properties": {
            "position": {"enum": ["unknown", "client", "server", "middle", "same-host"]},
            "confidence": {"enum": ["certain", "likely", "possible", "undetermined"]},
            "why": {"type": "string"}
          }
        },
        "quality": {
          "type": "array",
          "items": {
            "enum": ["one-way", "loss", "offload", "local-nat", "duplicates", "clock", "synthetic", "anonymised", "tunnel",
                     "held-limit"]
          }
        },
        "clusters": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["sentence", "flows", "finding"],
            "properties": {
              "sentence": {"type": "string"},
              "flows": {"type": "array", "items": {"type": "integer", "minimum": 1}},
              "finding": {"type": "string"}
            }
          }
        },
        "handlens": {
          "type": "object",
          "required": ["version", "libpcap", "openssl"],
          "properties": {"version": {"type": "string"}, "libpcap": {"type": "string"}, "openssl": {"type": "string"}}
        }
      }
    },
    "capture_record": {
      "allOf": [{"$ref": "#/$defs/capture"}],
      "required": ["schema"],
      "properties": {"schema": {"const": "handlens.capture/1"}, "flow": false}
    },
    "document": {
      "type": "object",
      "required": ["schema", "capture", "flows"],
      "properties": {
        "schema": {"const": "handlens.capture/1"},
        "capture": {"$ref": "#/$defs/capture"},
        "flows": {"type": "array", "items": {"$ref": "#/$defs/flow_record"}}
      }
    }
  }
}
)json";

}  // namespace

std::string record_schema() {
  std::string out;
  for (const char* part : {kHead, kFlow, kHellos, kTls, kJudgement, kCapture}) out += part;
  return out;
}

}  // namespace handlens
