// Resets and contents of which only a comparison tells: with another network, another capture, another content for the
// same bytes; each beside the ordinary case that looks like it. The numbers go on from those of the other resets.
#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

const std::vector<VlanTag> kOffice = {{.id = 10}}, kTransit = {{.id = 20}}, kElsewhere = {{.id = 30}};

// 46: the connection passes in one VLAN; a reset with the server's address comes in another, where nothing of it does.
Bytes reset_in_another_vlan() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server(), kOffice);
  open_at_client(talk);
  const Bytes hello = hello_record("www.example.com");
  talk.client_data(hello).wait(milliseconds(6));
  Conversation stray(capture, local_client(), far_server(), kElsewhere);
  stray.from_server({.flags = kRst | kAck,
                     .seq = 1,
                     .ack = 1 + static_cast<std::int64_t>(hello.size()),
                     .ttl = 61,
                     .ip_id = 0x1d0d,
                     .window = 0});
  finish_healthy(talk);
  return capture.pcap();
}

// 47: a mirror port shows what a router passes on in both VLANs; of the second connection it shows all packets in one
// and only the server's reset in the other as well.
Bytes routed_in_two_vlans() {
  Capture capture;
  Host client = local_client(), server = far_server();
  Conversation first(capture, client, server, kOffice);
  open_at_client(first);
  first.client_data(hello_record("www.example.com"));
  finish_healthy(first);
  std::vector<Frame> both;
  for (const Frame& frame : capture.frames()) {
    both.push_back(frame);
    both.push_back(frame);
    both.back().bytes[15] = 20;  // the tag's number
    both.back().time += microseconds(1);
  }
  capture.frames() = both;
  capture.wait(seconds(1));
  client.port = 51001;
  server.isn = 90'000;
  Conversation second(capture, client, server, kOffice);
  open_at_client(second);
  const Bytes hello = hello_record("www.example.com");
  second.client_data(hello).wait(milliseconds(41));
  Conversation copied(capture, client, server, kTransit);
  copied.from_server({.flags = kRst | kAck, .seq = 1, .ack = 1 + static_cast<std::int64_t>(hello.size()), .window = 0});
  return capture.pcap();
}

// 48: a page comes much too soon and from too near for that server; its own answer follows for the same bytes.
Bytes page_before_the_answer() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(hello_record("blocked.example")).wait(milliseconds(6));
  const Bytes page = from_text("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/notice\r\nContent-Length: 0\r\n\r\n");
  talk.from_server({.flags = kPsh | kAck, .payload = page, .seq = 1, .ttl = 61, .ip_id = 0x1d0d, .foreign = true});
  talk.wait(microseconds(80)).from_client({.ack = 1 + static_cast<std::int64_t>(page.size())}).wait(milliseconds(34));
  talk.from_server({.flags = kPsh | kAck, .payload = tls13_server_flight(), .seq = 1});
  talk.wait(microseconds(60)).from_client({.flags = kFin | kAck, .ack = 1 + static_cast<std::int64_t>(page.size())});
  return capture.pcap();
}

// 49: a proxy two hops away accepts and acknowledges in the server's name; the server itself, farther away and slow,
// answers the hello. It works.
Bytes proxy_accepts_for_the_server() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(8));
  talk.from_server({.flags = kSyn | kAck, .ttl = 62, .options = usual_syn_options()}).wait(microseconds(50));
  talk.from_client({}).client_data(hello_record("www.example.com")).wait(milliseconds(8));
  talk.from_server({.ttl = 62});
  finish_healthy(talk, milliseconds(400));
  return capture.pcap();
}

// The hello is answered by an alert and a FIN; what sends them stands `ttl` away and takes `later`.
Bytes alert_in_its_name(std::uint8_t ttl, std::int64_t later) {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(hello_record("blocked.example")).wait(later);
  talk.from_server({.flags = kPsh | kAck, .payload = alert_record(2, 49), .ttl = ttl, .ip_id = 0x1d0d});
  talk.wait(microseconds(80)).from_server({.flags = kFin | kAck, .ttl = ttl, .ip_id = 0x1d0e});
  talk.wait(microseconds(60)).from_client({.flags = kFin | kAck});
  return capture.pcap();
}

// 50: an alert comes much too soon and from too near for that server.
Bytes alert_from_nearby() { return alert_in_its_name(62, milliseconds(4)); }
// 51: it comes as soon as the server's could and from farther away than its SYN-ACK, which something may have sent that
// accepts connections for it.
Bytes alert_from_behind_the_synack() { return alert_in_its_name(44, milliseconds(48)); }
// 52: it comes too soon, with the server's TTL.
Bytes alert_too_soon() { return alert_in_its_name(49, milliseconds(4)); }

// 53: it has the server's TTL and IP-ID and comes when the server's could; but both sides agreed on timestamps, and it
// has none.
Bytes alert_without_timestamps() {
  Capture capture;
  const Host server = far_server();
  Conversation talk(capture, local_client(), server);
  const auto stamped = [](std::uint32_t value, std::uint32_t echo) {
    return concat({option_nop(), option_nop(), option_timestamps(value, echo)});
  };
  talk.from_client({.flags = kSyn, .options = concat({usual_syn_options(), stamped(5'000, 0)})}).wait(milliseconds(40));
  talk.from_server({.flags = kSyn | kAck, .options = concat({usual_syn_options(), stamped(900'000, 5'000)})});
  talk.wait(microseconds(50)).from_client({.options = stamped(5'040, 900'000)}).wait(microseconds(200));
  const Bytes hello = hello_record("blocked.example");
  talk.from_client({.flags = kPsh | kAck, .payload = hello, .options = stamped(5'040, 900'000)}).wait(milliseconds(48));
  talk.from_server({.flags = kPsh | kAck | kFin, .payload = alert_record(2, 49)}).wait(microseconds(60));
  talk.from_client({.flags = kFin | kAck, .options = stamped(5'089, 900'000)});
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> compared_resets() {
  return {{"reset_46_in_another_vlan.pcap", reset_in_another_vlan},
          {"reset_47_routed_in_two_vlans.pcap", routed_in_two_vlans},
          {"reset_48_page_before_the_answer.pcap", page_before_the_answer},
          {"reset_49_proxy_accepts_for_the_server.pcap", proxy_accepts_for_the_server},
          {"reset_50_alert_from_nearby.pcap", alert_from_nearby},
          {"reset_51_alert_from_behind_the_synack.pcap", alert_from_behind_the_synack},
          {"reset_52_alert_too_soon.pcap", alert_too_soon},
          {"reset_53_alert_without_timestamps.pcap", alert_without_timestamps}};
}

}  // namespace handlens::synthetic
