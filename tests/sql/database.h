// SqlDatabase: what a script runs against: the engine in this process, or a server on loopback.
//
// Threads:   one.
#pragma once

#include <memory>
#include <string>

namespace freshet {

struct SqlAnswer {
  bool failed = false;
  std::string
      text;  // of the result in its format, or of the error ("Code: 60. DB::Exception: ...")
};

class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;
  // Forgets what SET and USE said before.
  virtual void begin_session() = 0;
  // A statement, or an INSERT with its data behind it.
  virtual SqlAnswer run(const std::string& sql) = 0;
};

// Both keep their data in `directory`.
std::unique_ptr<SqlDatabase> open_in_process(const std::string& directory);
std::unique_ptr<SqlDatabase> open_over_http(const std::string& directory);

}  // namespace freshet
