// ChunkSink: where batches go. Declared low so that producers need not know their consumers.
#pragma once

#include "storage/column/chunk.h"

namespace freshet {

class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  // Takes one batch; throws Error when it cannot. Called by one thread at a time.
  virtual void put(Chunk chunk) = 0;
};

}  // namespace freshet
