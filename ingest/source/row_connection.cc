#include "ingest/source/row_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>

#include "query/engine/settings.h"
#include "storage/base/error.h"
#include "storage/base/log.h"
#include "storage/base/overloaded_error.h"

namespace freshet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kReceiveBytes = 256 * kKiB;
constexpr size_t kMessageBytesMax = 4 * kKiB;
constexpr int kReliefPauseMs = 100;

milliseconds time_left(steady_clock::time_point deadline) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - steady_clock::now()));
}

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, kMessageBytesMax));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line;
}

}  // namespace

RowConnection::RowConnection(SocketStream& stream, const RowConnectionContext& context)
    : stream_(&stream), context_(&context), memory_(*context.memory) {}

void RowConnection::serve() {
  try {
    memory_.resize(kReceiveBytes);
    space_.resize(kReceiveBytes);
    take_stream();
    stream_->end_writing();
  } catch (const Error& error) {
    say_error(error);
  } catch (const std::bad_alloc&) {
    say_error(Error(ErrorCode::CannotAllocateMemory, "The system gives no more memory"));
  } catch (const std::exception& error) {
    log_error("row_connection_failed",
              {{"source", context_->source_name}, {"error", error.what()}});
    say_error(Error(ErrorCode::LogicalError, error.what()));
  }
}

template <class Work>
auto RowConnection::outlast_overload(Work work) {
  while (true) {
    try {
      return work();
    } catch (const OverloadedError&) {
      if (!wait_for_relief()) throw;
    }
  }
}

void RowConnection::take_stream() {
  std::optional<RowTarget> target = context_->bound_target ? context_->bound_target : read_target();
  if (!target) return;
  target->insert.source_name = context_->source_name;
  take_rows(*target);
}

std::optional<RowTarget> RowConnection::read_target() {
  const SocketLimits& limits = context_->limits;
  const TimePoint deadline = steady_clock::now() + limits.head_timeout;
  size_t line_bytes = 0;
  while ((line_bytes = received_.find('\n')) == std::string::npos) {
    if (received_.size() > limits.head_bytes_max) {
      throw Error(ErrorCode::QueryIsTooLarge,
                  "The first line is longer than " + std::to_string(limits.head_bytes_max) +
                      " bytes; it begins with: " + received_.substr(0, 100));
    }
    switch (stream_->wait_readable(time_left(deadline), context_->server->stop_descriptor())) {
      case ReadOutcome::Stopped:
        return std::nullopt;
      case ReadOutcome::TimedOut:
        throw Error(ErrorCode::TimeoutExceeded, "The first line took longer than ms: " +
                                                    std::to_string(limits.head_timeout.count()));
      default:
        break;
    }
    const ReadResult got = stream_->read_some(space_, deadline);
    if (got.outcome == ReadOutcome::Closed) {
      if (received_.empty()) return std::nullopt;
      line_bytes = received_.size();
      break;
    }
    received_.append(space_, 0, got.bytes);
  }
  RowTarget target =
      parse_row_target(*context_->engine, std::string_view(received_).substr(0, line_bytes));
  received_.erase(0, line_bytes + 1);
  return target;
}

