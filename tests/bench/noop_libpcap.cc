// The yardstick: reads a capture with libpcap and does nothing with it. What a program takes beyond this is its own
// work.
#include <pcap/pcap.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: noop_libpcap FILE\n");
    return 2;
  }
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline(argv[1], error);
  if (capture == nullptr) {
    std::fprintf(stderr, "%s\n", error);
    return 3;
  }
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  pcap_pkthdr* header = nullptr;
  const unsigned char* data = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(capture, &header, &data)) == 1) {
    ++packets;
    bytes += header->caplen;
  }
  if (result == PCAP_ERROR) std::fprintf(stderr, "%s\n", pcap_geterr(capture));
  pcap_close(capture);
  std::printf("%" PRIu64 " packets, %" PRIu64 " bytes\n", packets, bytes);
  return result == PCAP_ERROR ? 4 : 0;
}
