// SELECTs with aggregate states (-State, -Merge) and with stacks of combinators.

import { ExpressionMaker } from './expressions.mjs';

// [name with parameters, arguments, what is made of the result so that its order is determined].
const stateful = [
  ['sum', '$k'], ['sum', '$D'], ['count', ''], ['count', '$o'], ['min', '$o'], ['max', '$s'], ['avg', '$k'], ['uniqExact', '$h'], ['uniq', '$s'], ['argMax', '$o, id'], ['argMin', '$s, id'],
  ['groupArray', '$k', 'arraySort'], ['groupUniqArray', '$s', 'arraySort'], ['quantileExact(0.5)', '$k'], ['quantilesExact(0.1, 0.9)', '$k'], ['groupBitXor', '$k'], ['sumMap', '$m'],
  ['sumIf', '$k, $c'], ['countIf', '$c'], ['uniqExactIf', '$s, $c'], ['minOrNull', '$o'], ['sumOrDefault', '$k'], ['sumArray', '$a'], ['maxArray', '$a'], ['avgIf', '$k, $c'],
  ['sumDistinct', '$k'], ['sumForEach', '$a'], ['retention', '$c, $c'], ['windowFunnel(100)', '$t, $c, $c'], ['any', '%i'], ['topK(1)', '1'], ['varPop', '$k % 16'], ['corr', '$k % 16, $k % 16'],
];

function merged([name, , outer], state) {
  const [, base, parameters] = /^(\w+)(.*)$/.exec(name);
  const text = `${base}Merge${parameters}(${state})`;
  return outer ? `${outer}(${text})` : text;
}

function stateOf([name, args], maker, depth) {
  const [, base, parameters] = /^(\w+)(.*)$/.exec(name);
  return `${base}State${parameters}(${maker.fill(args, depth)})`;
}

export function stateQuery(queries) {
  const r = queries.random;
  const [table, scope] = queries.pickScope([[8, 'main'], [5, 'few'], [1, 'none'], [1, 'big']]);
  const maker = new ExpressionMaker(r, scope);
  const chosen = Array.from({ length: r.int(1, 3) }, () => r.pick(stateful));
  if (chosen.some(([name]) => /^(varPop|corr)/.test(name))) queries.isRough = true;
  const states = chosen.map((aggregate, index) => `${stateOf(aggregate, maker, r.int(0, 1))} AS s${index}`).join(', ');
  const results = queries.named(chosen.map((aggregate, index) => merged(aggregate, `s${index}`)), 2);
  const key = maker.expression(r.pick([...'iisdbe']), 0);
  const where = queries.where(maker, table, 0.3);
  switch (r.int(0, 3)) {
    case 0: return { sql: `SELECT c1, ${results} FROM (SELECT ${key} AS c1, k AS part, ${states} FROM ${table.name}${where} GROUP BY c1, part) GROUP BY c1`, order: 'none' };
    case 1: return { sql: `SELECT c1, ${results} FROM (SELECT ${key} AS c1, ${states} FROM ${table.name}${where} GROUP BY c1) GROUP BY c1`, order: 'none' };
    case 2: return { sql: `SELECT ${results} FROM (SELECT ${states} FROM ${table.name}${where} UNION ALL SELECT ${states} FROM ${table.name} WHERE k < 5)`, order: 'none' };
    default: return { sql: `SELECT ${results} FROM (SELECT ${states} FROM ${table.name}${where} GROUP BY k)`, order: 'none' };
  }
}

const bases = [['sum', '$k'], ['avg', '$k'], ['min', '$o'], ['max', '$k'], ['count', '$o'], ['uniqExact', '$h'], ['quantileExact(0.5)', '$k'], ['groupBitOr', '$k'], ['argMax', '$k, id'], ['uniq', '$s']];
const arrays = [['sum', '$a'], ['avg', '$a'], ['min', '$a'], ['max', '$A'], ['count', '$A'], ['uniqExact', '$A'], ['uniq', '$a'], ['quantileExact(0.5)', 'CAST($a AS Array(Int64))']];

export function combinatorQuery(queries) {
  const r = queries.random;
  const [table, scope] = queries.pickScope([[8, 'main'], [5, 'few'], [2, 'none']]);
  const maker = new ExpressionMaker(r, scope);
  const aggregate = () => {
    const isOfArrays = r.chance(0.35);
    const [name, args] = r.pick(isOfArrays ? arrays : bases);
    const [, base, parameters] = /^(\w+)(.*)$/.exec(name);
    let suffix = isOfArrays ? 'Array' : r.chance(0.25) && !base.startsWith('arg') ? 'Distinct' : '';
    let all = maker.fill(args, r.int(0, 1));
    if (r.chance(0.6)) {
      suffix += 'If';
      all += `, ${maker.condition(1)}`;
    }
    // -OrNull after -If: whether there was a row is said of those that the condition chose by some functions of ClickHouse
    // (sum, min), and of all rows by others (count, uniq, avg).
    if (r.chance(0.5)) suffix = suffix.replace(/(If)?$/, `${r.pick(['OrNull', 'OrDefault'])}$1`);
    return `${base}${suffix}${parameters}(${all})`;
  };
  const values = Array.from({ length: r.int(1, 3) }, aggregate);
  const where = queries.where(maker, table, 0.4);
  if (r.chance(0.4)) return { sql: `SELECT ${queries.named(values)} FROM ${table.name}${where}`, order: 'none' };
  return { sql: `SELECT ${maker.expression(r.pick([...'iisdbe']), 0)} AS c1, ${queries.named(values, 2)} FROM ${table.name}${where} GROUP BY c1`, order: 'none' };
}