void RowConnection::take_rows(RowTarget& target) {
  const InsertRequest& insert = target.insert;
  const FormatEntry& format = find_format(insert.format);
  if (format.make_reader == nullptr) {
    throw Error(ErrorCode::UnknownFormat,
                "Format is not suitable for input: " + std::string(format.name));
  }
  // Opened for its columns only, and closed again: it would hold off DDL.
  const Schema schema = outlast_overload([&] {
    return context_->engine
        ->open_insert(insert.query, insert.database, insert.table, insert.columns)
        ->input_schema();
  });
  RowGatherer rows(format.make_reader(
      schema, format_options(insert.query.settings, context_->engine->time_zone())));
  rows.add(received_);
  received_ = {};

  const SocketLimits& limits = context_->limits;
  std::optional<TimePoint> batch_due;
  if (rows.pending_bytes() != 0) batch_due = steady_clock::now() + limits.batch_wait;
  TimePoint idle_until = steady_clock::now() + limits.idle_timeout;
  // A long row is looked at again only when it has grown by half, or when its time has come.
  size_t cut_bytes = limits.batch_bytes;
  while (true) {
    const TimePoint now = steady_clock::now();
    const bool stopping = context_->server->stopping();
    if (rows.pending_bytes() >= cut_bytes || (batch_due && now >= *batch_due) || stopping) {
      commit_batch(target, rows, /*last=*/false);
      batch_due.reset();
      cut_bytes = std::max(limits.batch_bytes, rows.pending_bytes() / 2 * 3);
    }
    if (stopping) {
      throw Error(ErrorCode::NetworkError, "The server stops; rows taken from this connection: " +
                                               std::to_string(rows_taken_));
    }
    if (now >= idle_until) {
      throw Error(ErrorCode::TimeoutExceeded,
                  "No byte came for ms: " + std::to_string(limits.idle_timeout.count()));
    }
    const size_t bytes_before = rows.pending_bytes();
    if (!receive(target, rows, batch_due ? std::min(*batch_due, idle_until) : idle_until)) return;
    if (rows.pending_bytes() == bytes_before) continue;
    idle_until = steady_clock::now() + limits.idle_timeout;
    if (!batch_due) batch_due = steady_clock::now() + limits.batch_wait;
  }
}

bool RowConnection::receive(RowTarget& target, RowGatherer& rows, TimePoint deadline) {
  const ReadOutcome outcome =
      stream_->wait_readable(time_left(deadline), context_->server->stop_descriptor());
  if (outcome != ReadOutcome::Bytes) return true;
  const ReadResult got = stream_->read_some(space_, deadline);
  if (got.outcome == ReadOutcome::Closed) {
    // After a reset the last row may have lost its end.
    commit_batch(target, rows, /*last=*/!got.reset);
    return false;
  }
  rows.add(std::string_view(space_).substr(0, got.bytes));
  resize_memory(kReceiveBytes + rows.capacity_bytes());
  return true;
}

void RowConnection::commit_batch(RowTarget& target, RowGatherer& rows, bool last) {
  const std::string batch = rows.take_batch(last);
  if (batch.empty()) return;
  target.insert.rows_before = rows_taken_;
  const InsertReport done = outlast_overload([&] {
    TextSource source(batch);
    return context_->inserts->run(target.insert, source);
  });
  const uint64_t taken = done.rows + done.quarantined_rows;
  rows_taken_ += taken;
  context_->rows->add(taken);
  context_->batches->add();
  if (target.acknowledge && taken != 0) {
    say("OK " + std::to_string(done.lsn.value) + ' ' + std::to_string(rows_taken_) + '\n');
  }
}

void RowConnection::resize_memory(uint64_t bytes) {
  if (bytes <= memory_.bytes()) {
    memory_.shrink(memory_.bytes() - bytes);
    return;
  }
  while (!memory_.try_grow(bytes - memory_.bytes())) {
    if (!wait_for_relief()) {
      throw Error(
          ErrorCode::MemoryLimitExceeded,
          "Memory limit exceeded by a connection for rows, wanted bytes: " + std::to_string(bytes));
    }
  }
}

bool RowConnection::wait_for_relief() {
  context_->waits->add();
  pollfd stop{.fd = context_->server->stop_descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&stop, 1, kReliefPauseMs) == 0;
}

void RowConnection::say(const std::string& line) {
  const std::array<std::string_view, 1> parts{line};
  stream_->write_all(parts, context_->limits.write_timeout);
}

void RowConnection::say_error(const Error& error) {
  context_->failures->add();
  log_warning("row_connection_ended", {{"source", context_->source_name},
                                       {"rows", rows_taken_},
                                       {"error", one_line(error.message())}});
  try {
    say("ERROR " + std::to_string(error.number()) + ' ' + one_line(error.message()) + '\n');
    stream_->end_writing();
    drain();
  } catch (const Error&) {
    // The client did not wait for the answer.
  }
}

void RowConnection::drain() {
  if (space_.empty()) return;
  const TimePoint deadline = steady_clock::now() + context_->limits.drain_timeout;
  while (steady_clock::now() < deadline &&
         stream_->read_some(space_, deadline).outcome == ReadOutcome::Bytes) {
  }
}

}  // namespace freshet
