// Random SELECTs whose answer is determined by the data: by a total order, or as a multiset of rows.
//
// make_query gives {shape, sql, order, isRough}. `order`: 'none' (compare as a multiset), 'all' (compare in order), or a
// list of indexes of columns whose values, row by row, must be in the same order. `isRough`: floats that depend on
// the order of summation are compared within a tolerance.

import { aggregates } from './catalogue.mjs';
import { ExpressionMaker } from './expressions.mjs';
import { Random } from './random.mjs';
import { columnsOf, tables } from './tables.mjs';

const allKinds = [...'iiiiifffDDsssssbFdddyttttTTeupPaaAAmr'];
const keyKinds = [...'iiiissssDbdtTeupFdyaAr'];
const byName = new Map(tables.map((table) => [table.name, table]));

const scopeOf = (table, prefix = '') => columnsOf(table).map((col) => ({ ...col, table: table.name, sql: prefix + col.name }));

function directions(random, count, make) {
  return Array.from({ length: count }, (_, index) => {
    const nulls = random.weighted([[6, ''], [1, ' NULLS FIRST'], [1, ' NULLS LAST']]);
    return make(index) + random.weighted([[4, ''], [3, ' DESC'], [1, ' ASC']]) + nulls;
  }).join(', ');
}

class QueryMaker {
  constructor(random) {
    this.random = random;
    this.isRough = false;
  }

  pickTable() {
    return byName.get(this.random.weighted([[12, 'main'], [5, 'few'], [1.2, 'none'], [2, 'big'], [0.5, 'person']]));
  }

  // Tables small enough that all their rows may be asked for.
  pickSmallTable() {
    return byName.get(this.random.weighted([[8, 'main'], [6, 'few'], [1, 'none'], [1, 'person'], [0.5, 'colour']]));
  }

  // Expressions that will be named c1, c2, ..; `kinds` of the last ones made are kept for totalOrder.
  outputs(maker, count, depth, kinds = allKinds) {
    this.kinds = Array.from({ length: count }, () => this.random.pick(kinds));
    return this.kinds.map((kind) => maker.expression(kind, depth));
  }

  named(expressions, first = 1) {
    return expressions.map((text, index) => `${text} AS c${index + first}`).join(', ');
  }

  // A condition on a prefix of a table's sort key or its partition key, as index analysis likes.
  keyCondition(table) {
    const r = this.random;
    const lc = r.pick(['red', 'green', 'blue', '']);
    const k = r.int(0, 13);
    const year = r.int(2023, 2025);
    const choices = {
      main: [`k = ${k}`, `k BETWEEN ${k} AND ${k + 2}`, `k = ${k} AND lc = '${lc}'`, `k IN (${k}, ${k + 1})`, `k > ${k}`, `toYear(t) = ${year}`,
        `t >= '${year}-01-01 00:00:00' AND t < '${year + 1}-01-01 00:00:00'`, `k = ${k} AND lc = '${lc}' AND i16 > 5`, `u64 = ${k}`, `i32 IN (${k}, 3)`,
        `hasToken(s, 'key')`, `lower(s) LIKE '%hello%'`, `has(sa, 'abc')`, `NOT (k < ${k})`, `-k < -${k}`, `k + 1 = ${k}`],
      few: [`s = 'abc'`, `s LIKE 'key 1%'`, `s > 'b'`, `startsWith(s, 'a')`, `s = '' AND t > '2024-01-01 00:00:00'`],
      none: [`d = '2024-01-01'`, `d > '2024-01-01' AND u8 = 3`],
      big: [`lc = '${lc}'`, `lc = '${lc}' AND t > '2024-02-01 00:00:00'`, `lc IN ('${lc}', 'blue')`, `v = ${r.int(-100000, 100000)}`, `lc >= 'green'`],
      person: [`i32 = ${k}`, `i32 < ${k}`],
      colour: ['1'],
    };
    return r.pick(choices[table.name]);
  }

