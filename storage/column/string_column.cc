#include "storage/column/string_column.h"

#include <cstring>
#include <limits>

#include "storage/base/check.h"
#include "storage/base/error.h"
#include "storage/column/coded_column.h"

namespace freshet {

namespace {

// Most cells are short: 16 bytes at once beat a call of memcpy with a small count. Copies past the
// cell's end when both sides have room, so cells must be copied in order.
void copy_cell(char* target, const char* target_end, const char* source, const char* source_end,
               size_t count) {
  constexpr size_t kWide = 16;
  if (count <= kWide && target_end - target >= static_cast<ptrdiff_t>(kWide) &&
      source_end - source >= static_cast<ptrdiff_t>(kWide)) {
    std::memcpy(target, source, kWide);
  } else if (count > 0) {
    std::memcpy(target, source, count);
  }
}

void gather(const StringColumn& source, std::span<const RowIndex> rows, Buffer<uint32_t>& offsets,
            Buffer<char>& bytes) {
  const uint32_t* from = source.offsets().data();
  const size_t first = offsets.size();
  uint64_t total = bytes.size();
  const size_t bytes_before = bytes.size();
  offsets.resize(first + rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    total += from[rows[i] + 1] - from[rows[i]];
    offsets[first + i] = static_cast<uint32_t>(total);
  }
  if (total > std::numeric_limits<uint32_t>::max()) {
    offsets.resize(first);
    require_strings_fit(total);
  }
  bytes.resize(total);
  const std::string_view pool = source.bytes();
  const char* source_end = pool.data() + pool.size();
  char* target = bytes.data() + bytes_before;
  const char* target_end = bytes.data() + total;
  for (const RowIndex row : rows) {
    const size_t count = from[row + 1] - from[row];
    copy_cell(target, target_end, pool.data() + from[row], source_end, count);
    target += count;
  }
}

}  // namespace

StringColumn::StringColumn() : Column(PhysicalKind::String, ColumnForm::Flat), offsets_(1, 0) {}

StringColumn::StringColumn(Buffer<uint32_t> offsets, Buffer<char> bytes)
    : Column(PhysicalKind::String, ColumnForm::Flat),
      offsets_(std::move(offsets)),
      bytes_(std::move(bytes)) {
  CHECK(!offsets_.empty() && offsets_[0] == 0 && offsets_.back() == bytes_.size());
}

void throw_too_large_strings(uint64_t bytes) {
  throw Error(ErrorCode::TooLargeStringSize,
              "Strings of one column chunk exceed 4 GiB: " + std::to_string(bytes) + " bytes");
}

void StringColumn::reserve(size_t cells, size_t bytes) {
  offsets_.reserve(cells + 1);
  bytes_.reserve(bytes);
}

void StringColumn::truncate(size_t size) {
  DCHECK(size < offsets_.size());
  offsets_.resize(size + 1);
  bytes_.resize(offsets_[size]);
}

ColumnPtr StringColumn::select(std::span<const RowIndex> rows) const {
  auto out = std::make_shared<StringColumn>();
  gather(*this, rows, out->offsets_, out->bytes_);
  return out;
}

ColumnPtr StringColumn::slice(size_t offset, size_t count) const {
  auto out = std::make_shared<StringColumn>();
  out->append(*this, offset, count);
  return out;
}

MutableColumnPtr StringColumn::make_empty() const { return std::make_unique<StringColumn>(); }

void StringColumn::append(const Column& source, size_t offset, size_t count) {
  CHECK(source.kind() == PhysicalKind::String);
  DCHECK(offset + count <= source.size());
  if (count == 0) return;
  switch (source.form()) {
    case ColumnForm::Flat: {
      const auto& from = static_cast<const StringColumn&>(source);
      const uint32_t begin = from.offsets_[offset];
      const uint32_t bytes = from.offsets_[offset + count] - begin;
      const size_t bytes_before = bytes_.size();
      require_strings_fit(bytes_before + bytes);
      bytes_.resize(bytes_before + bytes);
      if (bytes > 0) std::memcpy(bytes_.data() + bytes_before, from.bytes_.data() + begin, bytes);
      const size_t cells_before = offsets_.size();
      offsets_.resize(cells_before + count);
      const auto shift = static_cast<uint32_t>(bytes_before) - begin;
      for (size_t i = 0; i < count; ++i) {
        offsets_[cells_before + i] = from.offsets_[offset + 1 + i] + shift;
      }
      break;
    }
    case ColumnForm::Constant: {
      const auto& constant = static_cast<const ConstantColumn&>(source);
      const std::string_view text = static_cast<const StringColumn&>(*constant.cell()).at(0);
      require_strings_fit(bytes_.size() + text.size() * count);
      reserve(size() + count, bytes_.size() + text.size() * count);
      for (size_t i = 0; i < count; ++i) append_string(text);
      break;
    }
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(source);
      gather(static_cast<const StringColumn&>(*coded.dictionary()->entries),
             coded.codes().subspan(offset, count), offsets_, bytes_);
      break;
    }
  }
}

