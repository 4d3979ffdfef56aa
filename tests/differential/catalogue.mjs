// What expressions are made of: templates by the kind of their result. `$x` stands for an expression of kind x
// (the kinds of tables.mjs); `$n` any number, `$q` any date or time, `$Q` any time, `$v` any kind, `$c` a condition.
// Constants: `%i` small integer, `%p` small positive integer, `%f` float, `%s` text, `%d` date, `%t` time, `%T` time with
// fraction, `%l` LIKE pattern, `%r` regular expression, `%z` time zone, `%n` name of a unit, `%N` of one of hours and below.
// `$h` any kind that may be a key: any but floats; `$S` a text that is valid UTF-8.
// `$g` is a float column or constant of moderate size, for functions whose result is not defined beyond.
//
// More constants: `%j` a small integer of [-2, 12], `%w` text that is not empty, `%B` text of a date and time, `%D` text
// of a decimal, `%R` regular expression with something special in it.
//
// What is not asked for, and why:
// - now, today, rand*, generateUUID*, hostName, uptime, version, rowNumber*: answers that do not follow from the query.
// - any, anyLast, first_value of more than one value; columns of the other side after ANY and SEMI JOIN: any row may be taken.
// - uniqHLL12, uniqCombined of many values: Freshet's are exact, ClickHouse's estimate.
// - Order and least of UUIDs: ClickHouse orders them by their second half, Freshet by their text (docs/sql.md).
// - Text of numbers and of times beyond the type, `1960-01-01` for a Date: Freshet refuses it, ClickHouse takes the nearest.
// - Conversion of floats out of the integer's range (thus `$g`), rounding of integers past their type, months added past
//   2106: undefined in ClickHouse, or wrapping in ways that depend on the version.
// - BestEffort parsing of text without a year: ClickHouse takes the current one.
// - if() of FixedStrings of different sizes: ClickHouse keeps the zero bytes as text.
// - replaceRegexp of a plain text with `\0` in the replacement, multiSearch with empty needles: ClickHouse answers
//   differently for columns and for constants.
// - Comparisons of tuples with the literal NULL in them: in ClickHouse it makes all of the comparison NULL.
// - toTypeName of strings, Map(String, UInt64) beside Map(String, Int64): see LowCardinality and Variant in comparison.mjs.
// - age in weeks, integers % UInt64: ClickHouse counts weeks of the calendar backwards, and takes negative numbers as
//   UInt64.
// - Functions of the literal NULL: which of them ClickHouse's analysis answers, depends on the function.
// - -0. beside 0. as keys, in sets and among distinct values (thus `$f + 0` there): `-0. = 0.` is true in both, but ClickHouse
//   hashes bytes, so that `-0. IN (0.)` is false, and GROUP BY, DISTINCT, LIMIT BY, uniqExact and joins tell the two apart.
//   In Freshet what is equal is one key.
// - quantile and median of more values than both keep in their samples.
// - Jaro similarity of empty texts, edit distance of UTF-8 to an empty text, statistics named -Stable of less than two values,
//   means of negative integers weighted by unsigned ones, hours since 1970 in zones, between times of two zones, and their
//   ages (ClickHouse takes the zones' offsets twice), quotients of integers of unlike sign (ClickHouse reads the bits of one as the
//   type of the other): ClickHouse's answers are not what the functions say.
// - UTF-8 functions, LIKE and ILIKE of texts cut within a character (thus `$S`): undefined, says ClickHouse's documentation.
// - Kurtosis, skewness and correlation of large values (thus `% 16`): ClickHouse computes them from sums of powers, and where
//   little of their digits is left, what it gives is noise.
// - min and max of tuples and arrays with NULL in them: ClickHouse's min takes NULL as the least with GROUP BY, as the
//   greatest without.
// - if() of times of two zones with a constant condition (thus `materialize`): ClickHouse's type is sometimes that of the
//   first of them, as with any other condition, and sometimes that of the one that is taken.
// - Decimals past 38 digits: Freshet says so, ClickHouse gives what is left of them.
// - CAST of NULL to String: ClickHouse refuses it only where the row is not decided before.
// - hasAny of NULLs and empty texts: ClickHouse takes the one for the other. NaN and NULLS FIRST: its top-N loses NaNs.
// - assumeNotNull of NULL: undefined. Text of what functions of floats give (thus `toString($g)`): the last digit is the library's.
// - OFFSET without LIMIT after DISTINCT with ORDER BY: ClickHouse loses rows (with a LIMIT above their number it does not).
// - NaN in greatest and least: the answer follows from the order of the arguments.
// - Constants as keys of ROLLUP and CUBE, also in tuples and if() with a constant condition: ClickHouse drops them before it makes subtotals.

