// CHECK stops the process on a broken invariant (a bug, never bad input); DCHECK only in debug
// builds, for hot loops.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition)) [[unlikely]] {                                                           \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition);   \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)

#ifdef NDEBUG
#define DCHECK(condition) \
  do {                    \
  } while (false && (condition))
#else
#define DCHECK(condition) CHECK(condition)
#endif