void StringColumn::append_default(size_t count) {
  offsets_.resize(offsets_.size() + count, static_cast<uint32_t>(bytes_.size()));
}

FixedStringColumn::FixedStringColumn(size_t cell_bytes)
    : Column(PhysicalKind::FixedString, ColumnForm::Flat), cell_bytes_(cell_bytes) {
  CHECK(cell_bytes > 0);
}

FixedStringColumn::FixedStringColumn(size_t cell_bytes, Buffer<char> bytes)
    : Column(PhysicalKind::FixedString, ColumnForm::Flat),
      cell_bytes_(cell_bytes),
      bytes_(std::move(bytes)) {
  CHECK(cell_bytes > 0 && bytes_.size() % cell_bytes == 0);
}

void FixedStringColumn::append_string(std::string_view text) {
  if (text.size() > cell_bytes_) {
    throw Error(ErrorCode::TooLargeStringSize, "Too large value for FixedString(" +
                                                   std::to_string(cell_bytes_) +
                                                   "): " + std::string(text));
  }
  const size_t before = bytes_.size();
  bytes_.resize(before + cell_bytes_);
  char* cell = bytes_.data() + before;
  if (!text.empty()) std::memcpy(cell, text.data(), text.size());
  std::memset(cell + text.size(), 0, cell_bytes_ - text.size());
}

ColumnPtr FixedStringColumn::select(std::span<const RowIndex> rows) const {
  Buffer<char> out(rows.size() * cell_bytes_);
  char* target = out.data();
  for (const RowIndex row : rows) {
    std::memcpy(target, bytes_.data() + row * cell_bytes_, cell_bytes_);
    target += cell_bytes_;
  }
  return std::make_shared<FixedStringColumn>(cell_bytes_, std::move(out));
}

ColumnPtr FixedStringColumn::slice(size_t offset, size_t count) const {
  auto out = std::make_shared<FixedStringColumn>(cell_bytes_);
  out->append(*this, offset, count);
  return out;
}

MutableColumnPtr FixedStringColumn::make_empty() const {
  return std::make_unique<FixedStringColumn>(cell_bytes_);
}

void FixedStringColumn::append(const Column& source, size_t offset, size_t count) {
  CHECK(source.kind() == PhysicalKind::FixedString);
  if (count == 0) return;
  if (source.form() != ColumnForm::Flat) {
    append(*flat_slice(source, offset, count), 0, count);
    return;
  }
  const auto& from = static_cast<const FixedStringColumn&>(source);
  CHECK(from.cell_bytes_ == cell_bytes_);
  DCHECK(offset + count <= from.size());
  const size_t before = bytes_.size();
  bytes_.resize(before + count * cell_bytes_);
  std::memcpy(bytes_.data() + before, from.bytes_.data() + offset * cell_bytes_,
              count * cell_bytes_);
}

void FixedStringColumn::append_default(size_t count) {
  bytes_.resize(bytes_.size() + count * cell_bytes_, '\0');
}

}  // namespace freshet
