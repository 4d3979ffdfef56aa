// freshet: one binary, one command each for the server, the SQL shell and file ingest.

#include <cstdio>
#include <cstring>

#include "client/ingest_command.h"
#include "client/shell_command.h"
#include "server/server.h"
#include "server/version.h"

namespace {

constexpr const char* kUsage =
    "Usage: freshet COMMAND [OPTIONS]\n"
    "\n"
    "  server   take events in and answer SQL over HTTP\n"
    "  client   SQL shell, interactive or batch\n"
    "  ingest   load or follow files\n"
    "\n"
    "freshet COMMAND --help says more; freshet --version prints the version.\n";

}  // namespace

int main(int argc, char** argv) {
  const char* command = argc > 1 ? argv[1] : "--help";
  if (std::strcmp(command, "server") == 0) return freshet::run_server(argc - 1, argv + 1);
  if (std::strcmp(command, "client") == 0) return freshet::run_shell(argc - 1, argv + 1);
  if (std::strcmp(command, "ingest") == 0) return freshet::run_ingest(argc - 1, argv + 1);
  if (std::strcmp(command, "--version") == 0 || std::strcmp(command, "-V") == 0) {
    std::printf("freshet %s\n", freshet::kFreshetVersion);
    return 0;
  }
  if (std::strcmp(command, "--help") == 0 || std::strcmp(command, "-h") == 0) {
    std::fputs(kUsage, stdout);
    return argc > 1 ? 0 : 2;
  }
  std::fprintf(stderr, "freshet: unknown command: %s\n\n%s", command, kUsage);
  return 2;
}
