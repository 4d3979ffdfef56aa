#include "query/operator/window_aggregate.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "storage/base/check.h"
#include "storage/base/limits.h"

namespace freshet {

namespace {

// States in a row, alive from construction to destruction.
class StateArray {
 public:
  StateArray(const AggregateFunction& function, size_t count)
      : function_(function),
        stride_((std::max<size_t>(function.state_bytes(), 1) + kAlignment - 1) / kAlignment *
                kAlignment),
        memory_(stride_ * count) {
    if (function.zero_is_empty()) {
      std::memset(memory_.data(), 0, memory_.size());
      count_ = count;
      return;
    }
    for (; count_ < count; ++count_) function.create((*this)[count_]);
  }
  ~StateArray() {
    if (!function_.owns_memory()) return;
    for (size_t i = 0; i < count_; ++i) function_.destroy((*this)[i]);
  }
  StateArray(const StateArray&) = delete;
  StateArray& operator=(const StateArray&) = delete;

  char* operator[](size_t i) { return memory_.data() + i * stride_; }
  // State i as if it had seen nothing.
  void clear(size_t i) {
    if (function_.owns_memory()) function_.destroy((*this)[i]);
    if (function_.zero_is_empty()) {
      std::memset((*this)[i], 0, stride_);
    } else {
      function_.create((*this)[i]);
    }
  }
  static size_t bytes_for(const AggregateFunction& function, size_t count) {
    return (function.state_bytes() + kAlignment) * count;
  }

 private:
  static constexpr size_t kAlignment = 16;

  const AggregateFunction& function_;
  size_t stride_;
  Buffer<char> memory_;
  size_t count_ = 0;
};

// Rows whose frame is the same.
struct Step {
  RowIndex begin;
  RowIndex end;
};

struct Steps {
  std::vector<Step> steps;
  std::vector<RowIndex> of_row;  // empty: one step for each row
  bool growing = true;
};

Steps find_steps(const RowFrames& frames) {
  Steps found;
  const size_t row_count = frames.begin.size();
  found.of_row.resize(row_count);
  for (size_t i = 0; i < row_count; ++i) {
    const Step step{frames.begin[i], frames.end[i]};
    if (i == 0 || step.begin != found.steps.back().begin || step.end != found.steps.back().end) {
      if (i > 0) {
        const Step& before = found.steps.back();
        found.growing = found.growing && (step.begin == before.begin || step.begin >= before.end);
      }
      found.steps.push_back(step);
    }
    found.of_row[i] = static_cast<RowIndex>(found.steps.size() - 1);
  }
  if (found.steps.size() == row_count) found.of_row.clear();
  return found;
}

class FrameAggregator {
 public:
  FrameAggregator(ExecutionContext& context, const AggregateFunction& function,
                  std::span<const ColumnPtr> arguments)
      : context_(context),
        function_(function),
        arguments_(arguments),
        memory_(context.memory),
        result_(make_column(*function.result_type())) {}

  ColumnPtr compute(const RowFrames& frames) {
    const Steps steps = find_steps(frames);
    if (steps.growing) {
      grow(steps.steps);
    } else if (function_.grows_with_rows()) {
      recompute(steps.steps);
    } else {
      slide(steps.steps);
    }
    ColumnPtr cells = std::move(result_);
    return steps.of_row.empty() ? cells : cells->select(steps.of_row);
  }

 private:
  // More rows than so many at once are added to a state directly.
  static constexpr size_t kDirectRows = 256;
  static constexpr size_t kLeavesMax = 4096;
  // Frames of so few rows on average are merged row by row.
  static constexpr size_t kShortFrame = 16;
  static constexpr size_t kSlideRows = 4 * kLeavesMax;

  void finish(char* state) { function_.finish(&state, 0, 1, *result_); }

  std::vector<ColumnPtr> slices(size_t begin, size_t end) const {
    std::vector<ColumnPtr> parts;
    for (const ColumnPtr& argument : arguments_) {
      const bool whole = begin == 0 && end == argument->size();
      parts.push_back(whole ? argument : argument->slice(begin, end - begin));
    }
    return parts;
  }

  // Adds rows to one state.
  void add_range(size_t begin, size_t end, char* state) {
    while (begin < end) {
      context_.check_running();
      const size_t part_end = std::min(end, begin + kBlockRows);
      function_.add(slices(begin, part_end), part_end - begin, StateRows::single(state));
      begin = part_end;
    }
  }

  // state_of(row) takes each row of [begin, end).
  template <class StateOf>
  void add_each(size_t begin, size_t end, const StateOf& state_of) {
    std::vector<char*> states;
    while (begin < end) {
      context_.check_running();
      const size_t part_end = std::min(end, begin + kBlockRows);
      states.resize(part_end - begin);
      for (size_t row = begin; row < part_end; ++row) states[row - begin] = state_of(row);
      function_.add(slices(begin, part_end), part_end - begin, StateRows::of(states.data(), 0));
      begin = part_end;
    }
  }

