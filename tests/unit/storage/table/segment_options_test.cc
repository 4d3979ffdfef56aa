#include "storage/table/segment_options.h"

#include <gtest/gtest.h>

namespace freshet {
namespace {

TEST(CompressionLevelOf, IsTheGeneralMethodsOfACodec) {
  EXPECT_EQ(compression_level_of(""), 1);
  EXPECT_EQ(compression_level_of("Default"), 1);
  EXPECT_EQ(compression_level_of("Delta(4)"), 1);
  EXPECT_EQ(compression_level_of("NONE"), 0);
  EXPECT_EQ(compression_level_of("LZ4HC(9)"), 1);
  EXPECT_EQ(compression_level_of("ZSTD"), 2);
  EXPECT_EQ(compression_level_of("Delta(4), ZSTD(3)"), 4);
  EXPECT_EQ(compression_level_of("ZSTD(99)"), 23);
}

}  // namespace
}  // namespace freshet
