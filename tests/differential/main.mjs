// Asks Freshet and ClickHouse the same random queries over the same data and compares the answers. README.md says more.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { setMissingFunctions, missingFunctions } from './catalogue.mjs';
import { difference, hasVariant } from './comparison.mjs';
import { makeQuery } from './queries.mjs';
import { ClickHouse, Crash, Freshet, Refusal } from './servers.mjs';
import { setUp } from './tables.mjs';

const usage = `usage: node main.mjs --binary FRESHET [--seed N,..] [--queries N] [--only K,..] [--report FILE]
  --seed     the data and the queries follow from it; of several each has its share of the queries (default 1,2)
  --queries  how many (default 2000)
  --only     only these, by their number, with both answers; needs one seed
  --report   writes every query that was not answered alike, as lines of JSON
  --strict   also fails where Freshet answers what ClickHouse refuses`;

function parseOptions(args) {
  const options = { seed: '1,2', queries: 2000 };
  for (let i = 0; i < args.length; i++) {
    const name = args[i].replace(/^--/, '');
    if (['strict'].includes(name)) options[name] = true;
    else if (['binary', 'seed', 'queries', 'only', 'report'].includes(name) && i + 1 < args.length) options[name] = args[++i];
    else throw new Error(`${args[i]}\n${usage}`);
  }
  if (!options.binary) throw new Error(usage);
  const list = (text) => text?.split(',').map(Number);
  return { ...options, seeds: list(options.seed), queries: Number(options.queries), only: list(options.only) };
}

function isInstalled() {
  try {
    createRequire(import.meta.url).resolve('chdb');
    return true;
  } catch {
    return false;
  }
}

// Refused for what it is, not for the data in it.
// (No common type: ClickHouse has Variant, Freshet has not.)
const notBuilt = new Set(['NO_COMMON_TYPE', 'NOT_IMPLEMENTED', 'UNKNOWN_FUNCTION', 'UNKNOWN_AGGREGATE_FUNCTION', 'UNKNOWN_TYPE', 'SUPPORT_IS_DISABLED']);

// A refusal's text without what differs between queries of one kind.
function reason(refusal) {
  const text = refusal.message.replace(/^(Query failed: )?Code: \d+\. DB::Exception: /, '').replace(/\(version .*/, '').replace(/'[^']*'|`[^`]*`/g, "'..'").replace(/\d+/g, 'N');
  return `${refusal.codeName}: ${text.slice(0, 110)}`;
}

async function attempt(answer) {
  try {
    return { answer: await answer() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    if (error instanceof Crash) return { crash: error };
    throw error;
  }
}

function judge(expected, actual, query) {
  if (actual.crash) return { verdict: 'crash', reason: actual.crash.message };
  if (expected.refusal?.codeName === 'TIMEOUT_EXCEEDED') return { verdict: 'timeout of ClickHouse' };
  if (expected.refusal && actual.refusal) return { verdict: expected.refusal.code === actual.refusal.code ? 'both refuse' : 'both refuse, other code',
    reason: `${actual.refusal.codeName}, expected ${expected.refusal.codeName}` };
  if (expected.refusal) return { verdict: 'answered, ClickHouse refuses', reason: reason(expected.refusal) };
  if (actual.refusal) return { verdict: notBuilt.has(actual.refusal.codeName) ? 'refused' : 'error', reason: reason(actual.refusal) };
  if (hasVariant(expected.answer)) return { verdict: 'refused', reason: 'types of ClickHouse that Freshet has not' };
  const found = difference(expected.answer, actual.answer, query);
  return found ? { verdict: 'different', reason: found } : { verdict: 'equal' };
}

const show = (outcome) => (outcome.refusal ?? outcome.crash)?.message ?? [outcome.answer.types.join(' | '), ...outcome.answer.rows.slice(0, 12).map((row) => row.join(' | '))].join('\n    ');

function summarize(counts, reasons) {
  console.log('');
  for (const [verdict, count] of [...counts].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(6)}  ${verdict}`);
  for (const verdict of ['refused', 'error', 'answered, ClickHouse refuses']) {
    const list = [...(reasons.get(verdict) ?? [])].sort((a, b) => b[1].length - a[1].length);
    if (list.length) console.log(`\n${verdict}, by reason:`);
    for (const [text, numbers] of list.slice(0, 60)) console.log(`${String(numbers.length).padStart(6)}  ${text}  [${numbers.slice(0, 3)}]`);
  }
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (!isInstalled()) throw new Error('the npm package chdb is not installed: run `npm install` in tests/differential, or `./dev differential`');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'freshet_differential_'));
  const freshet = new Freshet(options.binary, folder);
  try {
    await freshet.start();
    const clickhouse = new ClickHouse(folder);
    const namesOf = (answer) => new Set(answer.rows.map(([name]) => name.toLowerCase()));
    const known = namesOf(await freshet.query('SELECT name FROM system.functions'));
    setMissingFunctions([...namesOf(clickhouse.query('SELECT name FROM system.functions'))].filter((name) => !known.has(name) && name !== 'arrayjoin'));

    console.log(`seeds ${options.seeds}, ${options.only ? `queries ${options.only}` : `${options.queries} queries`}`);
    const counts = new Map();
    const reasons = new Map();
    const report = options.report ? fs.openSync(options.report, 'w') : null;
    const numbers = options.only ?? Array.from({ length: Math.ceil(options.queries / options.seeds.length) }, (_, index) => index);
    const all = options.seeds.flatMap((seed) => numbers.map((number) => [seed, number]));
    let filled = null;
    for (const [seed, number] of all) {
      if (seed !== filled) {
        for (const statement of setUp(seed)) {
          await freshet.run(statement);
          clickhouse.run(statement);
        }
        filled = seed;
      }
      const query = makeQuery(seed, number);
      const expected = await attempt(() => clickhouse.query(query.sql));
      const actual = await attempt(() => freshet.query(query.sql));
      const result = judge(expected, actual, query);
      counts.set(result.verdict, (counts.get(result.verdict) ?? 0) + 1);
      if (!reasons.has(result.verdict)) reasons.set(result.verdict, new Map());
      const list = reasons.get(result.verdict);
      list.set(result.reason, [...(list.get(result.reason) ?? []), `${seed}:${number}`]);
      if (report && result.verdict !== 'equal') fs.writeSync(report, `${JSON.stringify({ seed, number, ...result, shape: query.shape, sql: query.sql })}\n`);
      const isFailure = ['different', 'crash', 'error'].includes(result.verdict) || (options.strict && result.verdict === 'answered, ClickHouse refuses');
      if (isFailure || options.only) {
        console.log(`\nseed ${seed}, #${number} ${query.shape}: ${result.verdict}${result.reason ? `: ${result.reason}` : ''}\n  ${query.sql}`);
        if (options.only) console.log(`  ClickHouse:\n    ${show(expected)}\n  Freshet:\n    ${show(actual)}`);
      }
      if (actual.crash) {
        await freshet.stop();
        await freshet.start();
      }
    }
    if (report) fs.closeSync(report);
    summarize(counts, reasons);
    console.log(`\nnot in Freshet, thus not asked for: ${missingFunctions().join(' ')}`);
    const failures = ['different', 'crash', 'error'].reduce((sum, verdict) => sum + (counts.get(verdict) ?? 0), 0);
    return failures + (options.strict ? counts.get('answered, ClickHouse refuses') ?? 0 : 0) > 0 ? 1 : 0;
  } finally {
    await freshet.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().then((code) => process.exit(code), (error) => {
  console.error(error.message);
  process.exit(2);
});
