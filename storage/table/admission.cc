#include "storage/table/admission.h"

#include <utility>

#include "storage/base/overloaded_error.h"

namespace freshet {

namespace {

constexpr int kRetryAfterSeconds = 1;
constexpr const char* kRaiseMemory =
    "Send the INSERT again after a moment. The server's option memory raises the limit";

std::string mebibytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

void Admission::refuse(ErrorCode code, const std::string& what, const std::string& advice) const {
  refused_->add();
  throw OverloadedError(code, what + ". " + advice, kRetryAfterSeconds);
}

void Admission::refuse_load(const LiveTables::Load& load) const {
  const TableVersion* version = live_->snapshot()->find(load.table->id);
  const std::string name = version == nullptr
                               ? std::string("a dropped table")
                               : version->definition->database + "." + version->definition->name;
  refuse(
      ErrorCode::TooManyParts,
      "Rows come in faster than they can be written to segments: " + name + " has " +
          std::to_string(load.memtable_rows) + " rows (" + mebibytes(load.memtable_bytes) +
          ") in memory, and a flush should start at " + std::to_string(limits_.rows_max) +
          " rows or " + mebibytes(limits_.bytes_max),
      "Send the INSERT again after a moment. More of the server's option memory, fewer rows at a "
      "time or a faster disk raise the limit");
}

void Admission::require_room(TableId table) const {
  const auto load = live_->load(table);
  if (load && (load->memtable_rows > kRefuseFactor * limits_.rows_max ||
               load->memtable_bytes > kRefuseFactor * limits_.bytes_max)) {
    refuse_load(*load);
  }
  if (const uint64_t bytes_max = memory_->bytes_max(); bytes_max > 0) {
    if (const uint64_t used = memory_->bytes(); used > bytes_max / 16 * 15) {
      refuse(ErrorCode::MemoryLimitExceeded,
             "Memory limit for new INSERTs exceeded: " + mebibytes(used) +
                 " are in use, maximum: " + mebibytes(bytes_max / 16 * 15) +
                 " (15/16 of the memory budget)",
             kRaiseMemory);
    }
    uint64_t memtables = 0;
    if (memory_->bytes() > bytes_max / 2) {
      for (const LiveTables::Load& each : live_->loads()) memtables += each.memtable_bytes;
    }
    if (memtables > bytes_max / 2) {
      refuse(ErrorCode::MemoryLimitExceeded,
             "Memory limit for newest rows exceeded: " + mebibytes(memtables) +
                 " wait to be written to segments, maximum: " + mebibytes(bytes_max / 2) +
                 " (half of the memory budget)",
             kRaiseMemory);
    }
  }
}

void Admission::refuse_backlog(const std::set<TableId>& tables) const {
  std::optional<LiveTables::Load> largest;
  for (const TableId table : tables) {
    const auto load = live_->load(table);
    if (load && (!largest || load->memtable_bytes > largest->memtable_bytes)) largest = load;
  }
  if (largest) refuse_load(*largest);
  refuse(ErrorCode::TooManyParts, "Rows come in faster than they can be written to segments",
         kRaiseMemory);
}

void Admission::refuse_memory(uint64_t wanted_bytes) const {
  refuse(ErrorCode::MemoryLimitExceeded,
         "Memory limit exceeded by an INSERT: would use " +
             std::to_string(memory_->bytes() + wanted_bytes) +
             " bytes, maximum: " + std::to_string(memory_->bytes_max()),
         kRaiseMemory);
}

}  // namespace freshet