  where(maker, table, probability = 0.7) {
    const r = this.random;
    if (!r.chance(probability)) return '';
    const word = r.chance(0.07) ? 'PREWHERE' : 'WHERE';
    if (r.chance(0.3)) {
      const key = this.keyCondition(table);
      return ` ${word} ${r.chance(0.4) ? `${key} AND ${maker.condition(1)}` : key}`;
    }
    return ` ${word} ${maker.condition(r.int(1, 2))}`;
  }

  limit() {
    const r = this.random;
    return r.weighted([[4, ` LIMIT ${r.int(0, 20)}`], [2, ` LIMIT ${r.int(1, 20)} OFFSET ${r.int(0, 15)}`], [1, ` LIMIT ${r.int(0, 9)}, ${r.int(1, 9)}`],
      [1, ` OFFSET ${r.int(0, 100)}`]]);
  }

  // ORDER BY all of `count` outputs in some order: rows that tie are equal.
  totalOrder(count) {
    const order = this.random.sample(Array.from({ length: count }, (_, i) => i + 1), count);
    return ` ORDER BY ${directions(this.random, count, (index) => (this.kinds[order[index] - 1] === 'u' ? `toString(c${order[index]})` : `c${order[index]}`))}`;
  }

  filter() {
    const table = this.pickSmallTable();
    const maker = new ExpressionMaker(this.random, scopeOf(table));
    const outputs = this.outputs(maker, this.random.int(1, 4), 1);
    return { sql: `SELECT id, ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.95)}`, order: 'none' };
  }

  count() {
    const table = this.pickTable();
    const maker = new ExpressionMaker(this.random, scopeOf(table));
    return { sql: `SELECT count() FROM ${table.name} WHERE ${maker.condition(2)}`, order: 'none' };
  }

  project() {
    const table = this.pickSmallTable();
    const maker = new ExpressionMaker(this.random, scopeOf(table));
    const outputs = this.outputs(maker, this.random.int(2, 6), 2);
    return { sql: `SELECT id, ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.2)} ORDER BY id`, order: 'all' };
  }

  // No table: constants are folded.
  constants() {
    const maker = new ExpressionMaker(this.random, []);
    return { sql: `SELECT ${this.named(this.outputs(maker, this.random.int(1, 5), 2))}`, order: 'none' };
  }