const templates = `
i: $i + $i
i: $i - $i
i: $i * %i
i: -$i
i: intDiv($i, %p)
i: intDivOrZero(toInt64($k), toInt64($k))
i: $i % %p
i: positiveModulo($k, %p)
i: moduloOrZero($k, $k)
i: abs($i)
i: sign($n)
i: gcd($i, %p)
i: lcm(toInt16(%p), %p)
i: bitAnd($i, $i)
i: bitOr($i, $i)
i: bitXor($i, $i)
i: bitNot($i)
i: bitShiftLeft($i, %p)
i: bitShiftRight($i, %p)
i: bitRotateLeft(toUInt8(%p), %p)
i: bitCount($i)
i: bitTest($i, %p)
i: bitHammingDistance($i, $i)
i: byteSwap(toUInt32($i))
i: length($s)
i: lengthUTF8($S)
i: length($a)
i: length($A)
i: length($m)
i: position($s, %s)
i: position($s, $s)
i: positionCaseInsensitive($s, %s)
i: positionUTF8($S, %s)
i: locate(%s, $s)
i: countSubstrings($s, %s)
i: countMatches($s, %r)
i: ascii($s)
i: multiSearchAny($s, [%w, %w])
i: multiSearchFirstIndex($s, [%w, %w])
i: multiSearchFirstPosition($s, [%w, %w])
i: multiMatchAny($s, [%r, %r])
i: levenshteinDistance($s, %s)
i: damerauLevenshteinDistance($s, %s)
i: editDistanceUTF8(concat('x', $S), %w)
i: byteHammingDistance(leftPad($s, 5), 'abcde')
i: toYear($q)
i: toQuarter($q)
i: toMonth($q)
i: toDayOfMonth($q)
i: toDayOfWeek($q)
i: toDayOfWeek($q, %p)
i: toDayOfYear($q)
i: toHour($Q)
i: toMinute($Q)
i: toSecond($Q)
i: toMillisecond($T)
i: toWeek($q)
i: toWeek($q, %p)
i: toISOWeek($q)
i: toISOYear($q)
i: toYearWeek($q)
i: toYYYYMM($q)
i: toYYYYMMDD($q)
i: toYYYYMMDDhhmmss($Q)
i: toUnixTimestamp($Q)
i: toUnixTimestamp64Milli($T)
i: toRelativeDayNum($q)
i: toRelativeHourNum(toTimeZone($Q, 'UTC'))
i: toRelativeMonthNum($q)
i: toDaysSinceYearZero($d)
i: toModifiedJulianDay(toString($d))
i: toDaysInMonth($q)
i: toMonthNumSinceEpoch($q)
i: toYearNumSinceEpoch($q)
i: dateDiff(%n, $q, $q)
i: dateDiff(%N, toTimeZone($Q, 'UTC'), toTimeZone($Q, 'UTC'))
i: age('month', toTimeZone($Q, 'UTC'), toTimeZone($Q, 'UTC'))
i: age('month', $d, $d)
i: age('day', $d, toTimeZone($Q, 'UTC'))
i: TIMESTAMPDIFF(DAY, $q, $q)
i: EXTRACT(YEAR FROM $q)
i: EXTRACT(MONTH FROM $q)
i: EXTRACT(HOUR FROM $Q)
i: timeZoneOffset($t)
i: toInt8($i)
i: toInt16($i)
i: toInt32($i)
i: toInt64($i)
i: toUInt8($i)
i: toUInt16($i)
i: toUInt32($i)
i: toUInt64($i)
i: toInt32($g)
i: toInt64(round($g))
i: toInt64($D)
i: toInt32($b)
i: toInt32OrZero($s)
i: toInt32OrNull($s)
i: toInt64OrDefault($s, toInt64(%i))
i: toUInt8OrNull($s)
i: toInt16($e)
i: CAST($e AS Int16)
i: CAST($i AS Nullable(Int64))
i: $i::Int64
i: accurateCastOrNull($i, 'Int8')
i: accurateCastOrNull($i, 'UInt16')
i: accurateCastOrNull($s, 'Int32')
i: toUInt32($d)
i: toInt64($t)
i: toInt32(toDate($t))
i: toUInt32($p)
i: IPv4StringToNum($s)
i: IPv4ToIPv6($p) = $P
i: isIPv4String($s)
i: isIPAddressInRange(toString($p), '10.0.0.0/8')
i: cityHash64($v)
i: cityHash64($v, $v)
i: sipHash64($v)
i: sipHash64($v, $v)
i: xxHash64($s)
i: xxHash32($s)
i: xxh3($s)
i: farmHash64($s)
i: farmFingerprint64($s)
i: metroHash64($s)
i: murmurHash2_32($s)
i: murmurHash2_64($s)
i: murmurHash3_32($s)
i: murmurHash3_64($s)
i: javaHash($s)
i: hiveHash($s)
i: halfMD5($s)
i: wyHash64($s)
i: intHash32($i)
i: intHash64($i)
i: CRC32($s)
i: if($c, $i, $i)
i: if($c, $i, NULL)
i: multiIf($c, $i, $c, $i, $i)
i: CASE WHEN $c THEN $i WHEN $c THEN $i ELSE $i END
i: CASE $s WHEN %s THEN $i WHEN %s THEN $i END
i: CASE $i WHEN %i THEN %i WHEN %i THEN %i ELSE $i END
i: coalesce($i, $i)
i: ifNull($i, $i)
i: nullIf($i, %i)
i: assumeNotNull(coalesce($i, %i))
i: greatest($i, $i)
i: least($i, %i)
i: clamp($i, 0, 10)
i: round(toInt32($k), -1)
i: floor(toInt32($k), -1)
i: roundToExp2($i)
i: roundAge($i)
i: roundDown($i, [0, 5, 10])
i: transform($i, [1, 2, 3], [10, 20, 30], %i)
i: transform($i, [1, 2, 3], [10, 20, 30])
i: transform($s, ['a', 'b'], [1, 2], 0)
i: $a[%p]
i: $a[-1]
i: arraySum($a)
i: arrayMax($a)
i: arrayMin($a)
i: arrayCount(x -> x > %i, $a)
i: arrayUniq($a)
i: arrayFirst(x -> x > %i, $a)
i: arrayFirstIndex(x -> x > %i, $a)
i: arrayLast(x -> x < %i, $a)
i: arrayFold((acc, x) -> acc + x, $a, toInt64(0))
i: arrayReduce('sum', $a)
i: arrayReduce('uniqExact', $a)
i: indexOf($a, %i)
i: countEqual($a, %i)
i: has($a, %i)
i: hasAny($a, [1, 2])
i: hasAll($a, [1, 2])
i: hasAll($A, [%s])
i: has($A, %s)
i: arrayDotProduct($a, $a)
i: $m['a']
i: mapContains($m, 'b')
i: arraySum(mapValues($m))
i: $r.1
i: tupleElement($r, 1)
i: empty($s)
i: notEmpty($s)
i: isNull($v)
i: isNotNull($v)
i: isZeroOrNull($n)
i: startsWith($s, %s)
i: endsWith($s, %s)
i: match($s, %r)
i: like($S, %l)
i: hasToken($s, 'hello')
i: hasSubsequence($s, %s)
i: isValidUTF8($s)
i: isASCII($s)
i: xor($c, $c)
i: not $c
i: JSONExtractInt($s, 'a')
i: JSONLength($s)
i: JSONHas($s, 'a')
i: isValidJSON($s)
i: simpleJSONExtractInt($s, 'a')
i: widthBucket($n, 0, 10, 5)
i: reinterpretAsInt64($s)
i: reinterpretAsUInt32($i)
i: factorial(%p)
i: ignore($v)
i: toTypeName($n) = 'x'
i: runningDifference(%i)
i: bitmaskToArray(toUInt8(%p))[1]
i: arrayJoin([%i])
i: mortonEncode(toUInt8(%p), toUInt8(%p))
i: parseReadableSize('1.5 KiB')
i: fromDaysSinceYearZero(719530 + %p) > '1970-01-05'
i: toUInt8($c)
i: formatReadableSize($i) = '1.00 B'
i: stringBytesUniq($s)
i: toStartOfDay($t) = toDate($t)
f: $n / $n
f: $i / %p
f: $f + $f
f: $f - $i
f: $f * %f
f: -$f
f: abs($f)
f: sqrt($n)
f: cbrt($n)
f: exp(%f)
f: log($n)
f: log2($n)
f: log10($n)
f: log1p($n)
f: exp2(%i)
f: exp10(%i)
f: pow($g, 2)
f: sin($g)
f: cos($g)
f: tan($g)
f: asin($g)
f: atan($g)
f: atan2($g, %f)
f: sinh(%f)
f: tanh($g)
f: hypot($g, $g)
f: degrees($g)
f: radians($g)
f: erf($g)
f: sigmoid($g)
f: round($f)
f: round($f, 2)
f: roundBankers($f, 1)
f: floor($f)
f: floor($f, 1)
f: ceil($f)
f: ceil($f, 2)
f: trunc($f, 1)
f: toFloat64($i)
f: toFloat32($i)
f: toFloat64($D)
f: toFloat64OrZero($s)
f: toFloat64OrNull($s)
f: CAST($n AS Float64)
f: $n::Float32
f: if($c, $f, $f)
f: if($c, $f, $i)
f: ifNull($f, 0)
f: coalesce($f, $i, 0.5)
f: nullIf($f, 0)
f: greatest($g, $i)
f: least($g, $g)
f: ifNotFinite($f, -1)
f: divideOrNull($g, $i)
f: modulo($g, 3)
f: arrayAvg($a)
f: arraySum([$f, $f])
f: arrayReduce('avg', $a)
f: JSONExtractFloat($s, 'a')
f: L2Norm($a)
f: L1Norm($a)
f: L2Distance([1, 2, 3], [%f, %f, %f])
f: cosineDistance([1, 2, 3], [%p, %p, %p])
f: dotProduct([1, 2, 3], [%f, %f, %f])
f: ngramDistance($s, %s)
f: jaroSimilarity(concat('x', $s), %w)
f: jaroWinklerSimilarity(concat('x', $s), %w)
f: stringJaccardIndex($s, 'abc')
f: geoDistance(%f, %f, %f, %f)
f: avg2(%i, %i)
f: pi() * %f
f: e() + %f
f: isNaN($f)
f: isInfinite($f)
f: isFinite($f)
D: $D + $D
D: $D - $D
D: $D * %p
D: $D + $i
D: -$D
D: abs($D)
D: $D / %p
D: toDecimal32(%f, 2) * toDecimal32(%f, 3)
D: toDecimal64(%f, 4) / toDecimal64(%p, 2)
D: toDecimal32(%i, 2)
D: toDecimal64($i % 1000, 3)
D: toDecimal64(%f, 3)
D: toDecimal128($i, 5)
D: toDecimal64OrZero(if($c, %D, 'x'), 2)
D: toDecimal64OrNull(if($c, %D, ''), 2)
D: CAST(%f AS Decimal(10, 3))
D: round($D, 1)
D: round($D)
D: floor($D)
D: ceil($D, 1)
D: trunc($D, 1)
D: if($c, $D, $D)
D: ifNull($D, 0)
D: coalesce($D, toDecimal64(1, 2))
D: greatest($D, $D)
D: divideDecimal(toDecimal64(%p, 3), toDecimal64(%p, 2))
D: multiplyDecimal(toDecimal64(%p, 3), toDecimal64(%p, 2))
s: concat($s, $s)
s: $s || %s
s: concat($s, $i)
s: concatWithSeparator('-', $s, $s)
s: upper($s)
s: lower($s)
s: upperUTF8($S)
s: lowerUTF8($S)
s: initcap($s)
s: initcapUTF8($S)
s: reverse($s)
s: reverseUTF8($S)
s: substring($s, %p)
s: substring($s, %p, %p)
s: substring($s, -%p, %p)
s: substring($s, $i)
s: SUBSTRING($s FROM %p FOR %p)
s: substringUTF8($S, %p, %p)
s: left($s, %p)
s: right($s, %p)
s: leftUTF8($S, %p)
s: rightUTF8($S, %p)
s: leftPad($s, 10)
s: leftPad($s, %p, '*')
s: rightPad($s, 10, 'xy')
s: leftPadUTF8($S, 8, 'é')
s: trim($s)
s: trimLeft($s)
s: trimRight($s)
s: trim(BOTH 'a' FROM $s)
s: trim(LEADING 'h' FROM $s)
s: replace($s, %s, '-')
s: replaceOne($s, %s, 'Z')
s: replaceAll($s, 'a', $s)
s: replaceRegexpOne($s, %R, '<\\\\0>')
s: replaceRegexpAll($s, %R, '.')
s: repeat($s, %p)
s: space(%p)
s: translate($s, 'abc', 'xyz')
s: translateUTF8($S, 'aä', 'ob')
s: overlay($s, 'XX', %p)
s: overlayUTF8($S, 'XX', %p)
s: substringIndex($s, ' ', 1)
s: substringIndex($s, 'a', -1)
s: substringIndexUTF8($S, 'a', 1)
s: extract($s, %r)
s: regexpExtract($s, '(\\\\w)(\\\\w)', 2)
s: splitByChar(',', $s)[1]
s: arrayStringConcat($A, '|')
s: arrayStringConcat($A)
s: arrayElement($A, 1)
s: $A[%p]
s: hex($s)
s: hex($i)
s: hex(toFloat32(%f))
s: hex($d)
s: unhex(hex($s))
s: bin(toUInt8(%p))
s: bin($s)
s: base64Encode($s)
s: base64Decode(base64Encode($s))
s: tryBase64Decode($s)
s: base58Encode($s)
s: base32Encode($s)
s: hex(MD5($s))
s: hex(SHA1($s))
s: hex(SHA256($s))
s: hex(SHA512($s))
s: hex(sipHash128($s))
s: lower(hex(MD4($s)))
s: toString($i)
s: toString($g)
s: toString($D)
s: toString($d)
s: toString($t)
s: toString($T)
s: toString($e)
s: toString($b)
s: toString($u)
s: toString($p)
s: toString($P)
s: toString($a)
s: toString($A)
s: toString($m)
s: toString($r)
s: toString($F)
s: CAST($i AS String)
s: CAST(coalesce($t, toDateTime(%t, 'UTC')) AS String)
s: $d::String
s: if($c, $s, $s)
s: if($c, $s, NULL)
s: multiIf($c, %s, $c, $s, %s)
s: CASE WHEN $c THEN %s ELSE $s END
s: CASE $i WHEN 1 THEN %s WHEN 2 THEN %s ELSE %s END
s: CASE $s WHEN 'a' THEN 'A!' ELSE $s END
s: coalesce($s, %s)
s: ifNull($s, %s)
s: nullIf($s, %s)
s: assumeNotNull(coalesce($s, %s))
s: greatest($s, %s)
s: least($s, $s)
s: transform($s, ['a', 'red', ''], ['x', 'y', 'z'], 'other')
s: transform($s, ['a', 'red', ''], ['x', 'y', 'z'])
s: formatDateTime($t, '%%Y-%%m-%%d %%H:%%i:%%S')
s: formatDateTime($q, '%%Y%%m%%d')
s: formatDateTime($q, '%%a %%b %%e %%j %%y')
s: formatDateTime($Q, '%%I:%%M %%p %%V %%u %%w')
s: formatDateTime($Q, '%%F %%T', %z)
s: formatDateTimeInJodaSyntax($t, 'yyyy-MM-dd HH:mm:ss')
s: dateName(%n, $q)
s: monthName($q)
s: formatReadableSize($i)
s: formatReadableDecimalSize($i)
s: formatReadableQuantity($i)
s: formatReadableTimeDelta($i)
s: bar(%i, 0, 10, 5)
s: toTypeName($n)
s: toJSONString($v)
s: format('{} and {}', $s, $s)
s: format('{1}{0}', $s, $s)
s: printf('%%d %%s', $i, $s)
s: encodeXMLComponent($s)
s: decodeXMLComponent($s)
s: encodeURLComponent($s)
s: decodeURLComponent($s)
s: domain($s)
s: domainWithoutWWW($s)
s: topLevelDomain($s)
s: protocol($s)
s: path($s)
s: pathFull($s)
s: queryString($s)
s: fragment($s)
s: cutQueryString($s)
s: cutWWW($s)
s: cutURLParameter($s, 'q')
s: extractURLParameter($s, 'q')
s: firstSignificantSubdomain($s)
s: netloc($s)
s: JSONExtractString($s, 'b')
s: JSONExtractRaw($s, 'a')
s: toString(JSONType($s))
s: JSON_VALUE($s, '$.b')
s: simpleJSONExtractString($s, 'b')
s: visitParamExtractString($s, 'b')
s: IPv4NumToString(toUInt32($i))
s: IPv4NumToStringClassC($p)
s: IPv6NumToString($P)
s: soundex($s)
s: char(65 + %p)
s: normalizeUTF8NFC($s)
s: toValidUTF8($s)
s: ascii($s)::String
s: arrayJoin([%s, %s])
s: $r.2
s: mapKeys($m)[1]
s: reinterpretAsString($i)
s: regexpQuoteMeta($s)
s: appendTrailingCharIfAbsent($s, '/')
s: toStringCutToZero($s)
s: materialize(%s)
s: toString(toInterval(%p, 'day'))
s: basename($s)
s: idnaEncode('straße')
s: tupleElement($r, 2)
s: arrayFold((acc, x) -> concat(acc, x), $A, '')
s: toDecimalString($n, 3)
s: visibleWidth($v)::String
s: conv(toString(%p), 10, 2)
s: firstLine($s)
F: toFixedString('ab', 5)
F: toFixedString(left(hex($s), 4), 5)
F: if($c, $F, $F)
F: materialize(toFixedString('xyz', 5))
b: CAST($c AS Bool)
b: toBool($i)
b: true
b: false
b: CAST(%p % 2 AS Bool)
b: not $b
d: toDate($t)
d: toDate($T)
d: $d + %p
d: $d - %p
d: addDays($d, %j)
d: addWeeks($d, %j)
d: addMonths($d, %j)
d: addYears($d, %j)
d: subtractDays($d, %p)
d: subtractMonths($d, %p)
d: $d + INTERVAL %p DAY
d: $d - INTERVAL %p MONTH
d: toStartOfMonth($q)
d: toStartOfYear($q)
d: toStartOfQuarter($q)
d: toStartOfISOYear($q)
d: toMonday($q)
d: toStartOfWeek($q)
d: toStartOfWeek($q, 1)
d: toLastDayOfMonth($q)
d: toLastDayOfWeek($q)
d: toStartOfInterval($d, INTERVAL %p MONTH)
d: toStartOfInterval($t, INTERVAL %p WEEK)
d: dateTrunc('month', $q)
d: dateTrunc('week', $q)
d: dateTrunc(%n, $d)
d: toDate(%B)
d: toDateOrNull(if($c, %B, 'x'))
d: toDateOrZero(if($c, %B, 'x'))
d: toDate(%p * 1000)
d: toDate('2024-01-01') + %j
d: CAST('2024-02-29' AS Date)
d: makeDate(2000 + %p, %p, %p)
d: if($c, $d, $d)
d: coalesce($d, %d)
d: ifNull($d, %d)
d: greatest($d, %d)
d: least($d, $d)
d: nullIf($d, %d)
d: YYYYMMDDToDate(20240100 + %p)
d: fromDaysSinceYearZero(738000 + %p)
d: fromModifiedJulianDay(58000 + %p)
d: changeYear($d, 2020)
d: changeMonth($d, %p)
d: DATE %d
y: toDate32($t)
y: toDate32(%d)
y: $y + %p
y: addMonths($y, %j)
y: toDate32OrNull(if($c, %B, 'x'))
y: if($c, $y, $y)
t: toDateTime($d)
t: toDateTime(%t)
t: toDateTime(%t, %z)
t: toDateTime($T)
t: $t + %p
t: $t - 3600
t: addHours($t, %j)
t: addMinutes($t, %j)
t: addSeconds($t, %j)
t: addDays($t, %j)
t: addMonths($t, %j)
t: subtractWeeks($t, %p)
t: $t + INTERVAL %p HOUR
t: $t - INTERVAL %p YEAR
t: $d + INTERVAL %p HOUR
t: date_add(DAY, %p, $t)
t: toStartOfHour($Q)
t: toStartOfDay($q)
t: toStartOfMinute($Q)
t: toStartOfFiveMinutes($Q)
t: toStartOfTenMinutes($t)
t: toStartOfFifteenMinutes($Q)
t: toStartOfInterval($t, INTERVAL %p HOUR)
t: toStartOfInterval($t, INTERVAL %p MINUTE)
t: toStartOfInterval($t, INTERVAL %p DAY)
t: timeSlot($t)
t: dateTrunc(%N, $t)
t: dateTrunc('day', $t, %z)
t: toTimeZone($t, %z)
t: fromUnixTimestamp(1700000000 + %j)
t: parseDateTimeBestEffort(%t)
t: parseDateTimeBestEffortOrNull(%B)
t: parseDateTimeBestEffortOrZero(%B)
t: toDateTimeOrNull(if($c, %B, 'x'))
t: parseDateTime('2024-03-01 10:11:12', '%%Y-%%m-%%d %%H:%%i:%%s')
t: makeDateTime(2020, %p, %p, 1, 2, 3)
t: CAST(%t AS DateTime)
t: if(materialize($c), $t, $t)
t: ifNull($t, toDateTime(%t))
t: greatest($t, $t)
t: toUTCTimestamp($t, 'Europe/Berlin')
t: fromUTCTimestamp($t, 'Europe/Berlin')
t: tumbleStart($t, INTERVAL %p HOUR)
t: YYYYMMDDhhmmssToDateTime(20240301101112)
t: changeHour($t, %p)
T: toDateTime64($t, 3)
T: toDateTime64(%T, 3, %z)
T: $T + INTERVAL %p SECOND
T: $T + INTERVAL %p MILLISECOND
T: addMilliseconds($T, %j)
T: addMonths($T, %j)
T: toStartOfSecond($T)
T: toStartOfMillisecond($T)
T: toStartOfInterval($T, INTERVAL %p SECOND)
T: fromUnixTimestamp64Milli(toInt64(1700000000000 + %j))
T: toDateTime64(%T, 6)
T: parseDateTime64BestEffortOrNull(%B)
T: if(materialize($c), $T, $T)
T: toTimeZone($T, %z)
T: CAST(%T AS DateTime64(3))
e: if($c, $e, $e)
e: CAST('low' AS Enum8('none' = 0, 'low' = 1))
u: toUUID('00000001-0000-4000-8000-000000000001')
u: toUUIDOrNull($s)
u: toUUIDOrZero($s)
u: if($c, $u, $u)
p: toIPv4('10.0.0.1')
p: toIPv4OrNull($s)
p: toIPv4OrDefault($s)
P: toIPv6('::1')
P: toIPv6OrNull($s)
P: toIPv6($p)
a: [$i, $i]
a: [%i, %i, %i]
a: [$i, NULL]
a: range(%p)
a: range(toUInt8(%p), 10, 2)
a: arrayMap(x -> x + 1, $a)
a: arrayMap(x -> x * %i, $a)
a: arrayMap((x, y) -> x - y, arrayResize($a, 3), arrayResize($a, 3))
a: arrayMap(x -> length(x), $A)
a: arrayMap((x, i) -> x + i, $a, arrayEnumerate($a))
a: arrayFilter(x -> x > %i, $a)
a: arrayFilter(x -> x % 2 = 0, $a)
a: arraySort($a)
a: arraySort(x -> -x, $a)
a: arrayReverseSort($a)
a: arrayPartialSort(2, $a)[1] = 0 ? $a : [%i]
a: arrayReverse($a)
a: arrayConcat($a, $a)
a: arrayDistinct($a)
a: arrayPushBack($a, %i)
a: arrayPushFront($a, %i)
a: arrayPopBack($a)
a: arrayPopFront($a)
a: arraySlice($a, %p)
a: arraySlice($a, -%p, %p)
a: arrayResize($a, %p)
a: arrayResize($a, %p, %i)
a: arrayEnumerate($a)
a: arrayEnumerateUniq($a)
a: arrayEnumerateDense($a)
a: arrayCumSum($a)
a: arrayCumSumNonNegative($a)
a: arrayDifference($a)
a: arrayCompact($a)
a: arrayIntersect(CAST($a AS Array(Nullable(Int64))), [toInt64(%i), 1, 2])
a: arrayUnion($a, $a)
a: arraySymmetricDifference($a, $a)
a: arrayExcept($a, [1, 2])
a: arrayFlatten([$a, $a])
a: arrayFill(x -> x > 0, $a)
a: arrayRotateLeft($a, %p)
a: arrayShiftRight($a, %p)
a: arrayRemove($a, %i)
a: arrayZip(arrayResize($a, 4), arrayResize($a, 4)).1
a: arrayWithConstant(%p, %i)
a: arraySplit(x -> x > %i, $a)[1]
a: mapValues($m)
a: if($c, $a, $a)
a: emptyArrayInt32()
a: arrayReduceInRanges('sum', [(1, 2), (2, 3)], $a)
a: CAST($a AS Array(Int64))
a: multiSearchAllPositions($s, [%w, %w])
a: bitPositionsToArray($i)
A: splitByChar(' ', $s)
A: splitByString('a', $s)
A: splitByString('', $s)
A: splitByRegexp(%r, $s)
A: splitByWhitespace($s)
A: splitByNonAlpha($s)
A: alphaTokens($s)
A: tokens($s)
A: ngrams($s, 3)
A: extractAll($s, %r)
A: extractAllGroupsHorizontal($s, '(\\\\w)(\\\\w)')[1]
A: extractGroups($s, '(\\\\w)(\\\\w)')
A: arrayMap(x -> upper(x), $A)
A: arrayFilter(x -> x != '', $A)
A: arraySort($A)
A: arraySort(x -> length(x), $A)
A: arrayReverse($A)
A: arrayDistinct($A)
A: arrayConcat($A, [%s])
A: [$s, $s]
A: [$s, NULL]
A: mapKeys($m)
A: if($c, $A, $A)
A: arrayMap(x -> toString(x), $a)
A: URLHierarchy($s)
A: extractURLParameters($s)
A: JSONExtractKeys($s)
A: JSONExtractArrayRaw($s)
A: arrayIntersect($A, [%s, %s])
m: map('a', toInt64($i), 'z', toInt64($i))
m: mapFilter((k, v) -> v > %i, $m)
m: mapApply((k, v) -> (k, v + 1), $m)
m: mapUpdate($m, map('a', toInt64(100)))
m: mapFromArrays(['x', 'y'], [toInt64(%i), toInt64(%i)])
m: mapSort($m)
m: mapAdd($m, map('a', toInt64(%i)))
m: mapConcat($m, map('q', toInt64(%i)))
m: if($c, $m, $m)
r: ($i, $s)
r: tuple($i, $s)
r: if($c, $r, $r)
r: arrayZip([toInt32(%j)], [%s])[1]
c: $i = $i
c: $i = %i
c: $i != %i
c: $i < %i
c: $i <= $i
c: $i > %i
c: $i >= %i
c: $n < $n
c: $n > %f
c: $f = %f
c: $f < %f
c: $f >= $i
c: $D > %f
c: $D = %i
c: $D <= $D
c: $s = %s
c: $s != %s
c: $s < %s
c: $s >= %s
c: $s = $s
c: $S LIKE %l
c: $S NOT LIKE %l
c: $S ILIKE %l
c: match($s, %r)
c: $s REGEXP %r
c: $s IN (%s, %s, %s)
c: $s NOT IN (%s, %s)
c: $i IN (%i, %i, %i)
c: $i NOT IN (%i, %i)
c: $i IN (%i, NULL, %i)
c: ($n + 0) IN (%i, %f)
c: $D IN (1, 2.5, %i)
c: $d IN (%d, %d)
c: $t IN (%t, %t)
c: $e IN ('low', 'high')
c: $e = 'low'
c: $e != 'none'
c: $e < 'low'
c: $e = 5
c: ($i, $s) IN ((1, 'a'), (2, ''), (0, 'b'))
c: ($i, $s) = (1, 'a')
c: ($i, $i) < (%i, %i)
c: $r = (1, 'red')
c: $r > (0, 'blue')
c: $i BETWEEN %i AND 20
c: $n NOT BETWEEN %i AND %f
c: $s BETWEEN 'a' AND 'm'
c: $d BETWEEN '2023-12-01' AND '2024-02-15'
c: $d = %d
c: $d < %d
c: $d >= %d
c: $y > %d
c: $d = $t
c: $d < $t
c: $y < $T
c: $t > %t
c: $t <= %t
c: $t < $t
c: $t >= %d
c: $T > %T
c: $T < $t
c: $b
c: not $b
c: $b = true
c: $b != $b
c: $u = '00000001-0000-4000-8000-000000000001'
c: $u != $u
c: $u IN ('00000001-0000-4000-8000-000000000001', '00000002-0000-4000-8000-000000000002')
c: $p = '10.0.0.1'
c: $p > toIPv4('10.0.1.0')
c: $P = '::1'
c: $F = 'abc'
c: $F < 'b'
c: $F = $s
c: $a = [1, 2]
c: $a < $a
c: $a != []
c: has($a, %i)
c: has($A, %s)
c: hasAny($A, [%w, %w])
c: $i IN $a
c: arrayExists(x -> x > %i, $a)
c: arrayAll(x -> x > %i, $a)
c: arrayExists(x -> toValidUTF8(x) LIKE %l, $A)
c: $m['b'] > %i
c: mapContains($m, 'a')
c: notEmpty($A)
c: empty($s)
c: startsWith($s, %s)
c: hasToken($s, 'key')
c: $v IS NULL
c: $v IS NOT NULL
c: $i IS NOT DISTINCT FROM $i
c: $s IS DISTINCT FROM %s
c: isDistinctFrom($i, NULL)
c: $c AND $c
c: $c OR $c
c: $c AND NOT $c
c: NOT ($c OR $c)
c: ($c OR $c) AND $c
c: xor($c, $c)
c: if($c, $c, $c)
c: $i != 0
c: toYear($d) = 2024
c: toYYYYMM($t) IN (202401, 202402)
c: toStartOfMonth($d) = '2024-01-01'
c: toDate($t) = '2024-02-01'
c: toHour($t) < 12
c: $i % %p = 0
c: $i + %i > $i
c: lower($s) = 'abc'
c: length($s) > %p
c: cityHash64($s) % 3 = 1
c: $s = ''
c: $s > ''
c: $i = NULL
c: 1
c: 0
`;

