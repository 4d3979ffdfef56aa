// Whether two answers are the same: types, and rows in order or as a multiset, floats within a tolerance.

// LowCardinality is a way to store texts. ClickHouse keeps it in the result of some functions and not of others; which,
// changes between its versions, and no format shows it in rows. Freshet keeps it for columns only.
const plain = (type) => {
  for (let rest = type; ; ) {
    const next = rest.replace(/LowCardinality\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/, '$1');
    if (next === rest) return rest;
    rest = next;
  }
};

// What ClickHouse gives for functions of the literal NULL, where Freshet may know a type.
const isOfNull = (type) => /^(Array\()?Nullable\(Nothing\)/.test(type) || type === 'Array(Nothing)';

const floatType = /Float(32|64)|BFloat16/;
const number = /-?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf)|nan/gi;

// A cell's floats, with as many digits as both must have: 12, or 8 where they depend on the order of summation.
function canonicalFloats(cell, digits) {
  return cell.replace(number, (text) => {
    const value = Number(text);
    if (!Number.isFinite(value)) return text.toLowerCase();
    return Math.abs(value) < 1e-9 && digits < 12 ? '0' : String(Number(value.toPrecision(digits)));
  });
}

function nearlyEqual(left, right, tolerance) {
  if (left === right) return true;
  const a = left.match(number) ?? [];
  const b = right.match(number) ?? [];
  if (a.length !== b.length || left.replace(number, '#') !== right.replace(number, '#')) return false;
  return a.every((text, index) => {
    const [x, y] = [Number(text), Number(b[index])];
    if (text === b[index]) return true;
    return Math.abs(x - y) <= tolerance * Math.max(tolerance > 1e-10 ? 1e4 : 1e-3, Math.abs(x), Math.abs(y));
  });
}

function sameRow(left, right, isFloat, tolerance) {
  return left.length === right.length && left.every((cell, index) => cell === right[index] || (isFloat[index] && nearlyEqual(cell, right[index], tolerance)));
}

// Whether an answer has a type that Freshet has not.
export const hasVariant = (answer) => answer.types.some((type) => /Variant\(|Dynamic|U?Int(128|256)|Decimal256/.test(type));

// null, or what differs, in words.
export function difference(expected, actual, query) {
  const sameType = (type, index) => plain(type) === plain(actual.types[index] ?? '') || isOfNull(type);
  if (expected.types.length !== actual.types.length) return `${actual.types.length} columns, expected ${expected.types.length}`;
  if (!expected.types.every(sameType)) {
    const at = expected.types.findIndex((type, index) => !sameType(type, index));
    return `type of column ${at + 1}: ${actual.types[at]}, expected ${expected.types[at]}`;
  }
  if (expected.names?.join('\t') !== actual.names?.join('\t')) return `names: ${actual.names}, expected ${expected.names}`;
  if (expected.rows.length !== actual.rows.length) return `${actual.rows.length} rows, expected ${expected.rows.length}`;
  const isFloat = expected.types.map((type) => floatType.test(type));
  // ClickHouse's statistics of Float32 are computed in Float32.
  const isNarrow = expected.types.some((type) => type.includes('Float32'));
  const tolerance = query.isRough ? (isNarrow ? 1e-4 : 1e-8) : 1e-13;
  const compareInOrder = (left, right) => {
    for (const [index, row] of left.entries()) {
      if (!sameRow(row, right[index], isFloat, tolerance)) return `row ${index + 1}: ${right[index].join(' | ')}, expected ${row.join(' | ')}`;
    }
    return null;
  };
  if (query.order === 'all') return compareInOrder(expected.rows, actual.rows);
  // In an order that noise in the floats does not change; rows that then look alike are the same.
  const sorted = (rows) => rows
    .map((row) => [row.map((cell, index) => (isFloat[index] ? canonicalFloats(cell, query.isRough ? (isNarrow ? 3 : 6) : 11) : cell)).join('\t'), row])
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const [left, right] = [sorted(expected.rows), sorted(actual.rows)];
  const unlike = left.flatMap(([text, row], index) => (text === right[index][0] ? [] : [[row, right[index][1]]]));
  const found = compareInOrder(unlike.map(([row]) => row), unlike.map(([, row]) => row));
  if (found || query.order === 'none') return found;
  const picked = (rows) => rows.map((row) => query.order.map((index) => row[index]));
  return compareInOrder(picked(expected.rows), picked(actual.rows));
}
