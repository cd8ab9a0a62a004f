// A table of virtual servers for a kernel that has none: preloaded (ld.so(8)) into a program that fills one, such as
// keepalived, whose health checks run only for servers in that table. Whatever it enters is accepted and forgotten, and
// the table says that it is empty. Nothing else is touched: every other socket option, and so every connection, is the
// program's and the kernel's own.
//
//   g++ -std=c++20 -shared -fPIC -o pretended_ipvs.so pretended_ipvs.cc
//   LD_PRELOAD=./pretended_ipvs.so keepalived ...

#include <dlfcn.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

struct nl_sock;  // of libnl-genl, of which nothing else is needed

namespace {

constexpr int kVersion = 0x010201;     // IPVS 1.2.1, that of every kernel since 2.6.23
constexpr unsigned kTableSize = 4096;  // the kernel's usual one
constexpr int kNoSuchFamily = -12;     // libnl: object not found

bool is_ipvs(int level, int option) {
  return level == IPPROTO_IP && option >= IP_VS_BASE_CTL && option <= IP_VS_SO_SET_MAX;
}

template <typename Function>
Function next_one(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

// Generic netlink is the newer of the two ways to the table. Asking for it may load a module into the host's kernel;
// without it programs take the older way, below.
int genl_ctrl_resolve(nl_sock* socket, const char* family) {
  if (std::strcmp(family, IPVS_GENL_NAME) == 0) return kNoSuchFamily;
  static const auto real = next_one<int (*)(nl_sock*, const char*)>("genl_ctrl_resolve");
  return real != nullptr ? real(socket, family) : kNoSuchFamily;
}

int getsockopt(int socket, int level, int option, void* value, socklen_t* length) noexcept {
  if (!is_ipvs(level, option)) {
    static const auto real = next_one<decltype(&getsockopt)>("getsockopt");
    return real(socket, level, option, value, length);
  }
  ip_vs_getinfo info{};
  if (option != IP_VS_SO_GET_INFO || *length < sizeof info) {  // nothing else is there to be told
    errno = ESRCH;
    return -1;
  }
  info.version = kVersion;
  info.size = kTableSize;
  std::memcpy(value, &info, sizeof info);
  *length = sizeof info;
  return 0;
}

int setsockopt(int socket, int level, int option, const void* value, socklen_t length) noexcept {
  if (is_ipvs(level, option)) return 0;
  static const auto real = next_one<decltype(&setsockopt)>("setsockopt");
  return real(socket, level, option, value, length);
}

}  // extern "C"
