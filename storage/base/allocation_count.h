// How many bytes the running thread has allocated and not freed: what grows inside of objects that
// do not tell their size, such as the states of aggregate functions.
//
//   const int64_t before = thread_allocated_bytes();
//   function.add(...);                                   // sets grow, strings are copied
//   state_bytes += thread_allocated_bytes() - before;
//
// Counted are operator new and delete of the whole program, which allocation_count.cc replaces, and
// the two functions below; not what libraries take from malloc. A block that another thread frees
// is taken off that thread's count, so only differences over a piece of work mean something.
//
// Why so: docs/decisions/0007-count-allocations.md.
//
// Threads:   each has its own count.
// Units:     bytes as the allocator rounds them up.
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet {

// May be negative.
int64_t thread_allocated_bytes();

// calloc and free, counted. Throws std::bad_alloc.
void* allocate_zeroed(std::size_t count, std::size_t element_bytes);
void free_zeroed(void* block);

}  // namespace freshet
