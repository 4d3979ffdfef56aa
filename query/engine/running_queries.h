// RunningQueries: which queries run now; to list them, to cancel one, to refuse a query_id that is
// in use.
//
// Threads:   any.
// Errors:    QueryWithSameIdIsAlreadyRunning, TooManySimultaneousQueries.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/engine/query_context.h"
#include "storage/base/mutex.h"

namespace freshet {

class RunningQueries {
 public:
  // Membership of one query, for as long as it lives.
  class Entry {
   public:
    Entry(RunningQueries& queries, std::shared_ptr<QueryContext> context);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    RunningQueries& queries_;
    std::list<std::shared_ptr<QueryContext>> outside_;  // before and after it is in the list
    std::list<std::shared_ptr<QueryContext>>::iterator place_;
  };

  std::vector<RunningQuery> list() const;
  // False: no such query.
  bool cancel(std::string_view query_id);
  void cancel_all();

 private:
  mutable Mutex mutex_;
  std::list<std::shared_ptr<QueryContext>> queries_ GUARDED_BY(mutex_);
};

}  // namespace freshet
