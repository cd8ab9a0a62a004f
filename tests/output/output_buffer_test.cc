#include "src/output/output_buffer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "tests/support/captured_output.h"

namespace handlens {
namespace {

TEST(OutputBuffer, WritesEverythingInOrder) {
  testing::CapturedOutput captured;
  std::string expected;
  {
    OutputBuffer out(captured.descriptor());
    const std::string block(300'000, 'x');
    for (int i = 0; i < 10; ++i) {
      out.append(block);
      out.append(std::to_string(i));
      expected += block + std::to_string(i);
    }
  }
  EXPECT_EQ(captured.text(), expected);
}

TEST(OutputBuffer, ContinuesShortWritesOfANonBlockingPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  std::size_t received = 0;
  std::thread reader([&] {
    char block[5000];
    for (ssize_t count = 0; (count = ::read(ends[0], block, sizeof block)) > 0;)
      received += static_cast<std::size_t>(count);
  });
  {
    OutputBuffer out(ends[1]);
    out.append(std::string(3'000'000, 'y'));
    out.flush();
    EXPECT_TRUE(out.good());
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(received, 3'000'000U);
}

TEST(OutputBuffer, AClosedPipeIsRememberedAndEndsWriting) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  OutputBuffer out(ends[1]);
  out.append("x");
  out.flush();
  EXPECT_FALSE(out.good());
  EXPECT_EQ(out.error_number(), EPIPE);
  ::close(ends[1]);
}

TEST(OutputBuffer, AFullDiskIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  OutputBuffer out(full);
  out.append("x");
  out.flush();
  EXPECT_EQ(out.error_number(), ENOSPC);
  ::close(full);
}

}  // namespace
}  // namespace handlens
