// Null: the rows are computed and thrown away.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

class NullWriter final : public ChunkWriter {
 public:
  void begin(const Schema&, std::string&) override {}
  void write(const Chunk&, std::string&) override {}
  void end(const Summary&, std::string&) override {}
};

inline std::unique_ptr<ChunkWriter> make_null_writer(const FormatOptions&) {
  return std::make_unique<NullWriter>();
}

}  // namespace freshet
