// The tables that queries are about: their definitions, and rows made from a seed.
//
// `kind` is what the query generator knows of a column's type: i integer, f float, D decimal, b Bool, s String,
// F FixedString, d Date, y Date32, t DateTime, T DateTime64, e Enum, u UUID, p IPv4, P IPv6, a Array(integer),
// A Array(String), m Map(String, integer), r Tuple(integer, String).

import { Random } from './random.mjs';

const words = ['', 'a', 'b', 'ab', 'abc', 'A', 'Abc', 'hello world', 'Hello, World', 'x=1&y=2', '%', '_', 'a%b', 'foo_bar', "it's",
  'tab\there', 'line\nbreak', 'back\\slash', 'äöü', 'Straße', 'naïve café', '日本語', '😀 smile', '12', '-7', '3.5', '007', '1e3',
  '2024-02-29', '2023-01-15 10:20:30', 'not a number', ' padded ', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'null', 'NULL', 'true',
  'https://www.example.com/path/to?q=1#top', 'user@example.org', '192.168.0.1', '[1,2,3]', '{"a":1,"b":"x"}'];
const colours = ['red', 'green', 'blue', 'black', 'white', ''];
const enumNames = ['none', 'low', 'mid', 'high'];

const pad = (number, digits) => String(number).padStart(digits, '0');

// A date of 1970-01-01 and `days`.
function dateText(days) {
  return new Date(days * 86400000).toISOString().slice(0, 10);
}

