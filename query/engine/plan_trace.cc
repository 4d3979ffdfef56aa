#include "query/engine/plan_trace.h"

#include <time.h>

#include <thread>
#include <utility>

#include "query/operator/execution_context.h"

namespace freshet {

namespace {

uint64_t thread_cpu_ns() {
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 0;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

struct Times {
  uint64_t wall_ns = 0;
  uint64_t cpu_ns = 0;

  Times operator-(const Times& other) const {
    return {wall_ns - other.wall_ns, cpu_ns - other.cpu_ns};
  }
  void operator+=(const Times& other) {
    wall_ns += other.wall_ns;
    cpu_ns += other.cpu_ns;
  }
};

class Tracer {
 public:
  Tracer(OperatorTrace& trace, const Clock& clock) : trace_(trace), clock_(clock) {}

  Times now() const { return {static_cast<uint64_t>(clock_.monotonic_ns()), thread_cpu_ns()}; }
  void add(const Times& times, WorkerIndex worker) const {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    trace_.wall_ns.fetch_add(times.wall_ns, kRelaxed);
    trace_.cpu_ns.fetch_add(times.cpu_ns, kRelaxed);
    trace_.workers.fetch_or(uint64_t{1} << (worker % 64), kRelaxed);
  }
  void count_in(const Chunk& chunk) const {
    trace_.rows_in.fetch_add(chunk.row_count, std::memory_order_relaxed);
  }
  void count_out(const Chunk& chunk) const {
    trace_.rows_out.fetch_add(chunk.row_count, std::memory_order_relaxed);
    trace_.bytes_out.fetch_add(chunk.memory_bytes(), std::memory_order_relaxed);
  }
  // The query's, but for what goes to disk, and for the time of the workers that help out.
  ExecutionContext inside(const ExecutionContext& context) const {
    ExecutionContext own = context;
    if (trace_.temporary != nullptr) own.temporary = trace_.temporary.get();
    own.run_parallel = [this, &context](size_t count, const std::function<void(size_t)>& task) {
      const std::thread::id caller = std::this_thread::get_id();
      context.run_parallel(count, [&](size_t i) {
        const uint64_t begin = thread_cpu_ns();
        task(i);
        // The caller's own time is counted already.
        if (std::this_thread::get_id() != caller) add({0, thread_cpu_ns() - begin}, i);
      });
    };
    return own;
  }

 private:
  OperatorTrace& trace_;
  const Clock& clock_;
};

class TracedSource final : public Source {
 public:
  TracedSource(std::unique_ptr<Source> source, Tracer tracer)
      : source_(std::move(source)), tracer_(tracer) {}
  void prepare(size_t worker_count) override {
    const Times begin = tracer_.now();
    source_->prepare(worker_count);
    tracer_.add(tracer_.now() - begin, 0);
  }
  bool read(ExecutionContext& context, WorkerIndex worker, Chunk& chunk) override {
    ExecutionContext own = tracer_.inside(context);
    const Times begin = tracer_.now();
    const bool more = source_->read(own, worker, chunk);
    tracer_.add(tracer_.now() - begin, worker);
    if (more) tracer_.count_out(chunk);
    return more;
  }
  size_t parallelism_max() const override { return source_->parallelism_max(); }

 private:
  std::unique_ptr<Source> source_;
  Tracer tracer_;
};

class TracedTransform final : public Transform {
 public:
  TracedTransform(std::unique_ptr<Transform> transform, Tracer tracer)
      : transform_(std::move(transform)), tracer_(tracer) {}
  void prepare(size_t worker_count) override { transform_->prepare(worker_count); }
  bool process(ExecutionContext& context, WorkerIndex worker, Chunk chunk,
               const Emit& emit) override {
    ExecutionContext own = tracer_.inside(context);
    tracer_.count_in(chunk);
    Times after;  // spent by those that take what comes out
    const Times begin = tracer_.now();
    const bool more = transform_->process(own, worker, std::move(chunk), [&](Chunk out) {
      tracer_.count_out(out);
      const Times given = tracer_.now();
      const bool wanted = emit(std::move(out));
      after += tracer_.now() - given;
      return wanted;
    });
    tracer_.add(tracer_.now() - begin - after, worker);
    return more;
  }

 private:
  std::unique_ptr<Transform> transform_;
  Tracer tracer_;
};

class TracedSink final : public Sink {
 public:
  TracedSink(std::unique_ptr<Sink> sink, Tracer tracer) : sink_(std::move(sink)), tracer_(tracer) {}
  void prepare(size_t worker_count) override { sink_->prepare(worker_count); }
  bool consume(ExecutionContext& context, WorkerIndex worker, Chunk chunk) override {
    ExecutionContext own = tracer_.inside(context);
    tracer_.count_in(chunk);
    const Times begin = tracer_.now();
    const bool more = sink_->consume(own, worker, std::move(chunk));
    tracer_.add(tracer_.now() - begin, worker);
    return more;
  }
  void finish(ExecutionContext& context) override {
    ExecutionContext own = tracer_.inside(context);
    const Times begin = tracer_.now();
    sink_->finish(own);
    tracer_.add(tracer_.now() - begin, 0);
  }

 private:
  std::unique_ptr<Sink> sink_;
  Tracer tracer_;
};

}  // namespace

OperatorTrace& PlanTrace::add(OperatorTrace::Role role, const PlanNode& node, std::string name) {
  OperatorTrace& trace = operators_.emplace_back();
  trace.role = role;
  trace.name = std::move(name);
  trace.node = &node;
  if (temporary_ != nullptr) trace.temporary = std::make_unique<TemporaryData>(temporary_);
  return trace;
}

std::unique_ptr<Source> PlanTrace::wrap(std::unique_ptr<Source> source, const PlanNode& node,
                                        std::string name) {
  OperatorTrace& trace = add(OperatorTrace::Role::Source, node, std::move(name));
  auto traced = std::make_unique<TracedSource>(std::move(source), Tracer(trace, clock_));
  by_operator_[static_cast<const Source*>(traced.get())] = &trace;
  return traced;
}

std::unique_ptr<Transform> PlanTrace::wrap(std::unique_ptr<Transform> transform,
                                           const PlanNode& node, std::string name) {
  OperatorTrace& trace = add(OperatorTrace::Role::Transform, node, std::move(name));
  auto traced = std::make_unique<TracedTransform>(std::move(transform), Tracer(trace, clock_));
  by_operator_[static_cast<const Transform*>(traced.get())] = &trace;
  return traced;
}

std::unique_ptr<Sink> PlanTrace::wrap(std::unique_ptr<Sink> sink, const PlanNode& node,
                                      std::string name) {
  OperatorTrace& trace = add(OperatorTrace::Role::Sink, node, std::move(name));
  auto traced = std::make_unique<TracedSink>(std::move(sink), Tracer(trace, clock_));
  by_operator_[static_cast<const Sink*>(traced.get())] = &trace;
  return traced;
}

std::vector<const OperatorTrace*> PlanTrace::of(const PlanNode& node) const {
  std::vector<const OperatorTrace*> found;
  for (const OperatorTrace& trace : operators_) {
    if (trace.node == &node) found.push_back(&trace);
  }
  return found;
}

const ScanSource* PlanTrace::scan_of(const PlanNode& node) const {
  const auto found = scans_.find(&node);
  return found == scans_.end() ? nullptr : found->second;
}

std::string PlanTrace::name_of(const void* op) const {
  const auto found = by_operator_.find(op);
  return found == by_operator_.end() ? std::string() : found->second->name;
}

uint64_t PlanTrace::cpu_ns() const {
  uint64_t all = 0;
  for (const OperatorTrace& trace : operators_) all += trace.cpu_ns.load();
  return all;
}

}  // namespace freshet
