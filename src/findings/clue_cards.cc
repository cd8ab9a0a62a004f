// The cards of all clues. What each one needs to see is in its function; the words here are for people.
#include <algorithm>
#include <array>

#include "src/findings/clue.h"

namespace handlens {
namespace {

using G = ClueGroup;

constexpr std::string_view kWeaver = "Weaver, Sommer, Paxson, NDSS 2009";
constexpr std::string_view kTampering = "Sundara Raman et al., SIGCOMM 2023";

constexpr auto kCards = std::to_array<ClueCard>({
    // sequence numbers
    {"data-after-rst-same-sender", G::sequence,
     "The side whose address the reset carries went on afterwards: it did not send it.",
     "New data, or an acknowledgement that advances, with the same address, longer after the reset than packets are "
     "reordered.",
     "Packets captured in another order; captures merged from two places; another host with that address (anycast, a "
     "cluster); a test tool that lies about itself.",
     kWeaver},
    {"rst-before-answer", G::sequence,
     "One SYN got two answers, a reset and a SYN-ACK: one of them is not the server's.",
     "Both with the server's address and no other SYN between them; that the connection opened decides which.",
     "A server in the middle of a restart, asked twice; a load balancer with one dead backend.", kWeaver},
    {"multi-rst-seq-guesses", G::sequence,
     "Several resets with rising numbers guess where the stream is; a host knows.",
     "At least two resets within two seconds, each further ahead, beyond all that was sent and all that was "
     "acknowledged, no FIN before.",
     "Each answers another segment: then each carries the number which that segment acknowledged, and this does not "
     "fire.",
     kWeaver},
    {"fingerprint-12503", G::sequence,
     "The second reset's number lies 12503 past the first's: a published pattern of traffic management devices.",
     "Guesses with exactly that step.", "None is known.", "Weaver, Sommer, Paxson, NDSS 2009; public captures"},
    {"fingerprint-1460-4380", G::sequence, "The resets guess in steps of full segments: a published pattern.",
     "At least three resets, 1460 bytes or multiples of it apart.", "None is known.", "Clayton, Murdoch, Watson, 2006"},
    {"rst-burst-identical", G::sequence, "The same reset three times or more: sent for redundancy, as injectors do.",
     "Three resets with one number within 50 ms, more than there were packets to answer; not in captures that hold "
     "frames twice.",
     "One reset for each late segment of the other side, which is common and counted.",
     "Public measurements of injected resets, 2023 and 2025"},
    {"rst-seq-reveals-unseen-data", G::sequence,
     "The reset stands behind bytes that never came by: somebody swallowed them on the way.",
     "Its number lies past all that was captured of that side, the other side acknowledged none of it, nothing was "
     "repeated.",
     "Packets that the capture lost.", "RFC 9293 §3.10.5 (what an aborting host sends)"},
    {"rst-seq-not-next", G::sequence, "Neither a host that closes nor one without the connection sends this number.",
     "It is not the next number of its stream and was never acknowledged by the other side.",
     "Captures with one direction only; data in flight; a repetition that crossed.", "RFC 9293 §3.5.2; RFC 5961"},
    {"refused-malformed", G::sequence,
     "A refusal whose sequence number is not 0: a device's way rather than a stack's.",
     "RST, ACK to a SYN with another number than 0.",
     "Some embedded stacks; servers with SYN cookies in front of them.", "RFC 9293 §3.10.7.1"},
    {"refused-ack-wrong", G::sequence,
     "A refusal that does not acknowledge the SYN: no stack sends it, and clients must ignore it.",
     "RST, ACK to a SYN with an acknowledgement other than its number plus one (plus data).", "None is known.",
     "RFC 9293 §3.10.7.3"},
    {"rst-ack-causality", G::timing, "It acknowledges bytes that cannot have reached the host yet.",
     "The bytes passed the capture less than nine tenths of the host's shortest round trip before.",
     "A proxy or translator that acknowledges in the host's name.", "RFC 9293 §3.10"},
    {"rst-ack-stale", G::sequence, "It acknowledges less than that side already had: an old table's view.",
     "Its acknowledgement lies before the side's highest one.", "Packets captured in another order.", kWeaver},
    {"rst-conforming", G::sequence,
     "Its numbers are those of a real stack. That is no proof: forged resets can have them too.",
     "Sequence and acknowledgement fit the stream, or the segment it answers.",
     "A device that keeps to RFC 9293; one that rewrites the host's own answer into a reset, which shows in no field "
     "and which one capture cannot tell from the host.",
     "RFC 9293 §3.5.2, §3.10"},
    {"rst-payload", G::sequence, "A reset with payload; some devices write there why.", "Payload in a reset.",
     "Allowed by RFC 9293 §3.5.3.", "RFC 9293 §3.5.3"},
    {"rst-reserved-bits", G::header, "Flags that nothing else of that side has: crafted.",
     "Reserved or congestion bits in the reset only.", "Accurate ECN, which shows in other packets too.",
     "RFC 9293 §3.1"},
    // header
    {"rst-hop-mismatch", G::header, "It has travelled another distance than that side's other packets.",
     "The hops by TTL differ: by 3 or more strong, 2 medium, 1 weak; more where the side's own TTLs vary.",
     "Routes that change, anycast; a load balancer that resets for the host. Not used where something rewrites all "
     "TTLs.",
     kTampering},
    {"rst-same-place-other-stack", G::header,
     "Another TTL at the same distance: another stack beside or in front of the host.", "TTLs differ, hops do not.",
     "A front end, a translator, a kernel instead of a proxy.", "Public captures"},
    {"rst-same-ttl", G::header, "Its TTL is that of the side's other packets.", "Equal TTL.", "Devices copy TTLs.",
     kTampering},
    {"rst-ttl-undecremented", G::header, "No router has passed it on, although that side is hops away.",
     "TTL 64, 128 or 255 in a flow whose other packets have travelled.", "User-mode networks of virtual machines.",
     "RFC 1812 §5.3.1"},
    {"rst-ttl-impossible", G::header, "Its TTL was about to run out: copied from another packet or crafted.",
     "TTL 2 or less on arrival.", "Traceroute tools.", "Public reports on injected packets"},
    {"rst-initial-255", G::header, "Its TTL began at 255, as network devices' do, the host's own at 64 or 128.",
     "Initial TTLs differ so.", "Solaris, AIX, old Linux; user-mode networks.", "p0f's signatures"},
    {"rst-ip-id-break", G::header, "Its IP-ID does not continue that side's numbering.",
     "The side counts its packets (four samples, two of them half as far apart as this is from the last, or this "
     "within a tenth of a second); the number is not 0 and not near.",
     "Several stacks behind one address; a busy host that counts all of its packets.", kTampering},
    {"rst-ip-id-continues", G::header, "Its IP-ID is the next in that side's numbering.",
     "The side counts, and the reset fits.", "A device that watches and copies.", kTampering},
    {"rst-window-odd", G::header, "A reset without ACK that offers a window; stacks put 0 there.",
     "No ACK flag and a window.", "Old BSD stacks, embedded ones.", "Public captures: 94 of 100 are 0"},
    {"rst-window-sequence", G::header, "The windows of the resets are consecutive numbers: a device numbers them.",
     "Three resets with consecutive windows, in any order; others may be among them.", "None is known.",
     "Public report on an event of 2025-08-20"},
    {"rst-mirrors-trigger", G::header,
     "It bears the IP-ID, window or length of the packet that it answers: that packet was turned round.",
     "Equal IP-ID (not 0) of a packet of the other side, with window or length decisive; never seen of its own side.",
     "Chance, one in 65,536 for the IP-ID alone.", "Published analyses of firewalls' resets"},
    {"rst-options-odd", G::header, "It carries options that belong into a SYN.",
     "MSS, window scale or SACK-permitted in a reset.", "None is known.", "RFC 9293 §3.2"},
    {"rst-timestamp-wrong", G::header, "Its timestamp is not on that side's clock.",
     "More than two seconds off the clock of the side's other packets, also if that may count microseconds; 0 does not "
     "count.",
     "A host that moved behind a load balancer.", "RFC 7323 §5"},
    {"timestamp-missing", G::header, "A FIN or an alert without a timestamp, although its side uses them.",
     "The side's SYN or SYN-ACK has one, so have its last packet before and some of the other side. Resets may leave "
     "them out.",
     "Stacks that break the rule; a load balancer that closes for its server.", "RFC 7323 §3.2"},
    {"rst-timestamp-fits", G::header, "Its timestamp is on that side's clock.", "Within two seconds.",
     "A device that watches and copies.", "RFC 7323 §5"},
    {"rst-bits-flipped", G::header, "Don't-fragment or DSCP differ from all that side sent.",
     "Constant before, other in the reset, which has an IP-ID.",
     "Stateless resets of Linux; networks that rewrite DSCP.", "RFC 2474"},
    {"hop-constancy", G::header, "All resets come from one distance while the hosts' distances vary.",
     "Equal hops in three flows or more, hosts' hops two or more apart.", "Hosts behind one load balancer.",
     "Derived from RFC 1812 §5.3.1"},
    // timing
    {"rst-faster-than-rtt", G::timing, "It came sooner than that host could answer.",
     "Less than the shortest known round trip after every packet it may answer. With the client's address only where "
     "it answers a packet, or bytes that were swallowed.",
     "A SYN-ACK that was slow (cookies, backlog), which makes the host seem farther than it is.", kWeaver},
    {"rst-at-distance", G::timing, "It came when that host's own answer would.",
     "Not before the round trip, and not long after.", "A device as far away as the host.", "Derived"},
    {"rst-instant-local", G::timing, "It answered a packet at once, from next door, and the host is far.",
     "Within 200 µs, a fifth of the host's round trip at most, and with the numbers of an answer.",
     "Merged captures, clocks that jump.", "Derived"},
    {"rst-after-idle", G::timing, "It came after a long silence: a timer of something that keeps state.",
     "30 s or more, near a usual timer, or to both sides at once.", "A program's own timeout.",
     "Documented timers of load balancers, translators and firewalls"},
    {"rst-instant-after-ack", G::timing,
     "The client beside the capture reset at once what it had opened: its own doing.",
     "Less than a millisecond after its ACK, same TTL, client next to the capture.", "Security software on the client.",
     "Derived"},
    {"timing-slope", G::timing,
     "Over many flows the resets' delay grows with the host's distance, or does not: it tells how far their maker is.",
     "Five flows alike with distances that differ by 1.3; slope of at most 0.2 (near the capture) or at least 0.8 "
     "(near the hosts), R² 0.8.",
     "At slope 0.8 the hosts themselves: it counts only with other oddities.", "Derived from public captures"},
    // link
    {"rst-direction-conflict", G::link,
     "The capturing host received a packet with its own address, or sent one with a stranger's.",
     "Packet type or epb_flags against all other packets of that address.",
     "Captures on bridges, which see a packet twice.", "packet(7); draft-ietf-opsawg-pcapng §4.3.1"},
    {"device-location", G::timing, "How the place of a device was found.",
     "Its delay against the host's distance, its hops, or the slope over many flows.",
     "The device took its time, or chose its TTL: then it is nearer than it seems.", "Derived"},
    {"rst-mac-mismatch", G::link, "It came from another station of the segment than that side's other packets.",
     "Another source MAC than the one that carried all others, not known for that host.",
     "Two routers that share the load.", "IEEE 802.3"},
    {"rst-encap-mismatch", G::link, "It is wrapped in other layers than that side's other packets.",
     "Other tunnels, labels or VLAN tags; or a flow of its own in another VLAN or tunnel, with the ends and numbers of "
     "an open connection, where no other packet with that address passes, three hops off or more.",
     "Asymmetric paths; a mirror port that shows what a router passes on in two VLANs.", "Derived"},
    {"two-vantage-rst-unsent", G::link, "One end received a reset that the other end, captured as well, did not send.",
     "The same connection in two files (ends and initial numbers), one taken next to the side whose address the reset "
     "carries, with all of its data and past that time.",
     "A packet that the capture lost without a trace; a host that resets below the place where it is captured.",
     "EFF, 2007: comparison of captures of both ends"},
    {"two-vantage-rst-sent", G::link, "The capture next to the side whose address the reset carries shows it leaving.",
     "The same connection in two files, one taken next to that side and one farther on; the reset in both, at times "
     "that fit, next to that side with the TTL of its other packets.",
     "Something between the host and the place where it is captured, on the same segment.",
     "EFF, 2007: comparison of captures of both ends"},
    {"two-vantage-both-reset", G::link, "Each end received a reset in the other's name, and neither sent one.",
     "The same from both sides.", "Two packets lost, one in each capture.",
     "EFF, 2007: comparison of captures of both ends"},
    {"rst-at-origin", G::link,
     "It left the machine that has this address: a program, the kernel, or security software on it.",
     "Marked as sent by the capturing host, as all packets of that address.", "Captures on a router or bridge.",
     "packet(7); draft-ietf-opsawg-pcapng §4.3.1"},
    // protocol, stage and other flows
    {"syn-no-answer", G::protocol, "Nothing came back.", "SYNs only.",
     "Host down, filtered, wrong address, one-way capture.", "RFC 6298 §5.7"},
    {"synack-loop", G::protocol, "The server answered and the handshake's ACK never came by.",
     "SYN-ACK repeated, no ACK.", "Asymmetric routes; a forged SYN.", "RFC 9293 §3.5"},
    {"both-sides-open", G::protocol, "Both sides sent a SYN: they opened at the same time, or one in two parts.",
     "A SYN of either side; in two parts if the second side had acknowledged the first one's before.",
     "It is allowed, and says nothing of who reset: programs that get through translators, and tests, do it.",
     "RFC 9293 §3.5"},
    {"icmp-rejected", G::protocol,
     "The sender of the error names itself; \"prohibited\" is a rule, and \"port unreachable\" by another host most "
     "likely.",
     "ICMP error that quotes the flow with a sequence number of it.",
     "Errors can be forged by whoever sees the packets.", "RFC 1812 §5.2.7.1, RFC 4443 §3.1, RFC 5927"},
    {"icmp-expired", G::protocol, "A router says that the packet's time to live has run out.",
     "ICMP time exceeded in transit about the last packet before silence, or of packets that never have a TTL above "
     "30. A routing loop if routers say so of several attempts, each with a TTL of 48 or more where it was captured.",
     "A time to live that is meant for a neighbour; a traceroute; a device that lowers it; a forged error.",
     "RFC 792, RFC 4443 §3.3, RFC 1122 §4.2.3.9"},
    {"silent-after-clienthello", G::protocol, "The ClientHello is never acknowledged though TCP works.",
     "Sent three times or more, no acknowledgement, nothing of the server.",
     "Loss; a server that vanished; a path that drops large packets.", "RFC 6298; OONI df-008"},
    {"answer-never-acknowledged", G::protocol, "What the server answered, or a part of it, is never acknowledged.",
     "After the ServerHello; sent three times or more. It speaks for a device only where no byte of that side passed, "
     "and below 1200 bytes: else it may be loss, or the size.",
     "Loss; a host that vanished; a path that drops large packets.", "RFC 6298; RFC 2923 §2.1"},
    {"client-data-never-acknowledged", G::protocol, "What the client sent after the ServerHello is never acknowledged.",
     "After the ServerHello; sent three times or more. It speaks for a device only where no byte of that side passed, "
     "and below 1200 bytes: else it may be loss, or the size.",
     "Loss; a host that vanished; a path that drops large packets.", "RFC 6298; RFC 2923 §2.1"},
    {"acked-but-silent", G::protocol, "The ClientHello arrived at something that said nothing.",
     "Acknowledged, 10 s of silence.", "A program that hangs; a proxy whose other half failed.", "RFC 9293 §3.8.3"},
    {"mtu-blackhole-suspect", G::protocol, "Full segments vanish and smaller ones pass.",
     "A full segment three times without acknowledgement, or a hole of that size with smaller segments behind it; no "
     "ICMP error.",
     "Loss that happened to hit large packets.", "RFC 2923 §2.1"},
    {"fatal-alert", G::protocol, "A TLS alert in clear: its sender says why.",
     "A readable fatal alert that ended the flow.",
     "A proxy that terminates TLS speaks for itself; a device can forge what is in clear.", "RFC 8446 §6.2"},
    {"plain-answer", G::protocol, "The ClientHello was answered with bytes that are not TLS.",
     "Readable bytes with the server's address behind a complete ClientHello, and no ServerHello; the client then "
     "ended the connection.",
     "A client that means another port; a proxy, a filter or a portal that answers in the server's name, which looks "
     "the same if its packets come in time and from as far.",
     "RFC 8446 §5.1"},
    {"fin-injection", G::protocol, "A FIN in the server's name, forged to end the connection.",
     "A FIN with signs of a forged packet (time, hops, data that follows).", "None is known.",
     "Public reports on blocking by FIN"},
    {"accept-then-close", G::protocol, "The server's side accepts and closes without a word.",
     "FIN with the server's address before any request.", "Access lists, limits, a load balancer without a backend.",
     "tcpd(8); sshd_config(5) MaxStartups"},
    {"listen-overflow", G::protocol,
     "The server's stack does not take the ACK that completes the opening: its queue of connections is full.",
     "A SYN-ACK again after the handshake's ACK, or a bare reset for this ACK and one for the data behind it; no data "
     "of the server.",
     "The ACK is lost behind the capture; a filter that refuses packets; a server that waits for data before it "
     "accepts (TCP_DEFER_ACCEPT).",
     "listen(2); tcp_abort_on_overflow in tcp(7)"},
    {"orderly-close", G::protocol, "A FIN in order, as programs close.", "A FIN without signs of forgery.",
     "A proxy closes for the host behind it.", "RFC 9293 §3.6"},
    {"rst-after-clienthello", G::protocol, "The reset came after the complete ClientHello and before any answer.",
     "Stage ClientHello, a reset with the server's address. Weak by itself.",
     "Servers that refuse a name or a version by resetting; a device that rewrites the server's answer into a reset on "
     "the way: then TTL, IP-ID and time are the server's, and only another name or a capture at the server tells.",
     "OONI df-008"},
    {"sni-control-differs", G::protocol, "The same server passes with another name: the decision depends on the name.",
     "Another flow to the same address and port with another SNI passed within ten minutes, none with this one.",
     "A server that routes by name and has none for this one.", "OONI ts-024"},
    {"large-clienthello-intolerant", G::protocol, "A ClientHello in several segments fails, a small one passes.",
     "Same client, server and name.", "Chance; another difference between both hellos.",
     "Public reports on post-quantum ClientHellos"},
    {"residual-block", G::protocol, "After a reset for a name the client gets nothing from that server for a while.",
     "It had passed before, fails now whatever it asks, others pass.", "A server that bans clients.",
     "Public measurements of residual blocking"},
    {"retry-with-other-name-succeeds", G::protocol, "The client itself tried other names and got through.",
     "Same client and server within 30 s.", "A service with several names.", "Public captures"},
    {"control-pair", G::protocol, "The same host answers on another port, from another distance.",
     "SYN-ACK from that address with hops three or more apart.", "A load balancer that forwards some ports only.",
     "Derived"},
    {"same-fingerprint-many-flows", G::protocol,
     "Many flows were reset by packets with the same peculiarities: one maker.",
     "Three flows or more, and a sign of medium weight in this one.", "Many hosts of one make.", "Derived"},
    {"fan-out", G::protocol, "One client, many servers: the client's side is what they share.",
     "Three servers in three networks; for a device it counts only with the slope or the hops. Where most servers that "
     "a client asked reset it alike after its ClientHello, none of them is named.",
     "A policy in many places; a ClientHello that none of them likes.", "Derived from public captures"},
    {"fan-in", G::protocol, "Many clients, one server.", "Three clients or more.", "The server itself.", "Derived"},
    {"issuer-differs", G::protocol,
     "For this name and address other connections were given a certificate of another issuer.",
     "Server certificates in clear (to TLS 1.2), the same name, address and port, different issuers.",
     "A certificate that was renewed with another authority; several front ends; a proxy that inspects TLS.",
     "RFC 5280 §4.1.2.4"},
    {"base-rate", G::protocol, "How many of this client's connections ended so.",
     "Ten connections or more of the client, compared by how far they came and what ended them.",
     "It says how common it is, not why.", "Derived"},
    {"rare-ending", G::protocol, "Hardly any other connection of this client ended so: one odd one is no pattern.",
     "One in twenty at most, of ten connections or more.", "A rule that few of its connections touch.", "Derived"},
    {"conflicting-content", G::protocol, "Two different contents for the same bytes: one of them is not that side's.",
     "Segments of one direction that overlap with other bytes; one lies three hops or more off that side's other "
     "packets.",
     "A frame that was changed on the way and captured twice, which is left out where the IP-ID shows it.",
     "Weaver, Sommer, Paxson, NDSS 2009"},
    {"content-from-elsewhere", G::protocol, "An answer that is no TLS, from another distance.",
     "The first answer to the ClientHello is no TLS, and lies three hops or more off that side's other packets.",
     "A proxy that answers for the server.", "Public reports on block pages"},
    {"split-rtt", G::timing, "The connection is accepted nearby and the content comes from elsewhere.",
     "SYN-ACK and acknowledgement of the ClientHello at one delay and TTL; content five times later, 100 ms at least, "
     "with another TTL.",
     "A slow server behind a load balancer with several stacks.", "RFC 3135"},
    {"answer-from-nearer", G::timing, "The ClientHello is answered from nearer than the SYN-ACK came.",
     "Acknowledgement of the ClientHello and content three hops nearer at least than the SYN-ACK, and in less than "
     "half of its time.",
     "A protection service that accepts far away for a server nearby.", "RFC 3135"},
    // ordinary explanations
    {"teardown-rst", G::benign, "A reset after the FIN: clean-up.", "A FIN before it.",
     "A device that forges resets late: then nothing is lost by it.", kTampering},
    {"late-data-to-closed-socket", G::benign, "That side had hung up; this answers what was still under way.",
     "Its own FIN or reset before, and the number which the late packet acknowledged.",
     "A device that keeps the state of the connection and answers in the host's name.", "RFC 9293 §3.10.7.1"},
    {"late-answer-to-closed-socket", G::benign, "The SYN-ACK came when the client had given up.",
     "A bare reset with the SYN-ACK's number; the SYN-ACK came 3 s or more after the first SYN, 1 s or more after the "
     "last.",
     "A device that delays the answer and resets the client at once.", "RFC 9293 §3.10.7.1"},
    {"nat-in-front", G::benign, "A translator or firewall in front of that side answers late packets.",
     "As before, from another stack at the same place.", "The host itself, over another stack.", "Public captures"},
    {"half-open-scan", G::benign, "A port scan: the SYN-ACK is reset at once.",
     "Five targets within a minute, or a SYN as scanners make them.",
     "A device that resets many connections of one client at the SYN-ACK.", "nmap, ZMap documentation"},
    {"path-trace", G::benign, "A TCP traceroute: SYNs with small TTLs look for the routers on the way.",
     "SYNs with three TTLs or more, of 30 and less, the lowest 1 or 2: rising within the flow, or among the client's "
     "unused connections to that port within a minute.",
     "Attempts of a protocol for neighbours whose TTL somebody corrects step by step.", "traceroute documentation"},
    {"rst-ipid-zmap", G::benign, "A SYN with the IP-ID 54321, the default of a well-known scanner.",
     "That IP-ID in the SYN.", "Chance, one in 65,536.", "ZMap's source"},
    {"connect-scan", G::benign, "A port check: opened and reset at once.",
     "Three ports or hosts within a minute, 5 ms at most, no data.",
     "A device that resets many connections of one client right after they open.", "nmap documentation"},
    {"health-check", G::benign, "A load balancer's or monitor's check: success.",
     "Three times or more in a rhythm, same client and server, no data.",
     "A device that resets this client's connections each time, where a monitor would not give up.",
     "HAProxy and keepalived documentation"},
    {"port-test", G::benign, "The client opened it only to see whether the port answers.",
     "Its FIN came within 50 ms of the ACK, and by its number behind no data.",
     "A program that gave up right after it had connected, or was kept from sending on its own host.",
     "Manual pages of nc -z and of monitoring plugins"},
    {"happy-eyeballs-loser", G::benign, "The client raced two addresses and dropped the slower.",
     "Another flow of the same client to another address within two seconds, which was used.",
     "A connection that failed by itself while another one worked.", "RFC 8305"},
    {"unused-connection", G::benign, "The client opened it in advance and did not need it.",
     "Open for a second or more; the numbers of the client's last packets say that it sent nothing; and another "
     "connection of it to the same port was used meanwhile, or the server's side closed it after three seconds, seen "
     "beside the client.",
     "A program that hangs before its first byte, or is kept from sending on its own host.", "RFC 9112 §9.5"},
    {"client-cancel", G::benign, "The client's program gave up.",
     "Data both ways, a conforming reset with the client's own TTL.", "A device that forges well.",
     "RFC 9293 §3.10.5, RFC 2525 §2.17"},
    {"refused-by-host", G::benign, "The port is closed on the host.",
     "A conforming refusal with the TTL of the host's other packets.", "The host's own firewall.",
     "RFC 9293 §3.10.7.1"},
    {"restart-stale-state", G::benign, "The server forgot the connection.",
     "A reset for a packet of a connection that began before the capture.",
     "A device without state in front of the server; a forged reset.", "RFC 9293 §3.5.1"},
    {"challenge-ack-then-rst", G::benign, "The peer still had an old connection; the client reset it and tries again.",
     "SYN, an ACK of other numbers, a reset with the number of that ACK.", "A forged ACK.",
     "RFC 9293 §3.5.1, RFC 5961 §4"},
    {"conntrack-invalid", G::benign,
     "An address translation lost track; the client resets packets from an address it does not know.",
     "The client never spoke to that address and has a connection from this port to another.",
     "Two connections from one port by chance.", "Kubernetes blog, 2019-03-29"},
});

}  // namespace

std::string_view to_text(ClueGroup group) {
  switch (group) {
    case ClueGroup::sequence:
      return "sequence";
    case ClueGroup::header:
      return "header";
    case ClueGroup::timing:
      return "timing";
    case ClueGroup::link:
      return "link";
    case ClueGroup::protocol:
      return "protocol";
    case ClueGroup::benign:
      return "benign";
  }
  return "";
}

std::span<const ClueCard> clue_cards() { return kCards; }

const ClueCard* find_clue(std::string_view id) {
  const auto found = std::find_if(kCards.begin(), kCards.end(), [id](const ClueCard& c) { return c.id == id; });
  return found == kCards.end() ? nullptr : &*found;
}

}  // namespace handlens