function timeText(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

// An integer as text: often small, sometimes at the ends of the type.
function integer(random, bits, isSigned) {
  const top = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const bottom = isSigned ? -top - 1n : 0n;
  if (random.chance(0.04)) return String(random.pick([top, bottom, top - 1n, bottom + 1n]));
  if (random.chance(0.1)) {
    const wide = (BigInt(random.int(0, 0x7fffffff)) << 32n) | BigInt(random.int(0, 0x7fffffff));
    return String(bottom + (wide % (top - bottom + 1n)));
  }
  return String(random.int(isSigned ? -10 : 0, 30));
}

function decimal(random, whole, scale) {
  const sign = random.chance(0.3) ? '-' : '';
  const digits = random.chance(0.05) ? '9'.repeat(whole) : String(random.int(0, 999));
  return `${sign}${digits}.${pad(random.int(0, 10 ** Math.min(scale, 6) - 1), Math.min(scale, 6))}`;
}

const float = (random) => String(random.weighted([[6, random.int(-200, 200) / 8], [1, random.int(-1000000, 1000000) / 1000], [1, 0]]));
const wideFloat = (random) =>
  random.weighted([[6, float(random)], [1, 'nan'], [1, 'inf'], [1, '-inf'], [1, '-0'], [1, '1e300'], [1, '5e-324'], [1, '1e-7']]);
const word = (random) => (random.chance(0.2) ? `key ${random.int(0, 50)}` : random.pick(words));
const date = (random) => dateText(random.weighted([[8, random.int(19700, 19800)], [1, random.int(1, 40000)], [0.3, 0]]));
const time = (random) => timeText(random.weighted([[8, random.int(1704067200, 1711929600)], [1, random.int(86400, 4000000000)], [0.3, 86400]]));
const uuid = (random) => `${pad(random.int(0, 3).toString(16), 8)}-0000-4000-8000-${pad(random.int(0, 0xffff).toString(16), 12)}`;
const ip4 = (random) => random.pick(['0.0.0.0', '127.0.0.1', '255.255.255.255', `10.0.${random.int(0, 3)}.${random.int(0, 255)}`]);
const ip6 = (random) => random.pick(['::', '::1', '2001:db8::1', `fe80::${random.int(0, 9)}`, '::ffff:10.0.0.1']);

// How texts in arrays, tuples and maps are written: they are escaped once, and the cell is not.
const quoted = (text) => `'${escaped(text).replace(/'/g, "\\'")}'`;
const listOf = (random, longest, element) => {
  const count = random.chance(0.25) ? 0 : random.int(1, longest);
  return `[${Array.from({ length: count }, () => element(random)).join(',')}]`;
};

const makers = {
  Int8: (r) => integer(r, 8, true), Int16: (r) => integer(r, 16, true), Int32: (r) => integer(r, 32, true), Int64: (r) => integer(r, 64, true),
  UInt8: (r) => integer(r, 8, false), UInt16: (r) => integer(r, 16, false), UInt32: (r) => integer(r, 32, false), UInt64: (r) => integer(r, 64, false),
  Float32: float, Float64: float, Bool: (r) => r.pick(['true', 'false']),
  'Decimal(9, 2)': (r) => decimal(r, 7, 2), 'Decimal(18, 4)': (r) => decimal(r, 9, 4), 'Decimal(38, 10)': (r) => decimal(r, 12, 10),
  String: word, 'LowCardinality(String)': (r) => r.pick(colours), 'FixedString(5)': (r) => r.pick(['', 'a', 'abc', 'fixed', 'x\\0y']),
  Date: date, Date32: (r) => dateText(r.weighted([[5, r.int(19000, 20000)], [1, r.int(-20000, 60000)]])),
  "DateTime('UTC')": time, "DateTime('Europe/Berlin')": time,
  "DateTime('America/New_York')": time, "DateTime64(3, 'Asia/Kolkata')": (r) => `${time(r)}.${pad(r.int(0, 999), 3)}`,
  "DateTime64(3, 'UTC')": (r) => `${time(r)}.${pad(r.int(0, 999), 3)}`,
  "DateTime64(6, 'UTC')": (r) => `${time(r)}.${pad(r.int(0, 999999), 6)}`,
  "Enum8('none' = 0, 'low' = 1, 'mid' = 5, 'high' = -3)": (r) => r.pick(enumNames),
  UUID: uuid, IPv4: ip4, IPv6: ip6,
  'Array(Int32)': (r) => listOf(r, 5, () => r.int(-5, 9)), 'Array(String)': (r) => listOf(r, 4, () => quoted(word(r))),
  'Array(Nullable(Int64))': (r) => listOf(r, 4, () => (r.chance(0.3) ? 'NULL' : r.int(-3, 3))),
  'Map(String, Int64)': (r) => `{${r.sample(['a', 'b', 'c', 'd'], r.int(0, 3)).map((key) => `'${key}':${r.int(-5, 50)}`).join(',')}}`,
  'Tuple(Int32, String)': (r) => `(${r.int(-3, 3)},${quoted(r.pick(colours))})`,
};

const kinds = [[/^U?Int/, 'i'], [/^Float/, 'f'], [/^Decimal/, 'D'], [/^Bool/, 'b'], [/^String/, 's'], [/^FixedString/, 'F'], [/^Date32/, 'y'],
  [/^DateTime64/, 'T'], [/^DateTime/, 't'], [/^Date/, 'd'], [/^Enum/, 'e'], [/^UUID/, 'u'], [/^IPv4/, 'p'], [/^IPv6/, 'P'],
  [/^Array\((Nullable\()?Int/, 'a'], [/^Array/, 'A'], [/^Map/, 'm'], [/^Tuple/, 'r']];

function column(name, type, options = {}) {
  const inner = type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');
  const kind = kinds.find(([pattern]) => pattern.test(inner))[1];
  const isNullable = type.includes('Nullable(') && !type.startsWith('Array');
  const make = options.make ?? makers[type] ?? makers[inner] ?? makers[`LowCardinality(${inner})`];
  return { name, type, kind, isNullable, make, isWide: options.isWide ?? false };
}

const id = () => column('id', 'UInt32', { make: (random, index) => index });

// One table of every type; keys and partitions vary.
function everyType() {
  return [
    id(), column('i8', 'Int8'), column('i16', 'Int16'), column('i32', 'Int32'), column('i64', 'Int64'), column('u8', 'UInt8'),
    column('u16', 'UInt16'), column('u32', 'UInt32'), column('u64', 'UInt64'), column('k', 'UInt8', { make: (r) => r.int(0, 12) }),
    column('f32', 'Float32'), column('f64', 'Float64'), column('fw', 'Float64', { make: wideFloat, isWide: true }), column('bo', 'Bool'),
    column('d9', 'Decimal(9, 2)'), column('d18', 'Decimal(18, 4)'), column('d38', 'Decimal(38, 10)'),
    column('s', 'String'), column('lc', 'LowCardinality(String)'), column('fs', 'FixedString(5)'),
    column('d', 'Date'), column('d32', 'Date32'), column('t', "DateTime('UTC')"), column('tb', "DateTime('Europe/Berlin')"),
    column('t3', "DateTime64(3, 'UTC')"), column('t6', "DateTime64(6, 'UTC')"),
    column('e', "Enum8('none' = 0, 'low' = 1, 'mid' = 5, 'high' = -3)"), column('u', 'UUID'), column('ip', 'IPv4'), column('ip6', 'IPv6'),
    column('ni', 'Nullable(Int32)'), column('nu', 'Nullable(UInt64)'), column('nf', 'Nullable(Float64)'), column('ns', 'Nullable(String)'),
    column('nd', 'Nullable(Date)'), column('nt', "Nullable(DateTime('UTC'))"), column('ndec', 'Nullable(Decimal(18, 4))'),
    column('ne', "Nullable(Enum8('none' = 0, 'low' = 1, 'mid' = 5, 'high' = -3))"), column('lcn', 'LowCardinality(Nullable(String))'),
    column('a', 'Array(Int32)'), column('sa', 'Array(String)'), column('an', 'Array(Nullable(Int64))'), column('m', 'Map(String, Int64)'),
    column('tup', 'Tuple(Int32, String)'), column('tn', "DateTime('America/New_York')"), column('tk', "DateTime64(3, 'Asia/Kolkata')"), column('nb', 'Nullable(Bool)'),
    column('nt3', "Nullable(DateTime64(3, 'UTC'))"), column('nuu', 'Nullable(UUID)'),
    column('nip', 'Nullable(IPv4)'), column('nd32', 'Nullable(Date32)'), column('lci', 'LowCardinality(UInt16)'), column('nfs', 'Nullable(FixedString(5))'),
  ];
}

export const tables = [
  {
    name: 'main', columns: everyType(), rows: 1500,
    clauses: `ENGINE = MergeTree PARTITION BY (toYear(t) >= 2024, intDiv(k, 7)) ORDER BY (k, lc, i16, id)`,
    indexes: ['INDEX by_u64 u64 TYPE bloom_filter(0.01) GRANULARITY 1', 'INDEX by_i32 i32 TYPE set(100) GRANULARITY 1',
      'INDEX by_s s TYPE tokenbf_v1(2048, 3, 0) GRANULARITY 1', 'INDEX by_ls lower(s) TYPE ngrambf_v1(3, 4096, 3, 0) GRANULARITY 1',
      'INDEX by_sa sa TYPE bloom_filter GRANULARITY 1', 'INDEX by_d18 d18 TYPE minmax GRANULARITY 1'],
    // Shares of the rows, and what happens after each.
    inserts: [[0.5, 'OPTIMIZE TABLE main FINAL'], [0.3, 'OPTIMIZE TABLE main FINAL'], [0.1, ''], [0.1, '']],
  },
  {
    name: 'few', columns: everyType(), rows: 120, clauses: 'ENGINE = MergeTree ORDER BY (s, t, id)', indexes: [],
    inserts: [[0.5, 'OPTIMIZE TABLE few FINAL'], [0.5, '']],
  },
  { name: 'none', columns: everyType(), rows: 0, clauses: 'ENGINE = MergeTree PARTITION BY lc ORDER BY (d, u8)', indexes: [], inserts: [] },
  {
    name: 'big', rows: 40000, clauses: 'ENGINE = MergeTree ORDER BY (lc, t, id)', indexes: ['INDEX by_v v TYPE bloom_filter GRANULARITY 2'],
    columns: [id(), column('k', 'UInt8', { make: (r) => r.int(0, 12) }), column('lc', 'LowCardinality(String)'), column('t', "DateTime('UTC')"),
      column('d', 'Date'), column('v', 'Int32', { make: (r) => r.int(-100000, 100000) }), column('u64', 'UInt64'), column('s', 'String'),
      column('f64', 'Float64'), column('d18', 'Decimal(18, 4)'), column('ni', 'Nullable(Int32)'), column('ns', 'Nullable(String)'),
      column('bo', 'Bool'), column('e', "Enum8('none' = 0, 'low' = 1, 'mid' = 5, 'high' = -3)"), column('a', 'Array(Int32)')],
    inserts: [[0.6, 'OPTIMIZE TABLE big FINAL'], [0.3, 'OPTIMIZE TABLE big FINAL'], [0.1, '']],
  },
  {
    name: 'colour', rows: 14, clauses: 'ENGINE = MergeTree ORDER BY tuple()', indexes: [],
    columns: [id(), column('lc', 'LowCardinality(String)'), column('k', 'UInt8', { make: (r) => r.int(0, 6) }), column('ns', 'Nullable(String)', { make: (r) => r.pick(colours) }),
      column('ni', 'Nullable(Int32)', { make: (r) => r.int(-2, 5) }), column('label', 'String'), column('price', 'Decimal(9, 2)'), column('since', 'Date')],
    inserts: [[1, '']],
  },
  {
    name: 'person', rows: 60, clauses: 'ENGINE = MergeTree ORDER BY (i32, id)', indexes: [],
    columns: [id(), column('i32', 'Int32', { make: (r) => r.int(-3, 12) }), column('i64', 'Int64', { make: (r) => r.int(-3, 12) }), column('s', 'String'),
      column('ns', 'Nullable(String)'), column('ni', 'Nullable(Int32)', { make: (r) => r.int(-2, 5) }), column('lc', 'LowCardinality(String)'),
      column('d', 'Date'), column('score', 'Float64'), column('u', 'UUID')],
    inserts: [[0.7, 'OPTIMIZE TABLE person FINAL'], [0.3, '']],
  },
];

function escaped(cell) {
  return String(cell).replace(/\\(?!0)/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n');
}

function cellText(random, col, index) {
  if (col.isNullable && random.chance(0.2)) return '\\N';
  const cell = col.make(random, index);
  return 'aAmr'.includes(col.kind) ? cell : escaped(cell);
}

// How a table's rows lie: with an even seed in many segments, each of a few rows, with small granules in ClickHouse; with every
// fourth seed in segments of several blocks.
function layoutOf(table, seed) {
  const [parts, granularity] = { main: [5, 64], few: [7, 8], big: [12, 128], person: [3, 8] }[table.name] ?? [];
  const rows = seed % 4 === 3 && table.name === 'big' ? 4 * table.rows : table.rows;
  if (seed % 2 !== 0 || !parts) return { clauses: table.clauses, rows };
  const partition = / PARTITION BY \((.*?)\) ORDER/.exec(table.clauses)?.[1];
  const order = table.clauses.slice(table.clauses.indexOf('ORDER BY'));
  return { clauses: `ENGINE = MergeTree PARTITION BY (${partition ? `${partition}, ` : ''}id % ${parts}) ${order} SETTINGS index_granularity = ${granularity}`, rows };
}

// The statements that make and fill all tables, the same for both.
export function* setUp(seed) {
  for (const [number, table] of tables.entries()) {
    const random = new Random(seed, 1000 + number);
    const elements = [...table.columns.map((col) => `\`${col.name}\` ${col.type}`), ...table.indexes];
    const { clauses, rows } = layoutOf(table, seed);
    yield `DROP TABLE IF EXISTS ${table.name}`;
    yield `CREATE TABLE ${table.name} (${elements.join(', ')}) ${clauses}`;
    let row = 0;
    for (const [share, after] of table.inserts) {
      const lines = [];
      for (let count = Math.round(share * rows); count > 0; count--, row++) {
        lines.push(table.columns.map((col) => cellText(random, col, row)).join('\t'));
      }
      yield `INSERT INTO ${table.name} FORMAT TabSeparated\n${lines.join('\n')}\n`;
      if (after) yield after;
    }
  }
  // Rows that are marked deleted, rows that are replaced, and a column that older segments do not have.
  yield 'DELETE FROM main WHERE id % 17 = 3';
  yield "ALTER TABLE main UPDATE s = concat(s, '!'), i32 = i32 + 1 WHERE id % 31 = 5 SETTINGS mutations_sync = 2";
  yield "ALTER TABLE few ADD COLUMN late LowCardinality(String) DEFAULT concat('late ', substring(toString(u), 8, 1))";
}

for (const table of tables) if (table.name === 'few') table.late = column('late', 'LowCardinality(String)');
export const columnsOf = (table) => (table.late ? [...table.columns, table.late] : table.columns);
export { words, colours };
