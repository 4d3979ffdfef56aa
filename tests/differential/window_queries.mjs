// SELECTs with window functions and QUALIFY: each row's answer follows from the data, since rows are ordered by the id at last,
// or ties do not matter to the function.

import { ExpressionMaker } from './expressions.mjs';

const partitions = ['', '', 'PARTITION BY k', 'PARTITION BY lc', 'PARTITION BY bo, e', 'PARTITION BY ni', 'PARTITION BY lcn', 'PARTITION BY toYYYYMM(t)', 'PARTITION BY k % 3, lc'];
const total = ['id', 'id DESC', 'i32, id', 'i32 DESC, id DESC', 's, id', 'ns NULLS FIRST, id', 'ni DESC NULLS LAST, id', 't, id', 'd18 DESC, id'];
const partial = ['k', 'lc DESC', 'ni', 'ns NULLS FIRST', 'toDate(t)', 'd18', 'e, bo', 'f64'];
const rows = ['', '', ' ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', ' ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING', ' ROWS 3 PRECEDING', ' ROWS BETWEEN 1 FOLLOWING AND 4 FOLLOWING',
  ' ROWS BETWEEN 5 PRECEDING AND 2 PRECEDING', ' ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', ' ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING'];
const ranges = ['', '', ' RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', ' RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', ' RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING'];
const distances = ['RANGE BETWEEN 2 PRECEDING AND CURRENT ROW', 'RANGE BETWEEN 1 PRECEDING AND 3 FOLLOWING', 'RANGE 5 PRECEDING', 'RANGE BETWEEN CURRENT ROW AND 4 FOLLOWING',
  'RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING'];

// Functions of places in a total order; `$x` as in the catalogue. (Not lag of an Enum: past the window ClickHouse gives the name
// of 0, where all else of an Enum begins with its first name.)
const places = ['row_number()', 'rank()', 'dense_rank()', 'lag($n)', 'lag($q, 2)', 'lead($k, 1, $k)', 'lead($s)', 'lagInFrame($q)', 'leadInFrame($k, 2)', 'first_value($o)', 'last_value($s)',
  'nth_value($k, 3)', 'ntile(4)', 'percent_rank()', 'cume_dist()'];
// Of their frames as sets.
const sets = ['sum($k)', 'count()', 'count($o)', 'min($o)', 'max($s)', 'avg($k)', 'uniqExact($h)', 'countIf($c)', 'sumIf($k, $c)', 'min($k)', 'max($k)', 'sum($D)', 'any(%i)',
  'arraySort(groupArray($k))', 'argMax($k, id)', 'groupBitXor($k)', 'sumOrNull($k)', 'quantileExact(0.5)($k)'];

function windowOf(random, isOfPlaces) {
  const partition = random.pick(partitions);
  if (!isOfPlaces && random.chance(0.25)) return `(${partition} ORDER BY ${random.pick(['k', 'u16', 'k DESC', 'id', 'toDate(t)'])} ${random.pick(distances)})`;
  const isTotal = isOfPlaces || random.chance(0.6);
  if (!isTotal && random.chance(0.3)) return `(${partition})`;
  const frame = random.pick(isTotal ? rows : ranges);
  return `(${partition} ORDER BY ${random.pick(isTotal ? total : partial)}${frame})`;
}

function call(random, maker) {
  const isOfPlaces = random.chance(0.45);
  const template = random.pick(isOfPlaces ? places : sets);
  // Places are of the whole partition, whatever the frame; some functions take no other.
  const window = windowOf(random, isOfPlaces).replace(/ (ROWS|RANGE)[^)]*/, (frame) => (/^(first|last|nth|lagIn|leadIn)/.test(template) || !isOfPlaces ? frame : ''));
  if (/^(rank|dense_rank|percent_rank|cume_dist)/.test(template) && random.chance(0.6)) return `${template} OVER (${random.pick(partitions)} ORDER BY ${random.pick(partial)})`;
  return `${maker.fill(template, random.chance(0.3) ? 1 : 0)} OVER ${window}`;
}

export function windowQuery(queries) {
  const r = queries.random;
  const [table, scope] = queries.pickScope([[8, 'main'], [6, 'few'], [1, 'none']]);
  const maker = new ExpressionMaker(r, scope);
  const calls = Array.from({ length: r.int(1, 3) }, () => call(r, maker));
  const where = queries.where(maker, table, 0.4).replace(' PREWHERE', ' WHERE');
  const qualify = r.chance(0.25) ? ` QUALIFY ${r.pick(['c1 IS NOT NULL', `row_number() OVER (PARTITION BY k ORDER BY id) <= ${r.int(1, 3)}`, 'count() OVER (PARTITION BY lc) > 5', 'rank() OVER (ORDER BY k) < 20'])}` : '';
  const head = `SELECT id, ${queries.named(calls)} FROM ${table.name}${where}${qualify}`;
  switch (r.int(0, 4)) {
    case 0: return { sql: `${head} ORDER BY id LIMIT ${r.int(1, 40)}`, order: 'all' };
    case 1: return { sql: `SELECT k, lc, count() AS n, sum(n) OVER (PARTITION BY k) AS of_k, rank() OVER (ORDER BY n DESC, k, lc) AS place FROM ${table.name}${where} GROUP BY k, lc`, order: 'none' };
    default: return { sql: head, order: 'none' };
  }
}
