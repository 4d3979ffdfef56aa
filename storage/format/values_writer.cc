#include "storage/format/row_layout.h"
#include "storage/format/values.h"

namespace freshet {

namespace {

class ValuesWriter final : public ChunkWriter {
 public:
  explicit ValuesWriter(const FormatOptions& options) : options_(options) {}

  void begin(const Schema& schema, std::string&) override {
    rows_ = RowsWriter(separated_layout(schema.size(), "(", ",", ")", ","),
                       make_cell_writers(schema, CellStyle::Quoted, options_));
  }
  void write(const Chunk& chunk, std::string& out) override { rows_.write(chunk, out); }
  void end(const Summary&, std::string&) override {}

 private:
  FormatOptions options_;
  RowsWriter rows_;
};

}  // namespace

std::unique_ptr<ChunkWriter> make_values_writer(const FormatOptions& options) {
  return std::make_unique<ValuesWriter>(options);
}

}  // namespace freshet
