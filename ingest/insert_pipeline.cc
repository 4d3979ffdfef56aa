#include "ingest/insert_pipeline.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <thread>
#include <utility>

#include "query/engine/settings.h"
#include "storage/base/error.h"
#include "storage/base/limits.h"
#include "storage/column/number_column.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

// Input parsed at once: some thousand rows, so that their columns stay in the cache, and enough of
// them to pay for the hand-over to another thread.
constexpr size_t kPieceBytes = 2 * kMiB;
constexpr size_t kReadBytes = 256 * kKiB;

uint64_t monotonic_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

// Cuts a ByteSource into pieces of whole rows.
class PieceReader {
 public:
  PieceReader(ByteSource& input, RowReader& rows) : input_(input), rows_(rows) {}

  // The next rows; empty at the end. The format's header, if any, is read first.
  std::string next() {
    while (true) {
      if (!header_done_) header_done_ = read_header();
      if (header_done_ && (buffer_.size() >= kPieceBytes || at_end_)) {
        const size_t bytes = rows_.complete_rows(buffer_, at_end_);
        if (bytes != 0) return take(bytes);
        if (at_end_) return {};
      }
      if (at_end_ && !header_done_) {
        throw Error(ErrorCode::CannotReadAllData, "The input ends before its header does");
      }
      if (buffer_.size() > kInputRowBytesMax) {
        throw Error(ErrorCode::TooLargeStringSize,
                    "A row of the input is longer than " + std::to_string(kInputRowBytesMax) +
                        " bytes; it begins with: " + buffer_.substr(0, 100));
      }
      fill();
    }
  }

  bool at_end() const { return at_end_ && buffer_.empty(); }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool read_header() {
    const std::optional<size_t> bytes = rows_.read_header(buffer_, at_end_);
    if (!bytes) return false;
    buffer_.erase(0, *bytes);
    return true;
  }

  std::string take(size_t bytes) {
    std::string piece = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return piece;
  }

  void fill() {
    const size_t wanted = buffer_.size() < kPieceBytes ? kPieceBytes - buffer_.size() : kReadBytes;
    const size_t old_size = buffer_.size();
    buffer_.resize(old_size + wanted);
    size_t filled = 0;
    while (filled < wanted) {
      const size_t bytes = input_.read({buffer_.data() + old_size + filled, wanted - filled});
      if (bytes == 0) {
        at_end_ = true;
        break;
      }
      filled += bytes;
    }
    buffer_.resize(old_size + filled);
    bytes_read_ += filled;
  }

  ByteSource& input_;
  RowReader& rows_;
  std::string buffer_;
  bool header_done_ = false;
  bool at_end_ = false;
  uint64_t bytes_read_ = 0;
};

// Counts good and bad rows and decides when the bad ones are too many.
class BadRowPolicy {
 public:
  explicit BadRowPolicy(const Settings& settings)
      : bad_max_(settings.number("input_format_allow_errors_num")),
        ratio_max_(settings.real("input_format_allow_errors_ratio")) {}

  // Throws when the first bad row is one too many.
  void see(const RowReader::Parsed& parsed) {
    rows_ += parsed.rows_seen;
    bad_ += parsed.bad.size();
    if (!parsed.bad.empty() && first_message_.empty()) first_message_ = message(parsed.bad.front());
    const bool hopeless = bad_ > bad_max_ && ratio_max_ <= 0;
    if (hopeless) refuse();
    if (bad_ > kQuarantineRowsPerInsertMax) refuse();
  }

  // At the end of the input, when the ratio is known.
  void check() const {
    if (bad_ <= bad_max_) return;
    if (static_cast<double>(bad_) <= ratio_max_ * static_cast<double>(rows_)) return;
    refuse();
  }

 private:
  static std::string message(const BadRow& bad) {
    std::string text = "Cannot parse input: row " + std::to_string(bad.row);
    if (!bad.column.empty()) text += ", column " + bad.column;
    constexpr size_t kShownBytes = 300;
    return text + ": " + bad.reason + ": (at row " + std::to_string(bad.row) + ")\n" +
           bad.raw.substr(0, kShownBytes);
  }

  [[noreturn]] void refuse() const {
    std::string text = first_message_;
    if (bad_ > 1 && (bad_max_ != 0 || ratio_max_ > 0)) {
      text =
          "Already have " + std::to_string(bad_) + " bad rows out of " + std::to_string(rows_) +
          ", which is more than input_format_allow_errors_num and _ratio allow. The first: " + text;
    }
    throw Error(ErrorCode::CannotParseInputAssertionFailed, text);
  }

  uint64_t bad_max_;
  double ratio_max_;
  uint64_t rows_ = 0;
  uint64_t bad_ = 0;
  std::string first_message_;
};

