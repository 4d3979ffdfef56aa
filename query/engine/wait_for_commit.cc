#include "query/engine/wait_for_commit.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "storage/base/error.h"

namespace freshet {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a waiting query looks whether it was cancelled.
constexpr milliseconds kLookEvery{50};

}  // namespace

void wait_for_commit(const TableStore& store, QueryContext& context) {
  const Lsn wanted(context.settings.number("min_lsn"));
  if (context.snapshot->lsn() >= wanted) return;
  const uint64_t timeout_ms = context.settings.number("min_lsn_timeout_ms");
  constexpr uint64_t kTimeoutMsMax = 24 * 3600 * 1000;
  const auto now = steady_clock::now();
  const auto give_up = now + milliseconds(std::min(timeout_ms, kTimeoutMsMax));
  const auto deadline = std::min(give_up, context.deadline);
  for (auto left = deadline - now; !store.wait_visible(
           wanted, std::chrono::ceil<milliseconds>(
                       std::clamp<steady_clock::duration>(left, milliseconds(0), kLookEvery)));
       left = deadline - steady_clock::now()) {
    if (context.cancelled) throw Error(ErrorCode::QueryWasCancelled, "Query was cancelled");
    if (left > milliseconds(0)) continue;
    throw Error(
        ErrorCode::TimeoutExceeded,
        "Timeout exceeded: the commit min_lsn = " + std::to_string(wanted.value) +
            " did not become visible within min_lsn_timeout_ms = " + std::to_string(timeout_ms) +
            "; the newest visible commit is " + std::to_string(store.snapshot()->lsn().value));
  }
  context.snapshot = store.snapshot();
}

}  // namespace freshet
