// OverloadedError: a request that was refused in order to keep what is there safe; the same request
// will be taken later.
//
// Nothing was changed. HTTP answers 429 with Retry-After; doors that can hold their client back
// wait and try again.
#pragma once

#include <string>
#include <utility>

#include "storage/base/error.h"

namespace freshet {

class OverloadedError : public Error {
 public:
  OverloadedError(ErrorCode code, std::string message, int retry_after_seconds = 1)
      : Error(code, std::move(message)), retry_after_seconds_(retry_after_seconds) {}

  int retry_after_seconds() const { return retry_after_seconds_; }

 private:
  int retry_after_seconds_;
};

}  // namespace freshet
