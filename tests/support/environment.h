// Numbers that make a small test a load test or a campaign (docs/hacking.md lists them).
#pragma once

#include <cstdint>
#include <cstdlib>

namespace freshet {

// The value of an environment variable; `otherwise` when it is not set.
inline uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace freshet