  sort() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const outputs = this.outputs(maker, r.int(1, 4), r.int(0, 1), [...'iisfDdtTepPFAbarsy']);
    const head = `SELECT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.4)}`;
    const total = this.totalOrder(outputs.length);
    const form = r.int(0, 9);
    if (form < 5) return { sql: head + total + this.limit(), order: 'all' };
    if (form === 5) return { sql: `${head} ORDER BY ${directions(r, 1, () => 'c1')} LIMIT ${r.int(1, 15)} WITH TIES`, order: [0] };
    if (form === 6) return { sql: `${head}${total} LIMIT ${r.int(1, 3)} BY c1`, order: 'all' };
    if (form === 7) return { sql: `${head} ORDER BY ALL${r.chance(0.5) ? ' DESC' : ''}${this.limit()}`, order: 'all' };
    if (form === 8) return { sql: `${head} ORDER BY ${directions(r, outputs.length, (index) => String(index + 1))}${this.limit()}`, order: 'all' };
    // By expressions that are not selected; the id makes the order total.
    const by = directions(r, r.int(1, 2), () => maker.expression(r.pick([...'iisDdte']), 1));
    return { sql: `SELECT id, ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.4)} ORDER BY ${by}, id${this.limit()}`, order: 'all' };
  }

  distinct() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const outputs = this.outputs(maker, r.int(1, 3), 1, keyKinds);
    const head = `SELECT DISTINCT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.4)}`;
    return r.chance(0.5) ? { sql: head, order: 'none' } : { sql: head + this.totalOrder(outputs.length) + this.limit(), order: 'all' };
  }

  aggregate(maker) {
    const isLarge = maker.columns.some((col) => col.table === 'big');
    const fitting = isLarge ? aggregates.filter(([template]) => !/^(quantiles?(If)?\(|median\()/.test(template)) : aggregates;
    const [template, isRough] = this.random.pick(fitting);
    if (isRough) this.isRough = true;
    return maker.fill(template, this.random.chance(0.25) ? 1 : 0);
  }

  aggregatesOf(maker, count) {
    return Array.from({ length: count }, () => this.aggregate(maker));
  }

  total() {
    const table = this.pickTable();
    const maker = new ExpressionMaker(this.random, scopeOf(table));
    const outputs = this.aggregatesOf(maker, this.random.int(1, 5));
    return { sql: `SELECT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.5)}`, order: 'none' };
  }

  group() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const keys = this.outputs(maker, r.weighted([[5, 1], [4, 2], [2, 3], [1, 4]]), r.int(0, 1), keyKinds);
    this.keyKinds = this.kinds;
    const values = this.aggregatesOf(maker, r.int(1, 3));
    const names = keys.map((_, index) => `c${index + 1}`);
    const by = r.weighted([[5, names.join(', ')], [2, names.map((_, index) => index + 1).join(', ')], [1, 'ALL'], [2, keys.map((key) => (/^[\d'-]/.test(key) ? null : key)).join(', ')]]);
    const grouping = /(^|, )(,|$)/.test(by) ? names.join(', ') : by;
    const isConstant = (key) => !/[a-z_]/.test(key.replace(/'[^']*'/g, '').replace(/\w+\(|NULL|true|false|AS \w+|\d+e\d+/g, ''));
    const modifier = grouping === 'ALL' || keys.some(isConstant) ? '' : r.weighted([[7, ''], [1, ' WITH TOTALS'], [1, ' WITH ROLLUP'], [0.6, ' WITH CUBE']]);
    // An answer without rows but with totals has no header in ClickHouse's text.
    const where = modifier.includes('TOTALS') ? '' : this.where(maker, table, 0.4);
    const having = !modifier.includes('TOTALS') && r.chance(0.2) ? ` HAVING ${r.pick(['count() > 1', 'count() < 5', 'c1 IS NOT NULL', 'max(id) > 50', 'count() % 2 = 0'])}` : '';
    const head = `SELECT ${this.named(keys)}, ${this.named(values, keys.length + 1)} FROM ${modifier.includes('TOTALS') && table.name === 'none' ? 'few' : table.name}${where} GROUP BY ${grouping}${modifier}${having}`;
    this.kinds = [...this.keyKinds, ...values.map(() => 'i')];
    if (modifier.includes('TOTALS') || this.isRough || r.chance(0.6)) return { sql: head, order: 'none' };
    return { sql: head + this.totalOrder(keys.length + values.length) + this.limit(), order: 'all' };
  }

  groupingSets() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const keys = ['k', 'lc', 'e'].slice(0, r.int(2, 3)).filter((key) => columnsOf(table).some((col) => col.name === key));
    if (keys.length < 2) return this.group();
    const sets = r.pick([`GROUPING SETS ((${keys.join(', ')}), (${keys[0]}), ())`, `ROLLUP(${keys.join(', ')})`, `CUBE(${keys.join(', ')})`]);
    const marks = keys.map((key) => `grouping(${key})`).join(', ');
    return { sql: `SELECT ${keys.join(', ')}, ${marks}, ${this.named(this.aggregatesOf(maker, 2))} FROM ${table.name}${this.where(maker, table, 0.3)} GROUP BY ${sets}`, order: 'none' };
  }

  union() {
    const r = this.random;
    const kinds = Array.from({ length: r.int(1, 3) }, () => r.pick([...'iissdte']));
    const part = () => {
      const table = this.pickSmallTable();
      const maker = new ExpressionMaker(r, scopeOf(table));
      return `SELECT ${this.named(kinds.map((kind) => maker.expression(kind, 1)))} FROM ${table.name}${this.where(maker, table, 0.7)}`;
    };
    const word = r.weighted([[5, 'UNION ALL'], [2, 'UNION DISTINCT'], [1, 'INTERSECT'], [1, 'EXCEPT']]);
    const both = `${part()} ${word} ${part()}${word === 'UNION ALL' && r.chance(0.3) ? ` UNION ALL ${part()}` : ''}`;
    if (r.chance(0.4)) return { sql: both, order: 'none' };
    return { sql: `SELECT c1, count() AS c2 FROM (${both}) GROUP BY c1`, order: 'none' };
  }

  subquery() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    switch (r.int(0, 8)) {
      case 0: {
        const other = this.pickSmallTable();
        const inner = new ExpressionMaker(r, scopeOf(other));
        const kind = r.pick([...'iisdte']);
        return { sql: `SELECT count(), sum(id) FROM ${table.name} WHERE ${maker.leaf(kind)} ${r.chance(0.3) ? 'NOT ' : ''}IN (SELECT ${inner.leaf(kind)} FROM ${other.name}${this.where(inner, other, 0.5)})`, order: 'none' };
      }
      case 1: {
        const other = this.pickSmallTable();
        const inner = new ExpressionMaker(r, scopeOf(other));
        return { sql: `SELECT count(), sum(id) FROM ${table.name} WHERE (${maker.leaf('i')}, ${maker.leaf('s')}) ${r.chance(0.3) ? 'NOT ' : ''}IN (SELECT ${inner.leaf('i')}, ${inner.leaf('s')} FROM ${other.name})`, order: 'none' };
      }
      case 2: return { sql: `SELECT id, ${maker.leaf('i')} AS c1 FROM ${table.name} WHERE ${maker.leaf('i')} ${r.pick(['=', '<', '>', '!='])} (SELECT ${r.pick(['max', 'min', 'avg', 'sum', 'count'])}(k) FROM ${r.pick(['main', 'few', 'none'])} WHERE k < 5) ORDER BY id LIMIT 30`, order: 'all' };
      case 3: {
        const outputs = this.outputs(maker, 3, 1, keyKinds);
        return { sql: `WITH x AS (SELECT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.5)}) SELECT c1, count(), uniqExact(c2), min(c3) FROM x GROUP BY c1`, order: 'none' };
      }
      case 4: {
        const outputs = this.outputs(maker, 2, 1, [...'iisDdt']);
        return { sql: `WITH ${outputs[0]} AS x SELECT id, x, ${outputs[1]} AS c1 FROM ${table.name} WHERE x IS NOT NULL ORDER BY id LIMIT 50`, order: 'all' };
      }
      case 5: {
        const outputs = this.outputs(maker, 2, 1, [...'iissDdtTeaAr']);
        return { sql: `SELECT c1, c2 FROM (SELECT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.5)}${this.totalOrder(2)} LIMIT ${r.int(1, 200)}) WHERE c1 IS NOT NULL`, order: 'none' };
      }
      case 6: {
        const keys = this.outputs(maker, 2, 0, keyKinds);
        return { sql: `SELECT max(n), sum(n), count() FROM (SELECT ${this.named(keys)}, count() AS n FROM ${table.name} GROUP BY c1, c2)`, order: 'none' };
      }
      case 7: {
        const outer = new ExpressionMaker(r, [{ sql: 'c1', name: 'c1', kind: 'i' }, { sql: 'c2', name: 'c2', kind: 's' }]);
        return { sql: `SELECT ${this.named([outer.expression('i', 2), outer.expression('s', 2)])} FROM (SELECT ${maker.expression('i', 1)} AS c1, ${maker.expression('s', 1)} AS c2 FROM ${table.name} ORDER BY id LIMIT 300) AS q WHERE ${outer.condition(1)}`, order: 'none' };
      }
      default: return { sql: `SELECT (SELECT count() FROM ${table.name}${this.where(maker, table, 1)}) AS c1, (SELECT max(s) FROM few) AS c2, c1 + 1 AS c3`, order: 'none' };
    }
  }

  join() {
    const r = this.random;
    const [left, right] = r.pick([['few', 'colour'], ['main', 'colour'], ['few', 'person'], ['person', 'colour'], ['colour', 'person'], ['person', 'person'],
      ['few', 'none'], ['none', 'colour'], ['big', 'colour'], ['main', 'person']]).map((name) => byName.get(name));
    // Tuples of the other side: with join_use_nulls ClickHouse makes their elements Nullable.
    const withoutTuples = (scope) => scope.filter((col) => col.kind !== 'r');
    const a = withoutTuples(scopeOf(left, 'a.'));
    const b = withoutTuples(scopeOf(right, 'b.'));
    const key = () => {
      const kind = r.pick([...'iiss']);
      const l = a.filter((col) => col.kind === kind && !/id$|i64|u64/.test(col.sql));
      const m = b.filter((col) => col.kind === kind && !/id$/.test(col.sql));
      return `${r.pick(l).sql} = ${r.pick(m).sql}`;
    };
    const kind = r.weighted([[5, 'INNER JOIN'], [4, 'LEFT JOIN'], [2, 'RIGHT JOIN'], [2, 'FULL JOIN'], [1.5, 'LEFT SEMI JOIN'], [1.5, 'LEFT ANTI JOIN'], [1, 'RIGHT SEMI JOIN'],
      [1, 'RIGHT ANTI JOIN'], [1, 'CROSS JOIN'], [0.7, 'ANY LEFT JOIN'], [0.7, 'ANY INNER JOIN'], [0.5, 'LEFT ANY JOIN']]);
    const isAny = kind.includes('ANY');
    let on = kind === 'CROSS JOIN' ? '' : ` ON ${key()}${r.chance(0.35) ? ` AND ${key()}` : ''}`;
    if (on && r.chance(0.12) && !isAny) on += ` AND ${r.pick(['a.id > b.id', 'b.id < 5', 'a.id % 2 = 0', 'a.lc != b.lc'])}`;
    // Which row ANY and SEMI take from the other side is not determined: its columns are not asked for.
    const usable = isAny || kind.startsWith('LEFT SEMI') || kind.startsWith('LEFT ANTI') ? a : kind.startsWith('RIGHT SEMI') || kind.startsWith('RIGHT ANTI') ? b : [...a, ...b];
    const maker = new ExpressionMaker(r, usable);
    const where = r.chance(0.3) ? ` WHERE ${maker.condition(1)}` : '';
    const settings = r.chance(0.25) ? ' SETTINGS join_use_nulls = 1' : '';
    if (kind === 'ANY INNER JOIN') return { sql: `SELECT count() AS c1 FROM ${left.name} AS a ${kind} ${right.name} AS b${on}${settings}`, order: 'none' };
    const from = `FROM ${left.name} AS a ${kind} ${right.name} AS b${on}${where}`;
    if (left.name === 'big' || left.name === 'main' || kind === 'CROSS JOIN' || r.chance(0.4)) {
      const group = maker.expression(r.pick([...'isdD']), 0);
      return { sql: `SELECT ${group} AS c1, count() AS c2, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/\bid\b/g, usable === b ? 'b.id' : 'a.id')), 3)} ${from} GROUP BY c1${settings}`, order: 'none' };
    }
    const outputs = r.chance(0.1) && usable.length > a.length ? ['*'] : this.outputs(maker, r.int(2, 5), r.int(0, 1));
    if (outputs[0] === '*') return { sql: `SELECT * ${from}${settings}`, order: 'none' };
    return { sql: `SELECT ${this.named(outputs)} ${from}${settings}`, order: 'none' };
  }

  using() {
    const r = this.random;
    const kind = r.pick(['INNER JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'LEFT ANTI JOIN', 'LEFT SEMI JOIN']);
    const [left, right, key] = r.pick([['few', 'colour', 'lc'], ['few', 'colour', 'k'], ['person', 'colour', 'ni'], ['person', 'colour', 'lc, ni'], ['few', 'person', 'ns'], ['colour', 'person', 'ns']]);
    const columns = key.split(', ').map((name) => ({ ...columnsOf(byName.get(left)).find((col) => col.name === name), sql: name }));
    const maker = new ExpressionMaker(r, columns);
    const settings = r.chance(0.25) ? ' SETTINGS join_use_nulls = 1' : '';
    return { sql: `SELECT ${key}, count() AS n, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/\bid\b/g, `${left}.id`)))} FROM ${left} ${kind} ${right} USING (${key}) GROUP BY ${key}${settings}`, order: 'none' };
  }

  star() {
    const r = this.random;
    const [k1, k2] = [r.pick(['INNER', 'LEFT']), r.pick(['INNER', 'LEFT'])];
    const maker = new ExpressionMaker(r, [...scopeOf(byName.get('few'), 'f.'), ...scopeOf(byName.get('colour'), 'c.'), ...scopeOf(byName.get('person'), 'p.')]);
    const on = r.pick(['f.lc = p.lc', 'f.i32 = p.i32', 'c.ni = p.ni', 'f.s = p.s AND f.k > p.i64']);
    const from = `FROM few AS f ${k1} JOIN colour AS c ON f.${r.pick(['lc = c.lc', 'k = c.k', 'ni = c.ni'])} ${k2} JOIN person AS p ON ${on}`;
    const where = r.chance(0.4) ? ` WHERE ${maker.condition(1)}` : '';
    return { sql: `SELECT ${maker.expression(r.pick([...'isd']), 0)} AS c1, count() AS c2, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/\bid\b/g, 'f.id')), 3)} ${from}${where} GROUP BY c1`, order: 'none' };
  }

  arrayJoin() {
    const r = this.random;
    const table = byName.get(r.pick(['main', 'few', 'few', 'none']));
    const maker = new ExpressionMaker(r, scopeOf(table));
    const kind = r.pick(['a', 'A']);
    const source = maker.expression(kind, r.int(0, 1));
    const joined = { sql: 'x', name: 'x', kind: kind === 'a' ? 'i' : 's' };
    const inner = new ExpressionMaker(r, [joined, joined, ...scopeOf(table)]);
    const outputs = this.named(this.outputs(inner, 2, 1));
    const left = r.chance(0.4) ? 'LEFT ' : '';
    switch (r.int(0, 4)) {
      case 0: return { sql: `SELECT id, arrayJoin(${source}) AS c1 FROM ${table.name}${this.where(maker, table, 0.4)}`, order: 'none' };
      case 1: return { sql: `SELECT id, x, i, ${outputs} FROM ${table.name} ${left}ARRAY JOIN a AS x, arrayEnumerate(a) AS i`, order: 'none' };
      case 2: return { sql: `SELECT x AS c1, count(), uniqExact(id) FROM ${table.name} ${left}ARRAY JOIN ${source} AS x GROUP BY c1`, order: 'none' };
      case 3: return { sql: `SELECT id, a, ${outputs.replace(/\bx\b/g, 'a')} FROM ${table.name} ${left}ARRAY JOIN a${this.where(maker, table, 0)}`, order: 'none' };
      default: return { sql: `SELECT id, x, ${outputs} FROM ${table.name} ${left}ARRAY JOIN ${source} AS x WHERE ${inner.condition(1)}`, order: 'none' };
    }
  }

  final() {
    const r = this.random;
    const maker = new ExpressionMaker(r, scopeOf(byName.get('main')));
    return r.pick([
      () => ({ sql: `SELECT * EXCEPT (fw) FROM main WHERE ${maker.condition(2)} ORDER BY id LIMIT 20`, order: 'all' }),
      () => ({ sql: `SELECT COLUMNS('^[ns]') FROM few WHERE ${maker.condition(1)} ORDER BY id`, order: 'all' }),
      () => ({ sql: `SELECT * REPLACE (i32 + 1 AS i32) FROM few ORDER BY id LIMIT 5`, order: 'all' }),
      () => ({ sql: `SELECT ${maker.expression(r.pick(allKinds), 2)} FROM main ORDER BY id LIMIT 3`, order: 'all' }),
      () => ({ sql: `SELECT ${this.aggregate(maker)} FROM main`, order: 'none' }),
    ])();
  }
}

const shapes = [[14, 'filter'], [10, 'count'], [14, 'project'], [4, 'constants'], [12, 'sort'], [5, 'distinct'], [8, 'total'], [14, 'group'], [2, 'groupingSets'], [4, 'union'],
  [9, 'subquery'], [10, 'join'], [3, 'using'], [3, 'star'], [5, 'arrayJoin'], [3, 'final']];

export function makeQuery(seed, number) {
  const random = new Random(seed, number);
  const maker = new QueryMaker(random);
  const shape = random.weighted(shapes);
  const query = maker[shape]();
  return { shape, isRough: maker.isRough, ...query };
}