const lines = (text) => text.split('\n').filter((line) => line);
export const byKind = new Map();
for (const line of lines(templates)) {
  const kind = line[0];
  if (!byKind.has(kind)) byKind.set(kind, []);
  byKind.get(kind).push(line.slice(3));
}

// Aggregates of one value from a group: [template, whether the order of summation shows in the result].
const exact = `
count()
count($v)
sum($j)
sum($D)
sum($b)
min($o)
max($o)
min($s)
max($s)
avg($i)
uniqExact($h)
uniqExact($f + 0)
uniqExact($o, $o)
uniq($s)
uniqCombined($k)
countIf($c)
countIf($c OR $c)
sumIf($j, $c)
minIf($o, $c)
maxIf($s, $c)
uniqExactIf($s, $c)
countDistinct($h)
countDistinct($f + 0)
count(DISTINCT $o)
sum(DISTINCT $k)
sumDistinct($k)
countIf(DISTINCT $k, $c)
sumOrNull($j)
sumOrDefault($k)
minOrNull($o)
maxOrNull($s)
sumIfOrNull($k, $c)
sumOrNullIf($k, $c)
avgOrNull($k)
countOrNull()
argMin($o, id)
argMax($s, id)
argMax(ifNull($o, $o), id)
argMinIf($o, id, $c)
argMax(id, ($k, id))
anyIf($k, 0)
any(%i)
arraySort(groupArray($k))
arraySort(groupArray($s))
arraySort(groupUniqArray($k))
arraySort(groupUniqArray($s))
length(groupArray($v))
length(groupArray(5)($v))
arraySort(groupArrayIf($k, $c))
groupArraySorted(5)($k)
length(groupArrayLast(3)($k))
arraySort(groupUniqArrayArray($a))
sumArray($a)
groupBitAnd($k)
groupBitOr($k)
groupBitXor($k)
quantileExact(0.5)($k)
quantileExact(0.9)($o)
quantileExactLow(0.5)($k)
quantileExactHigh(0.5)($k)
quantilesExact(0.25, 0.75)($k)
quantileExactInclusive(0.5)($k)
quantileExactExclusive(0.25)($k)
quantilesExactInclusive(0.25, 0.5)($k)
quantileExactWeighted(0.5)($k, toUInt32(abs(toInt16($k % 5))))
quantile(0.5)($k)
quantiles(0.1, 0.9)($k)
quantileIf(0.5)($k, $c)
median($k)
medianExact($k)
quantileTiming(0.5)(toUInt32($k % 1000))
quantileTDigest(0.5)($k % 10)
quantileDD(0.01, 0.5)($k % 10)
topK(1)(1)
sumMap($m)
minMap($m)
maxMap($m)
sumMap([toUInt8($k % 3)], [$k])
sumCount($k)
groupConcat(',')(%i)
avgWeighted($k, toFloat64(%p))
avgWeighted(abs($k), toUInt8(%p))
first_value(%i)
last_value(%i)
entropy($k % 3)
anyHeavy(%i)
groupBitmap(toUInt32($k % 100))
sumWithOverflow($k)
maxIntersections(toInt32($k % 100), toInt32($k % 100) + 5)
retention($c, $c)
windowFunnel(100)($t, $c, $c)
sequenceCount('(?1)(?2)')($t, $c, $c)
singleValueOrNull(%i)
deltaSum(%i)
boundingRatio($k % 10, 1.)
uniqUpTo(3)($k % 5)
simpleLinearRegression($k % 7, $k % 5)
cramersV($k % 3, $k % 2)
histogram(3)(%i)
max2(%i, %i)
argMinOrNull($o, id)
uniqExactOrNull($s)
minForEach($a)
sumForEach($a)
countResample(0, 10, 5)($k % 10)
sumDistinctIf($k, $c)
avgIfOrNull($k, $c)
`;
const rough = `
sum($g)
avg($g)
avg($D)
avgIf($g, $c)
sumKahan($g)
stddevPop($k)
stddevPop(toDecimal64($k, 2))
varSamp(toDecimal64($k, 2) * toInt8(%p))
stddevSamp($g)
varPop($k)
varSamp($g)
corr($k % 16, $k % 16)
covarPop($k, $g)
covarSamp($g, $k)
skewPop($k % 16)
skewSamp($k % 16)
kurtPop($k % 16)
kurtSamp($k % 16)
exponentialMovingAverage(5)(%i, %i)
sumIf($g, $c)
varPopIf($k, $c)
`;
export const aggregates = [...lines(exact).map((template) => [template, false]), ...lines(rough).map((template) => [template, true])];

const combinators = /(If|Array|Distinct|OrNull|OrDefault|ForEach|Resample|State|Merge|Map)$/i;
const missing = new Set();

// Functions of ClickHouse that Freshet lacks are taken out; they would hide what else is in their queries.
export function setMissingFunctions(names) {
  const lacks = new Set(names);
  const isThere = (template) => {
    const called = [...template.matchAll(/\b([a-zA-Z_][a-zA-Z0-9_]*)\(/g)].map(([, name]) => name);
    const unknown = called.filter((name) => {
      for (let base = name; ; base = base.replace(combinators, '')) {
        if (lacks.has(base.toLowerCase())) return true;
        if (!combinators.test(base)) return false;
      }
    });
    unknown.forEach((name) => missing.add(name));
    return unknown.length === 0;
  };
  for (const [kind, list] of byKind) byKind.set(kind, list.filter(isThere));
  aggregates.splice(0, aggregates.length, ...aggregates.filter(([template]) => isThere(template)));
}

export const missingFunctions = () => [...missing].sort();
