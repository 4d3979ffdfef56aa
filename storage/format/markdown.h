// Markdown: a table as GitHub draws it.
#pragma once

#include <memory>

#include "storage/format/format.h"

namespace freshet {

std::unique_ptr<ChunkWriter> make_markdown_writer(const FormatOptions& options);

}  // namespace freshet
