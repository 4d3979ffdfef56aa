#include "storage/base/listening_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "storage/base/error.h"

namespace freshet {
namespace {

namespace fs = std::filesystem;

TEST(ListeningSockets, ReadsAddresses) {
  EXPECT_EQ(parse_host_port("127.0.0.1:8123").host, "127.0.0.1");
  EXPECT_EQ(parse_host_port("127.0.0.1:8123").port, 8123);
  EXPECT_EQ(parse_host_port("[::1]:0").host, "::1");
  EXPECT_EQ(parse_host_port("*:80").host, "");
  EXPECT_EQ(parse_host_port(":80").host, "");
  for (const char* text : {"", "8123", "localhost", "localhost:", "h:70000", "h:1x", "::1:80"}) {
    EXPECT_THROW(parse_host_port(text), Error) << text;
  }
}

class UnixSocketPath {
 public:
  UnixSocketPath() : folder_(fs::temp_directory_path() / ("freshet-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~UnixSocketPath() { fs::remove_all(folder_); }
  std::string path() const { return folder_ / "rows.sock"; }

 private:
  fs::path folder_;
};

TEST(ListeningSockets, UnixSocketIsTakenOnceAndItsFileGoesWithIt) {
  const UnixSocketPath place;
  {
    const ListeningSockets sockets = listen_on_path(place.path());
    EXPECT_EQ(sockets.descriptors().size(), 1u);
    EXPECT_TRUE(fs::is_socket(place.path()));
    EXPECT_THROW(listen_on_path(place.path()), Error);
  }
  EXPECT_FALSE(fs::exists(place.path()));
}

TEST(ListeningSockets, TheFileOfACrashedServerIsReplaced) {
  const UnixSocketPath place;
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  place.path().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(descriptor);  // the file stays
  EXPECT_EQ(listen_on_path(place.path()).descriptors().size(), 1u);
}

TEST(ListeningSockets, AFileThatIsNoSocketIsLeftAlone) {
  const UnixSocketPath place;
  std::ofstream(place.path()) << "precious";
  EXPECT_THROW(listen_on_path(place.path()), Error);
  EXPECT_EQ(fs::file_size(place.path()), 8u);
  EXPECT_THROW(listen_on_path(std::string(200, 'x')), Error);
}

}  // namespace
}  // namespace freshet
