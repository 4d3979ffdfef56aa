// FRESHET_VECTOR_CLONES before a function: compiled twice, for any x86-64 and for one with AVX2,
// and the one that the processor can run is taken when the program is loaded. For loops over cells
// that the compiler vectorizes by itself: wider registers then cost no line of code.
//
// Such a function is not inlined into its callers, and what it calls must be inlined into it.
// Other compilers, other processors and sanitized builds (whose run-time is not up when the choice
// is made) have the plain function.
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FRESHET_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FRESHET_VECTOR_CLONES
#endif
