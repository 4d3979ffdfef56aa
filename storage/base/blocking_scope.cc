#include "storage/base/blocking_scope.h"

namespace freshet {
namespace {

thread_local BlockingListener* thread_listener = nullptr;
thread_local unsigned open_scopes = 0;

}  // namespace

BlockingScope::BlockingScope() {
  if (thread_listener != nullptr && open_scopes++ == 0) thread_listener->begin_blocking();
}

BlockingScope::~BlockingScope() {
  if (thread_listener != nullptr && --open_scopes == 0) thread_listener->end_blocking();
}

void BlockingScope::set_listener(BlockingListener* listener) { thread_listener = listener; }

}  // namespace freshet
