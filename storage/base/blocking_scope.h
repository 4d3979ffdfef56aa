// BlockingScope marks where a thread waits for something other than a processor: a client, the
// disk, another thread. Whoever gave the thread its work may then let another thread go on.
//
//   { const BlockingScope waiting;  ::poll(...); }
//
// Threads: each thread has its own listener, or none; then a scope costs nothing.
#pragma once

namespace freshet {

class BlockingListener {
 public:
  // On the thread that blocks, never nested. Must not throw.
  virtual void begin_blocking() = 0;
  virtual void end_blocking() = 0;

 protected:
  ~BlockingListener() = default;
};

class BlockingScope {
 public:
  BlockingScope();
  ~BlockingScope();
  BlockingScope(const BlockingScope&) = delete;
  BlockingScope& operator=(const BlockingScope&) = delete;

  // Who is told about this thread's scopes; null: nobody. Requires: no scope is open.
  static void set_listener(BlockingListener* listener);
};

}  // namespace freshet
