#include "storage/base/compress.h"

#include <lz4.h>
#include <lz4hc.h>
#include <zstd.h>

#include <cstring>
#include <memory>

#include "storage/base/error.h"

namespace freshet {

namespace {

struct ZstdFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A context is hundreds of kilobytes; making one per block would cost more than the block.
ZSTD_CCtx* zstd_compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, ZstdFree> context(ZSTD_createCCtx());
  if (!context) throw Error(ErrorCode::CannotAllocateMemory, "Cannot allocate a ZSTD_CCtx");
  return context.get();
}

ZSTD_DCtx* zstd_decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, ZstdFree> context(ZSTD_createDCtx());
  if (!context) throw Error(ErrorCode::CannotAllocateMemory, "Cannot allocate a ZSTD_DCtx");
  return context.get();
}

[[noreturn]] void throw_damaged(const char* method, std::size_t raw_bytes, std::string detail) {
  throw Error(ErrorCode::CannotDecompress, std::string("Cannot decompress a ") + method +
                                               " block of " + std::to_string(raw_bytes) +
                                               " bytes: " + std::move(detail));
}

std::size_t append_lz4(std::string_view raw, int level, std::string& out) {
  if (raw.size() > LZ4_MAX_INPUT_SIZE) {
    throw Error(ErrorCode::TooLargeStringSize,
                "Block is too large for LZ4: " + std::to_string(raw.size()));
  }
  const std::size_t before = out.size();
  const int raw_bytes = static_cast<int>(raw.size());
  const int bound = LZ4_compressBound(raw_bytes);
  out.resize(before + static_cast<std::size_t>(bound));
  const int packed = level >= 3
                         ? LZ4_compress_HC(raw.data(), out.data() + before, raw_bytes, bound, level)
                         : LZ4_compress_default(raw.data(), out.data() + before, raw_bytes, bound);
  out.resize(before + static_cast<std::size_t>(packed));
  return static_cast<std::size_t>(packed);
}

std::size_t append_zstd(std::string_view raw, int level, std::string& out) {
  const std::size_t before = out.size();
  const std::size_t bound = ZSTD_compressBound(raw.size());
  out.resize(before + bound);
  const std::size_t packed =
      ZSTD_compressCCtx(zstd_compressor(), out.data() + before, bound, raw.data(), raw.size(),
                        level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
  if (ZSTD_isError(packed)) {
    throw Error(ErrorCode::CannotAllocateMemory,
                std::string("Cannot compress with zstd: ") + ZSTD_getErrorName(packed));
  }
  out.resize(before + packed);
  return packed;
}

}  // namespace

std::string compress(Compression method, std::string_view raw, int level) {
  std::string out;
  append_compressed(method, raw, level, out);
  return out;
}

std::size_t append_compressed(Compression method, std::string_view raw, int level,
                              std::string& out) {
  switch (method) {
    case Compression::None:
      out.append(raw);
      return raw.size();
    case Compression::Lz4:
      return append_lz4(raw, level, out);
    case Compression::Zstd:
      return append_zstd(raw, level, out);
  }
  throw Error(ErrorCode::LogicalError,
              "Unknown compression method " + std::to_string(static_cast<int>(method)));
}

void decompress(Compression method, std::string_view packed, std::size_t raw_bytes, char* out) {
  switch (method) {
    case Compression::None:
      if (packed.size() != raw_bytes) {
        throw_damaged("raw", raw_bytes, "it has " + std::to_string(packed.size()) + " bytes");
      }
      if (raw_bytes != 0) std::memcpy(out, packed.data(), raw_bytes);
      return;
    case Compression::Lz4: {
      if (packed.size() > LZ4_MAX_INPUT_SIZE * std::size_t{1} ||
          raw_bytes > LZ4_MAX_INPUT_SIZE * std::size_t{1}) {
        throw_damaged("LZ4", raw_bytes, "longer than LZ4 allows");
      }
      const int result = LZ4_decompress_safe(packed.data(), out, static_cast<int>(packed.size()),
                                             static_cast<int>(raw_bytes));
      if (result < 0 || static_cast<std::size_t>(result) != raw_bytes) {
        throw_damaged("LZ4", raw_bytes, "result " + std::to_string(result));
      }
      return;
    }
    case Compression::Zstd: {
      const std::size_t result =
          ZSTD_decompressDCtx(zstd_decompressor(), out, raw_bytes, packed.data(), packed.size());
      if (ZSTD_isError(result)) throw_damaged("zstd", raw_bytes, ZSTD_getErrorName(result));
      if (result != raw_bytes) throw_damaged("zstd", raw_bytes, "got " + std::to_string(result));
      return;
    }
  }
  throw Error(ErrorCode::CannotDecompress,
              "Unknown compression method " + std::to_string(static_cast<int>(method)));
}

}  // namespace freshet
