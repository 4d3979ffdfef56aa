// Hashes travel: what one system stored, another looks up. Expected values are ClickHouse's.

#include <gtest/gtest.h>

#include "query/function/city_hash.h"
#include "query/function/sip_hash.h"
#include "tests/unit/query/function/select_text.h"

namespace freshet {
namespace {

std::string repeated(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(Hashing, CityHashOfEveryLengthClass) {
  EXPECT_EQ(city_hash64(""), 11160318154034397263u);
  EXPECT_EQ(city_hash64("a"), 2603192927274642682u);
  EXPECT_EQ(city_hash64("abc"), 4220206313085259313u);
  EXPECT_EQ(city_hash64("abcdefg"), 9365486912795408122u);
  EXPECT_EQ(city_hash64("abcdefghijk"), 16743374976483586448u);
  EXPECT_EQ(city_hash64("abcdefghijklmnopq"), 237482408704357350u);
  EXPECT_EQ(city_hash64(repeated("abc", 12)), 10283679560429210320u);
  EXPECT_EQ(city_hash64(repeated("abc", 25)), 10770847486723595732u);
  EXPECT_EQ(city_hash64(repeated("abc", 100)), 10843330592328684551u);
}

TEST(Hashing, SipHashOfWholeAndPartWords) {
  EXPECT_EQ(sip_hash64(""), 2202906307356721367u);
  EXPECT_EQ(sip_hash64("abc"), 4596069200710135518u);
  EXPECT_EQ(sip_hash64("abcdefghijklmnopq"), 12250315888402869788u);
}

TEST(Hashing, NumbersByTheirBits) {
  EXPECT_EQ(select_text("SELECT cityHash64(toUInt8(1)), cityHash64(toInt8(-1))"),
            "10577349846663553072\t8055013221972926055");
  EXPECT_EQ(select_text("SELECT cityHash64(toInt64(-1)), cityHash64(toFloat32(1.5))"),
            "14600443904207254319\t17641193269776743632");
  EXPECT_EQ(select_text("SELECT sipHash64(toInt64(-1)), sipHash64(1.5), xxHash64(1.5)"),
            "9246102839527854430\t12174397082705264768\t5329932555030153977");
  EXPECT_EQ(select_text("SELECT intHash64(-1), intHash32(toUInt64(1234567890123))"),
            "14600443904207254319\t919319764");
}

TEST(Hashing, DecimalsTimesAndAddressesAsTheyAreStored) {
  EXPECT_EQ(select_text("SELECT cityHash64(toDecimal32(1.5, 2)), cityHash64(toDecimal64(1.5, 2)), "
                        "cityHash64(toDecimal128(1.5, 2))"),
            "8235273209324577223\t14413850796783627687\t12109379581418211393");
  EXPECT_EQ(select_text("SELECT cityHash64(toDate('2024-01-01')), "
                        "cityHash64(toDateTime64('2024-01-01 00:00:00', 3, 'UTC'))"),
            "17926335993026704938\t2059327662857764600");
  EXPECT_EQ(select_text("SELECT cityHash64(toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')), "
                        "cityHash64(toIPv4('1.2.3.4')), cityHash64(toIPv6('::1'))"),
            "17345439983272262203\t5715546585361069049\t3747971208336161882");
}

TEST(Hashing, FoldsArgumentsInOrderAndLaysTuplesFlat) {
  EXPECT_EQ(select_text("SELECT cityHash64(1, 2, 3), cityHash64((1, 2), 3), cityHash64(1, (2, 3))"),
            "5148486779656494228\t5148486779656494228\t5148486779656494228");
  EXPECT_EQ(select_text("SELECT sipHash64(1, 2, 3), xxHash64(1, 2, 3), xxHash32(1, 2), xxh3(1, 2)"),
            "12940785793559895259\t13728743482242651702\t78276068\t4697179034797682795");
  EXPECT_EQ(select_text("SELECT cityHash64(), xxHash32()"), "16324913028386710556\t4263699484");
}

TEST(Hashing, ListsBeginWithTheirLength) {
  EXPECT_EQ(select_text("SELECT cityHash64([]), cityHash64([1, 2, 3]), cityHash64([[1], [2, 3]])"),
            "4761183170873013810\t17212270524557410892\t15195279369167904507");
  EXPECT_EQ(select_text("SELECT cityHash64(1, ['a', 'b']), cityHash64([(1, 'a')])"),
            "8064664751864420189\t6337389125845714061");
  EXPECT_EQ(select_text("SELECT sipHash64([1, 2, 3]), xxHash64([1, 2]), xxHash32([1, 2])"),
            "10070520135208400290\t15521733050981868142\t2065328896");
  EXPECT_EQ(select_text("SELECT cityHash64(map('a', 1))"), "616936771394393035");
}

TEST(Hashing, NullArgumentsGiveNullButNullsInsideAreHashed) {
  EXPECT_EQ(select_text("SELECT cityHash64(NULL), cityHash64(1, NULL)"), "\\N\t\\N");
  EXPECT_EQ(select_text("SELECT cityHash64([1, NULL]), cityHash64((1, NULL))"),
            "1206661434726526972\t7883836132540916187");
  EXPECT_EQ(select_text("SELECT sipHash64([1, NULL])"), "8477366604151081140");
}

}  // namespace
}  // namespace freshet
