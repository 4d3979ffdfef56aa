// The three roles of operators. A pipeline is one Source, any number of Transforms and one Sink:
//
//   Source --chunk--> Transform --chunk--> Transform --chunk--> Sink
//
// Several workers run the same pipeline at once, each with chunks of its own; operators keep state
// per worker (index 0 .. worker_count - 1) or share it with care. A Sink that has taken all rows
// (a sort, a hash table) gives a Source for the next pipeline.
//
// Path:      query/engine/physical_planner builds, query/engine/executor runs
// Threads:   read, process and consume are called by many workers at once, but never by two with
//            the same worker index; prepare and finish by one thread, before and after.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "storage/column/chunk.h"
#include "storage/column/row_set.h"

namespace freshet {

using WorkerIndex = size_t;

// Handed to read/process/consume by the executor.
struct ExecutionContext;  // execution_context.h

class Source {
 public:
  virtual ~Source() = default;
  virtual void prepare(size_t worker_count) = 0;
  // The next batch for this worker; false when there are no more. May give empty chunks. Work that
  // a worker has claimed but not read yet is read later under the same worker index.
  virtual bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) = 0;
  // How many workers can be busy at once; 1 keeps the order of rows.
  virtual size_t parallelism_max() const = 0;
};

// Takes what a Transform gives; false: nobody wants more rows.
using Emit = std::function<bool(Chunk)>;

class Transform {
 public:
  virtual ~Transform() = default;
  virtual void prepare(size_t worker_count) = 0;
  // Gives any number of chunks to `emit`. False: no more input is wanted by anybody (LIMIT).
  virtual bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
                       const Emit& emit) = 0;
};

// A consumer that can leave rows out by itself, which costs less than picking all others.
class RowExcluder {
 public:
  virtual ~RowExcluder() = default;
  // Leaves `rows` out of the next chunk of the worker. They live until then.
  virtual void exclude(WorkerIndex worker, const RowBitmap& rows) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void prepare(size_t worker_count) = 0;
  // False: no more rows are wanted.
  virtual bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) = 0;
  // After the last consume of the last worker. May use `context.run_parallel` for its own work.
  virtual void finish(ExecutionContext& context) = 0;
};

}  // namespace freshet
