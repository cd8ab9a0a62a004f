// Connections that a side ended because the other's data had not arrived: something on the path dropped it, and what
// the ending packet carries is not the address of who is at fault.
#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

// Repeats what a side sent at 1, backing off (RFC 6298 §5.5). Six seconds pass.
template <class Send>
void repeat(Conversation& talk, const Send& send) {
  for (const std::int64_t pause : {200, 400, 800, 1'600}) {
    talk.wait(milliseconds(pause));
    send();
  }
  talk.wait(milliseconds(3'000));
}

// At the client: its hello never arrives, and the server closes a connection that asked for nothing.
Bytes without_the_hello(std::uint8_t flags) {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  const Bytes hello = hello_record_of("blocked.example", 517);
  talk.client_data(hello);
  repeat(talk, [&] { talk.from_client({.flags = kPsh | kAck, .payload = hello, .seq = 1}); });
  talk.from_server({.flags = flags, .ack = 1});
  return capture.pcap();
}
Bytes server_closes_without_the_hello() { return without_the_hello(kFin | kAck); }
Bytes server_resets_without_the_hello() { return without_the_hello(kRst | kAck); }

// At the server: nothing of the client comes after the handshake.
Bytes waited_in_vain() {
  Capture capture;
  Conversation talk(capture, far_client(), local_server());
  open_at_server(talk);
  talk.wait(seconds(6)).from_server({.flags = kFin | kAck}).wait(milliseconds(24)).from_client({});
  talk.from_client({.flags = kFin | kAck}).wait(microseconds(30)).from_server({});
  return capture.pcap();
}

// At the server: its answer is sent again and again, the client goes on asking for its first byte, and at last somebody
// gives up.
Bytes answer_dropped(std::size_t size, bool server_gives_up) {
  Capture capture;
  Conversation talk(capture, far_client(), local_server());
  open_at_server(talk);
  talk.client_data(hello_record_of("www.example.com", 517)).wait(microseconds(40)).from_server({});
  Bytes answer = tls13_server_flight();
  answer.resize(size);
  talk.wait(milliseconds(2)).server_data(answer);
  repeat(talk, [&] { talk.from_server({.flags = kPsh | kAck, .payload = answer, .seq = 1}); });
  if (server_gives_up) {
    talk.from_server({.flags = kRst | kAck});
  } else {
    talk.from_client({.flags = kFin | kAck, .ack = 1});
  }
  return capture.pcap();
}
Bytes small_answer_dropped() { return answer_dropped(700, true); }
Bytes large_answer_dropped() { return answer_dropped(1'349, true); }
Bytes client_gives_up_on_the_answer() { return answer_dropped(700, false); }

// At the client: from the server's answer on nothing reaches the server any more, not the client's Finished either.
Bytes finished_lost() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  const Bytes hello = hello_record_of("www.example.com", 517);
  talk.client_data(hello)
      .wait(milliseconds(41))
      .server_data(tls13_server_flight())
      .wait(microseconds(80))
      .from_client({});
  const Bytes finished = concat({change_cipher_spec_record(), encrypted_record(53)});
  const auto at = 1 + static_cast<std::int64_t>(hello.size());
  talk.wait(milliseconds(1)).client_data(finished);
  repeat(talk, [&] { talk.from_client({.flags = kPsh | kAck, .payload = finished, .seq = at}); });
  talk.from_server({.flags = kFin | kAck, .ack = at});
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> given_up() {
  return {{"given_up_1_server_closes_without_the_hello.pcap", server_closes_without_the_hello},
          {"given_up_2_server_resets_without_the_hello.pcap", server_resets_without_the_hello},
          {"given_up_3_waited_in_vain_at_server.pcap", waited_in_vain},
          {"given_up_4_small_answer_dropped_at_server.pcap", small_answer_dropped},
          {"given_up_5_large_answer_dropped_at_server.pcap", large_answer_dropped},
          {"given_up_6_client_gives_up_at_server.pcap", client_gives_up_on_the_answer},
          {"given_up_7_finished_lost.pcap", finished_lost}};
}

}  // namespace handlens::synthetic
