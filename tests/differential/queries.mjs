// Random SELECTs whose answer is determined by the data: by a total order, or as a multiset of rows.
//
// make_query gives {shape, sql, order, isRough}. `order`: 'none' (compare as a multiset), 'all' (compare in order), or a
// list of indexes of columns whose values, row by row, must be in the same order. `isRough`: floats that depend on
// the order of summation are compared within a tolerance.

import { aggregates } from './catalogue.mjs';
import { ExpressionMaker } from './expressions.mjs';
import { Random } from './random.mjs';
import { combinatorQuery, stateQuery } from './state_queries.mjs';
import { columnsOf, tables } from './tables.mjs';
import { windowQuery } from './window_queries.mjs';

const allKinds = [...'iiiiifffDDsssssbFdddyttttTTeupPaaAAmr'];
const keyKinds = [...'iiiissssDbdtTeupFdyaAr'];
const byName = new Map(tables.map((table) => [table.name, table]));

const scopeOf = (table, prefix = '') => columnsOf(table).map((col) => ({ ...col, table: table.name, sql: prefix + col.name }));

// A number of its own for every row of a join.
const rowId = (...ids) => ids.map((id) => `ifNull(${id}, 0)`).reduce((all, id) => `(${all} * 100000 + ${id})`);

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

  // One of the tables by weight, and its columns.
  pickScope(weights) {
    const table = byName.get(this.random.weighted(weights));
    return [table, scopeOf(table)];
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
    const query = this.anySort();
    return this.kinds.includes('f') ? { ...query, sql: query.sql.replaceAll(' NULLS FIRST', '') } : query;
  }

  anySort() {
    const r = this.random;
    const table = this.pickTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const outputs = this.outputs(maker, r.int(1, 4), r.int(0, 1), [...'iisfDdtTepPFAbarsy']);
    const head = `SELECT ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.4)}`;
    const total = this.totalOrder(outputs.length);
    const form = r.int(0, 9);
    if (form < 5) return { sql: head + total + this.limit(), order: 'all' };
    if (form === 5) return { sql: `${head} ORDER BY ${directions(r, 1, () => 'c1')} LIMIT ${r.int(1, 15)} WITH TIES`, order: [0] };
    if (form === 6) return { sql: `${head}${total} LIMIT ${r.int(1, 3)} BY ${this.kinds[0] === 'f' ? 'c1 + 0' : 'c1'}`, order: 'all' };
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
    return r.chance(0.5) ? { sql: head, order: 'none' } : { sql: head + this.totalOrder(outputs.length) + this.limit().replace(/^ OFFSET/, ' LIMIT 1000000 OFFSET'), order: 'all' };
  }

  aggregate(maker) {
    const isLarge = maker.columns.some((col) => col.table === 'big');
    const fitting = isLarge ? aggregates.filter(([template]) => !/^(quantiles?(If)?\(|median\(|uniqCombined)/.test(template)) : aggregates;
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
    const modifier = grouping === 'ALL' || keys.some((key) => isConstant(key) || /\b(if|multiIf|toTypeName)\(|CASE/.test(key) || (/^(tuple)?\(/.test(key) && !/^\([a-z]\w*, [a-z]\w*\)$/.test(key))) ? '' : r.weighted([[7, ''], [1, ' WITH TOTALS'], [1, ' WITH ROLLUP'], [0.6, ' WITH CUBE']]);
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
        const outputs = [...this.outputs(maker, 2, 1, keyKinds), ...this.outputs(maker, 1, 1, [...'iissDdtTep'])];
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
      return { sql: `SELECT ${group} AS c1, count() AS c2, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/(?<![.\w])id\b/g, usable === b ? 'b.id' : usable === a ? 'a.id' : rowId('a.id', 'b.id'))), 3)} ${from} GROUP BY c1${settings}`, order: 'none' };
    }
    const outputs = r.chance(0.1) && usable.length > a.length ? ['*'] : this.outputs(maker, r.int(2, 5), r.int(0, 1));
    if (outputs[0] === '*') return { sql: `SELECT * ${from}`, order: 'none' };
    return { sql: `SELECT ${this.named(outputs)} ${from}${settings}`, order: 'none' };
  }

  using() {
    const r = this.random;
    const kind = r.pick(['INNER JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'LEFT ANTI JOIN', 'LEFT SEMI JOIN']);
    const [left, right, key] = r.pick([['few', 'colour', 'lc'], ['few', 'colour', 'k'], ['person', 'colour', 'ni'], ['person', 'colour', 'lc, ni'], ['few', 'person', 'ns'], ['colour', 'person', 'ns']]);
    const columns = key.split(', ').map((name) => ({ ...columnsOf(byName.get(left)).find((col) => col.name === name), sql: name }));
    const maker = new ExpressionMaker(r, columns);
    const settings = r.chance(0.25) ? ' SETTINGS join_use_nulls = 1' : '';
    return { sql: `SELECT ${key}, count() AS n, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/(?<![.\w])id\b/g, kind.endsWith('ANTI JOIN') || kind.endsWith('SEMI JOIN') ? `${left}.id` : rowId(`${left}.id`, `${right}.id`))))} FROM ${left} ${kind} ${right} USING (${key}) GROUP BY ${key}${settings}`, order: 'none' };
  }

  star() {
    const r = this.random;
    const [k1, k2] = [r.pick(['INNER', 'LEFT']), r.pick(['INNER', 'LEFT'])];
    const maker = new ExpressionMaker(r, [...scopeOf(byName.get('few'), 'f.'), ...scopeOf(byName.get('colour'), 'c.'), ...scopeOf(byName.get('person'), 'p.')]);
    const on = r.pick(['f.lc = p.lc', 'f.i32 = p.i32', 'c.ni = p.ni', 'f.s = p.s AND f.k > p.i64']);
    const from = `FROM few AS f ${k1} JOIN colour AS c ON f.${r.pick(['lc = c.lc', 'k = c.k', 'ni = c.ni'])} ${k2} JOIN person AS p ON ${on}`;
    const where = r.chance(0.4) ? ` WHERE ${maker.condition(1)}` : '';
    return { sql: `SELECT ${maker.expression(r.pick([...'isd']), 0)} AS c1, count() AS c2, ${this.named(this.aggregatesOf(maker, 1).map((x) => x.replace(/(?<![.\w])id\b/g, rowId('f.id', 'c.id', 'p.id'))), 3)} ${from}${where} GROUP BY c1`, order: 'none' };
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
      case 1: {
        const array = kind === 'a' ? 'a' : 'sa';
        return { sql: `SELECT id, x, i, ${outputs} FROM ${table.name} ${left}ARRAY JOIN ${array} AS x, arrayEnumerate(${array}) AS i`, order: 'none' };
      }
      case 2: return { sql: `SELECT x AS c1, count(), uniqExact(id) FROM ${table.name} ${left}ARRAY JOIN ${source} AS x GROUP BY c1`, order: 'none' };
      case 3: {
        const array = kind === 'a' ? 'a' : 'sa';
        return { sql: `SELECT id, ${array}, ${this.named([`toString(${array})`])} FROM ${table.name} ${left}ARRAY JOIN ${array}`, order: 'none' };
      }
      default: return { sql: `SELECT id, x, ${outputs} FROM ${table.name} ${left}ARRAY JOIN ${source} AS x WHERE ${inner.condition(1)}`, order: 'none' };
    }
  }

  window() {
    return windowQuery(this);
  }

  states() {
    return stateQuery(this);
  }

  combinators() {
    return combinatorQuery(this);
  }

  limitBy() {
    const r = this.random;
    const table = this.pickSmallTable();
    const maker = new ExpressionMaker(r, scopeOf(table));
    const outputs = this.outputs(maker, r.int(1, 3), r.int(0, 1));
    const keys = Array.from({ length: r.int(1, 3) }, () => maker.expression(r.pick(keyKinds), r.int(0, 1))).filter((key) => /[a-z]/.test(key) && !/^(true|false)$/.test(key));
    if (!keys.length) return this.sort();
    const by = directions(r, r.int(1, 2), () => maker.expression(r.pick([...'iisDdte']), r.int(0, 1)));
    const offset = r.chance(0.3) ? ` OFFSET ${r.int(1, 2)}` : '';
    return { sql: `SELECT id, ${this.named(outputs)} FROM ${table.name}${this.where(maker, table, 0.4)} ORDER BY ${by}, id LIMIT ${r.int(1, 3)}${offset} BY ${keys.join(', ')}${r.chance(0.4) ? ` LIMIT ${r.int(1, 30)}` : ''}`, order: 'all' };
  }

  // Many groups: keys that are nearly as many as the rows, and the first of the groups in some order.
  manyGroups() {
    const r = this.random;
    const table = byName.get(r.weighted([[5, 'big'], [4, 'main']]));
    const maker = new ExpressionMaker(r, scopeOf(table));
    const candidates = ['id', 's', 'u64', 't', 'ns', 'ni', 'd18', 'toDate(t)', 'concat(s, lc)', 'id % 1000', 'toStartOfHour(t)', 'lower(s)', 'a', 'd, lc', 'k, id % 100', 'e, bo, lc', '(k, lc)', 'toString(id)',
      'cityHash64(s) % 500', ...(table.name === 'big' ? ['v', 'intDiv(v, 100)', 'v, s'] : ['u', 'ip6', 'fs', 't6', 'lcn', 'd38', 'sa', 'tup', 'ne', 'nd'])];
    const keys = r.sample(candidates, r.weighted([[4, 1], [3, 2], [1, 3]])).join(', ');
    const values = this.aggregatesOf(maker, r.int(1, 3));
    const columns = keys.replace(/\(k, lc\)/, 'k, lc').split(/, (?![^(]*\))/);
    const head = `SELECT ${columns.join(', ')}, ${this.named(values)}, count() AS n FROM ${table.name}${this.where(maker, table, 0.3)} GROUP BY ${keys}`;
    const having = r.chance(0.2) ? ' HAVING n > 1' : '';
    if (r.chance(0.35)) return { sql: `SELECT count(), sum(n), max(n) FROM (${head}${having})`, order: 'none' };
    const order = columns.map((column) => (column === 'u' ? 'toString(u)' : column)).join(', ');
    return { sql: `${head}${having} ORDER BY n DESC, ${order} LIMIT ${r.int(1, 50)}`, order: 'all' };
  }

  // Several tables, derived ones among them.
  tables() {
    const r = this.random;
    const condition = (table) => {
      const maker = new ExpressionMaker(r, scopeOf(byName.get(table)));
      return maker.condition(1);
    };
    const kind = () => r.pick(['INNER JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
    const settings = r.chance(0.25) ? ' SETTINGS join_use_nulls = 1' : '';
    switch (r.int(0, 8)) {
      // Which of several rows at one moment is taken, is not determined: only the moment is asked for.
      case 8: return { sql: `SELECT a.id, a.lc, b.t FROM few AS a ASOF ${r.pick(['', 'LEFT '])}JOIN main AS b ON a.lc = b.lc${r.chance(0.4) ? ' AND a.k = b.k' : ''} AND a.t ${r.pick(['>=', '>', '<=', '<'])} b.t${r.chance(0.3) ? ` WHERE a.k < ${r.int(1, 12)}` : ''}`, order: 'none' };
      case 0: return { sql: `SELECT a.lc, a.n, b.m FROM (SELECT lc, count() AS n FROM main WHERE ${condition('main')} GROUP BY lc) AS a ${kind()} (SELECT lc, max(id) AS m FROM big WHERE ${condition('big')} GROUP BY lc) AS b ON a.lc = b.lc${settings}`, order: 'none' };
      case 1: return { sql: `SELECT lc, count() AS n, sum(f.k), uniqExact(p.s), max(c.price) FROM few AS f ${kind()} colour AS c USING (lc) ${r.pick(['INNER JOIN', 'LEFT JOIN'])} person AS p USING (lc) GROUP BY lc${settings}`, order: 'none' };
      case 2: return { sql: `WITH a AS (SELECT k, lc, count() AS n FROM main WHERE ${condition('main')} GROUP BY k, lc), b AS (SELECT k, sum(n) AS m FROM a GROUP BY k) SELECT a.k, a.lc, a.n, b.m FROM a ${kind()} b ON a.k = b.k${r.chance(0.3) ? ' AND a.n < b.m' : ''}${settings}`, order: 'none' };
      case 3: return { sql: `SELECT count(), sum(x.id), sum(y.id) FROM (SELECT id, k, i32 FROM main WHERE ${condition('main')}) AS x ${kind()} (SELECT id, k, i32 FROM few WHERE ${condition('few')}) AS y ON x.k = y.k AND x.i32 = y.i32${settings}`, order: 'none' };
      case 4: return { sql: `SELECT c.label, c.lc, count() AS n, sum(b.u64 % 1000) AS s FROM big AS b INNER JOIN colour AS c ON b.lc = c.lc AND b.k = c.k WHERE c.price > ${r.int(-200, 200)}${r.chance(0.5) ? ` AND b.k < ${r.int(1, 12)}` : ''} GROUP BY c.label, c.lc ORDER BY n DESC, c.label, c.lc LIMIT 20`, order: 'all' };
      case 5: return { sql: `SELECT p.id, p.s FROM person AS p WHERE p.i32 ${r.chance(0.3) ? 'NOT ' : ''}IN (SELECT toInt32(c.k) FROM colour AS c INNER JOIN few AS f ON c.lc = f.lc WHERE f.k < ${r.int(0, 12)})`, order: 'none' };
      case 6: return { sql: `SELECT m.k, count() AS n FROM main AS m ${r.pick(['LEFT SEMI', 'LEFT ANTI'])} JOIN (SELECT i64 AS x, lc FROM person WHERE ${condition('person')}) AS p ON m.k = p.x${r.chance(0.5) ? ' AND m.lc = p.lc' : ''} GROUP BY m.k`, order: 'none' };
      default: return { sql: `SELECT x.lc AS c1, y.lc AS c2, count() AS n, count(z.id) AS m FROM colour AS x ${kind()} colour AS y ON x.k = y.k ${kind()} person AS z ON y.ni = z.ni AND x.lc = z.lc GROUP BY c1, c2${settings}`, order: 'none' };
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
  [9, 'subquery'], [10, 'join'], [3, 'using'], [3, 'star'], [5, 'arrayJoin'], [3, 'final'], [8, 'window'], [5, 'states'], [5, 'combinators'], [4, 'limitBy'], [6, 'manyGroups'], [6, 'tables']];

export function makeQuery(seed, number) {
  const random = new Random(seed, number);
  const maker = new QueryMaker(random);
  const shape = random.weighted(shapes);
  const query = maker[shape]();
  // One worker, or as many as the server has: both must give the same.
  if (!query.sql.includes('SETTINGS') && shape !== 'union' && random.chance(0.15)) query.sql += ' SETTINGS max_threads = 1';
  return { shape, isRough: maker.isRough, ...query };
}