  // What a step adds to the running state.
  struct Growth {
    RowIndex begin;
    RowIndex end;
    bool starts_anew;
  };

  void grow(std::span<const Step> steps) {
    StateArray running(function_, 1);
    std::vector<Growth> pending;
    std::optional<Step> before;
    for (const Step& step : steps) {
      const bool starts_anew = !before || step.begin != before->begin;
      const Growth growth{starts_anew ? step.begin : before->end, step.end, starts_anew};
      before = step;
      if (growth.end - growth.begin < kDirectRows) {
        pending.push_back(growth);
        if (pending.size() == kLeavesMax) take(pending, running);
        continue;
      }
      take(pending, running);
      if (starts_anew) running.clear(0);
      add_range(growth.begin, growth.end, running[0]);
      finish(running[0]);
    }
    take(pending, running);
  }

  void take(std::vector<Growth>& pending, StateArray& running) {
    if (pending.empty()) return;
    // One more, for rows between the frames.
    StateArray leaves(function_, pending.size() + 1);
    size_t next = 0;
    add_each(pending.front().begin, pending.back().end, [&](size_t row) {
      while (row >= pending[next].end) ++next;
      return leaves[row >= pending[next].begin ? next : pending.size()];
    });
    for (size_t i = 0; i < pending.size(); ++i) {
      if (pending[i].starts_anew) running.clear(0);
      if (pending[i].begin < pending[i].end) function_.merge(running[0], leaves[i]);
      finish(running[0]);
    }
    pending.clear();
  }

  void recompute(std::span<const Step> steps) {
    StateArray state(function_, 1);
    Step held{0, 0};
    for (const Step& step : steps) {
      const bool extends = step.begin == held.begin && step.end >= held.end;
      if (!extends) {
        state.clear(0);
        held = {step.begin, step.begin};
      }
      add_range(held.end, step.end, state[0]);
      held = step;
      finish(state[0]);
    }
  }

  // Steps in groups, each of which makes the states of its rows.
  void slide(std::span<const Step> steps) {
    for (size_t first = 0; first < steps.size();) {
      const size_t begin = steps[first].begin;
      const size_t rows_max =
          std::max<size_t>(kSlideRows, 2 * size_t{steps[first].end - steps[first].begin});
      size_t last = first + 1;
      size_t seen = steps[first].end - steps[first].begin;
      while (last < steps.size() && last - first < rows_max &&
             steps[last].end - begin <= rows_max) {
        seen += steps[last].end - steps[last].begin;
        ++last;
      }
      const std::span<const Step> group = steps.subspan(first, last - first);
      slide_group(group, seen <= kShortFrame * group.size());
      first = last;
    }
  }

  void slide_group(std::span<const Step> steps, bool short_frames) {
    const size_t first_row = steps.front().begin;
    const size_t count = steps.back().end - first_row;
    memory_.resize(StateArray::bytes_for(function_, count));
    StateArray states(function_, count);
    add_each(first_row, first_row + count, [&](size_t row) { return states[row - first_row]; });
    StateArray scratch(function_, 2);
    constexpr size_t kRunning = 0;
    constexpr size_t kResult = 1;
    size_t mid = 0;
    size_t running_end = 0;
    for (const Step& step : steps) {
      const size_t begin = step.begin - first_row;
      const size_t end = step.end - first_row;
      if (begin == end) {
        scratch.clear(kResult);
        finish(scratch[kResult]);
        continue;
      }
      if (short_frames) {
        scratch.clear(kResult);
        for (size_t i = begin; i < end; ++i) function_.merge(scratch[kResult], states[i]);
        finish(scratch[kResult]);
        continue;
      }
      if (begin >= mid) {
        for (size_t i = end - 1; i > begin; --i) function_.merge(states[i - 1], states[i]);
        mid = end;
        running_end = end;
        scratch.clear(kRunning);
      }
      for (; running_end < end; ++running_end) {
        function_.merge(scratch[kRunning], states[running_end]);
      }
      if (running_end == mid) {
        finish(states[begin]);
        continue;
      }
      scratch.clear(kResult);
      function_.merge(scratch[kResult], states[begin]);
      function_.merge(scratch[kResult], scratch[kRunning]);
      finish(scratch[kResult]);
    }
    memory_.resize(0);
  }

  ExecutionContext& context_;
  const AggregateFunction& function_;
  std::span<const ColumnPtr> arguments_;
  MemoryReservation memory_;
  MutableColumnPtr result_;
};

}  // namespace

ColumnPtr aggregate_frames(ExecutionContext& context, const AggregateFunction& function,
                           std::span<const ColumnPtr> arguments, const RowFrames& frames) {
  return FrameAggregator(context, function, arguments).compute(frames);
}

}  // namespace freshet