// Lays rows out as `wanted`, whatever columns the input's header named in whatever order: columns
// that it left out become defaults.
void order_columns(const Schema& named, const Schema& wanted, RowReader::Parsed& parsed) {
  if (named == wanted) return;
  const size_t row_count = parsed.chunk.row_count;
  std::vector<ColumnPtr> columns;
  std::vector<Buffer<uint8_t>> defaults(wanted.size());
  for (ColumnIndex i = 0; i < wanted.size(); ++i) {
    const std::optional<ColumnIndex> from = named.find(wanted[i].name);
    if (!from) {
      columns.push_back(flat(make_default_column(*wanted[i].type, row_count)));
      defaults[i] = Buffer<uint8_t>(row_count, 1);
      continue;
    }
    columns.push_back(parsed.chunk.columns[*from]);
    if (*from < parsed.defaults.size()) defaults[i] = std::move(parsed.defaults[*from]);
  }
  parsed.chunk.columns = std::move(columns);
  parsed.defaults = std::move(defaults);
}

Chunk quarantine_rows(const std::vector<BadRow>& bad, const std::string& source) {
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  auto column = std::make_shared<StringColumn>();
  auto reason = std::make_shared<StringColumn>();
  auto raw = std::make_shared<StringColumn>();
  auto from = std::make_shared<StringColumn>();
  Buffer<uint64_t> rows;
  for (const BadRow& row : bad) {
    rows.push_back(row.row);
    column->append_string(row.column);
    reason->append_string(row.reason);
    raw->append_string(row.raw);
    from->append_string(source);
  }
  Chunk chunk;
  chunk.row_count = bad.size();
  chunk.columns = {make_number_column(Buffer<int64_t>(bad.size(), now_ms)),
                   make_number_column(std::move(rows)),
                   column,
                   reason,
                   raw,
                   from};
  return chunk;
}

}  // namespace

InsertPipeline::InsertPipeline(QueryEngine& engine, size_t parse_workers) : engine_(engine) {
  const size_t count =
      parse_workers != 0 ? parse_workers : std::max<size_t>(1, std::thread::hardware_concurrency());
  workers_ = std::make_unique<ThreadPool>("parse", count);
}

InsertPipeline::~InsertPipeline() = default;

InsertReport InsertPipeline::run(const InsertRequest& request, ByteSource& input) {
  const uint64_t started_ns = monotonic_ns();
  QueryRequest query = request.query;
  if (!request.idempotency_key.empty()) {
    query.settings.set("insert_deduplication_token", request.idempotency_key);
  } else if (request.source_position) {
    // The position tells a retry; two pieces of a source may well have the same rows.
    query.settings.set("insert_deduplicate", "0");
  }
  const Settings& settings = query.settings;
  const std::unique_ptr<InsertTarget> target =
      engine_.open_insert(query, request.database, request.table, request.columns);
  const FormatEntry& format = find_format(request.format);
  if (format.make_reader == nullptr) {
    throw Error(ErrorCode::UnknownFormat,
                "Format " + std::string(format.name) + " is not suitable for input");
  }
  const std::unique_ptr<RowReader> rows =
      format.make_reader(target->input_schema(), format_options(settings, engine_.time_zone()));
  if (request.source_position) target->transaction().set_source_position(*request.source_position);

  InsertReport report;
  BadRowPolicy policy(settings);
  uint64_t rows_before = request.rows_before;
  const auto take = [&](RowReader::Parsed parsed) {
    for (BadRow& bad : parsed.bad) bad.row += rows_before;
    rows_before += parsed.rows_seen;
    policy.see(parsed);
    if (!parsed.bad.empty()) {
      report.quarantined_rows += parsed.bad.size();
      target->put_quarantine(quarantine_rows(parsed.bad, request.source_name));
    }
    report.rows += parsed.chunk.row_count;
    if (parsed.chunk.row_count == 0) return;
    order_columns(rows->schema(), target->input_schema(), parsed);
    target->put(std::move(parsed.chunk), parsed.defaults);
  };

  PieceReader pieces(input, *rows);
  // Pieces being parsed, in the order of the input. Destroyed first, so that no worker still reads
  // what this call owns when it throws.
  std::deque<std::future<RowReader::Parsed>> parsing;
  struct WaitForAll {
    std::deque<std::future<RowReader::Parsed>>& futures;
    ~WaitForAll() {
      for (auto& future : futures) future.wait();
    }
  } wait_for_all{parsing};
  const size_t parsing_max = workers_->thread_count() + 1;
  for (std::string piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    // A small INSERT is parsed here, without a hop to another thread.
    if (parsing.empty() && pieces.at_end()) {
      take(rows->parse(piece, 1));
      break;
    }
    auto task = std::make_shared<std::packaged_task<RowReader::Parsed()>>(
        [&rows, text = std::move(piece)] { return rows->parse(text, 1); });
    parsing.push_back(task->get_future());
    workers_->submit([task] { (*task)(); });
    if (parsing.size() > parsing_max) {
      std::future<RowReader::Parsed> oldest = std::move(parsing.front());
      parsing.pop_front();
      take(oldest.get());
    }
  }
  while (!parsing.empty()) {
    std::future<RowReader::Parsed> oldest = std::move(parsing.front());
    parsing.pop_front();
    take(oldest.get());
  }
  policy.check();

  const CommitReceipt receipt = target->commit();
  report.lsn = receipt.lsn;
  report.duplicate = receipt.duplicate;
  report.bytes = pieces.bytes_read();
  report.elapsed_ns = monotonic_ns() - started_ns;
  return report;
}

}  // namespace freshet
