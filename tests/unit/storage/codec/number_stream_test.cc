#include "storage/codec/number_stream.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/base/error.h"
#include "storage/base/random.h"

namespace freshet {
namespace {

std::string stored(const std::vector<uint64_t>& cells, CompressionLevel level) {
  std::string out;
  put_number_stream<uint64_t>(cells, CellKind::Unsigned, level, out);
  return out;
}

TEST(NumberStream, RoundTripsAtEveryLevel) {
  Random random(5);
  std::vector<uint64_t> noise(5000);
  for (uint64_t& cell : noise) cell = random.next();
  std::vector<uint64_t> mostly_zero(5000, 0);
  for (size_t i = 0; i < 5000; i += 50) mostly_zero[i] = random.next();
  for (const auto& cells :
       {noise, mostly_zero, std::vector<uint64_t>{}, std::vector<uint64_t>{1}}) {
    for (const int level : {0, 1, 3}) {
      const std::string bytes = stored(cells, level);
      ByteReader reader(bytes);
      auto stream = NumberStream<uint64_t>::get(reader, cells.size());
      EXPECT_TRUE(reader.at_end());
      std::vector<uint64_t> out(cells.size());
      stream.decode(out);
      EXPECT_EQ(out, cells);
      if (cells.size() < 5000) continue;
      const std::vector<RowIndex> rows = {0, 50, 51, 4999};
      std::vector<uint64_t> selected(rows.size());
      stream.decode_selected(rows, selected.data());
      EXPECT_EQ(selected, (std::vector<uint64_t>{cells[0], cells[50], cells[51], cells[4999]}));
    }
  }
}

TEST(NumberStream, StoresAConstantBlockInAFewBytes) {
  const std::string bytes = stored(std::vector<uint64_t>(16'384, 123), 1);
  EXPECT_LE(bytes.size(), 11U);
  ByteReader reader(bytes);
  EXPECT_TRUE(NumberStream<uint64_t>::get(reader, 16'384).is_constant());
}

TEST(NumberStream, CountsThatDoNotFitAreDamage) {
  const std::string bytes = stored({5, 900, 77, 1, 2, 3}, 0);
  ByteReader reader(bytes);
  auto stream = NumberStream<uint64_t>::get(reader, 5000);
  std::vector<uint64_t> out(5000);
  EXPECT_THROW(stream.decode(out), Error);
}

}  // namespace
}  // namespace freshet
