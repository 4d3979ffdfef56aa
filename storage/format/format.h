// What an input or output format is: a row in the table of formats, with a reader, a writer or both.
//
//   bytes --RowReader--> chunks          chunks --ChunkWriter--> bytes
//
// To add a format: its reader and writer and one row (docs/hacking.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/chunk.h"
#include "storage/column/text.h"

namespace freshet {

// Settings of formats, by ClickHouse's names where it has them; defaults are ClickHouse 26.7's.
struct FormatOptions {
  TextOptions text;
  char csv_delimiter = ',';
  bool skip_unknown_fields = false;          // input_format_skip_unknown_fields
  bool null_as_default = true;               // input_format_null_as_default
  bool json_quote_64bit_integers = false;    // output_format_json_quote_64bit_integers
  bool json_quote_denormals = false;         // output_format_json_quote_denormals
  bool json_named_tuples_as_objects = true;  // output_format_json_named_tuples_as_objects
  std::string regexp;                        // format_regexp
  std::string regexp_escaping_rule = "Raw";  // format_regexp_escaping_rule
  bool regexp_skip_unmatched = false;        // format_regexp_skip_unmatched
  uint64_t pretty_rows_max = 1000;           // output_format_pretty_max_rows
  uint32_t pretty_column_width_max = 250;    // output_format_pretty_max_column_pad_width
  bool pretty_color = false;
  uint64_t client_protocol_version = 0;      // 0: none; Native blocks have more fields with it
};

// One input row that could not be read; a value, not an exception.
struct BadRow {
  uint64_t row = 0;       // 1-based, counted over all of the input's rows
  std::string column;     // empty when the row as a whole is malformed
  std::string reason;     // "cannot parse 'abc' as Int32"
  std::string raw;        // the row's text, cut at kBadRowRawBytesMax
};

// Parses rows out of whole-row pieces of input. Built per INSERT; used by several threads, one
// piece each (const).
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Columns that the chunks have, in order: those named by the input's header, or the expected ones.
  // Known once the header was read.
  virtual const Schema& schema() const = 0;
  // Consumes header rows (WithNames, WithNamesAndTypes) at the start of the input: gives the bytes
  // taken, 0 when there is no header, or nothing when more input is needed (`last`: there is none).
  virtual std::optional<size_t> read_header(std::string_view input, bool last) = 0;
  // Bytes from the start of `input` up to the end of its last complete row; 0: no complete row yet.
  // With `last`, the rest counts as a row even without its delimiter. `row_count` gets the number
  // of rows when that is free to know. Quotes and escapes are minded.
  virtual size_t complete_rows(std::string_view input, bool last) const = 0;
  // Parses `piece`, whole rows only. Good rows become a chunk laid out as schema(); a bad row is
  // appended to `bad` (with `row` counted from `first_row`) and left out of the chunk.
  // `rows_seen`: good and bad ones. `defaulted` columns: a row's cell that was absent or empty and
  // takes the table's default expression is flagged in `defaults` (see below).
  struct Parsed {
    Chunk chunk;
    uint64_t rows_seen = 0;
    std::vector<BadRow> bad;
    // defaults[c] is empty, or one byte per row: 1 when the cell of column c was not in the input
    // and holds the type's default for now.
    std::vector<Buffer<uint8_t>> defaults;
  };
  virtual Parsed parse(std::string_view piece, uint64_t first_row) const = 0;
};

// Turns result chunks into bytes. One thread.
class ChunkWriter {
 public:
  virtual ~ChunkWriter() = default;
  // Once, before any chunk; also for results without rows.
  virtual void begin(const Schema& schema, std::string& out) = 0;
  virtual void write(const Chunk& chunk, std::string& out) = 0;
  struct Summary {
    double elapsed_s = 0;
    uint64_t rows_read = 0;
    uint64_t bytes_read = 0;
    std::optional<uint64_t> rows_before_limit;
    std::optional<Chunk> totals;
  };
  // Once, after the last chunk.
  virtual void end(const Summary& summary, std::string& out) = 0;
};

inline constexpr size_t kBadRowRawBytesMax = 64 * 1024;

struct FormatEntry {
  std::string_view name;
  std::string_view content_type;
  std::string_view description;
  // `expected`: the table's insertable columns, or those the INSERT names. Null: output only.
  std::unique_ptr<RowReader> (*make_reader)(const Schema& expected, const FormatOptions& options);
  // Null: input only.
  std::unique_ptr<ChunkWriter> (*make_writer)(const FormatOptions& options);
  std::string_view alias_of = {};
};

// The format of that name (any case, as ClickHouse is); throws UnknownFormat.
const FormatEntry& find_format(std::string_view name);
std::span<const FormatEntry> all_formats();

}  // namespace freshet
