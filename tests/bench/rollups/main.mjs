#!/usr/bin/env node
// Times a dashboard's queries from rollups against the raw rows, in turn, in one run; and against
// ClickHouse with the same groups as projections, when a chdb session that has the table is named.
//
//   node main.mjs --url http://127.0.0.1:8123 [--tries 5]
//                 [--clickhouse DIR --database default --peers NODE_MODULES_PARENT]
//
// The server has the table hits (10,000,000 rows for a number that is quoted). Creates the rollups
// of rollups.sql, waits until they are built, and prints for each query of dashboard.sql the best
// of `tries` hot runs in milliseconds. Answers are compared; a difference ends it with an error.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const options = {};
for (let i = 2; i < process.argv.length; i += 2) {
  options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
}
const url = options.url ?? 'http://127.0.0.1:8123';
const tries = Number(options.tries ?? 5);
const lines = (file) =>
  fs.readFileSync(path.join(here, file), 'utf8').split('\n').filter((line) => line && !line.startsWith('--'));

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (sql, settings = '') =>
  new Promise((resolve, reject) => {
    const request = http.request(`${url}/?${settings}`, { method: 'POST', agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        response.statusCode === 200 ? resolve(text) : reject(new Error(text));
      });
    });
    request.on('error', reject);
    request.end(sql);
  });

const milliseconds = async (work) => {
  const begin = process.hrtime.bigint();
  const answer = await work();
  return { answer, ms: Number(process.hrtime.bigint() - begin) / 1e6 };
};

async function build() {
  const { ms } = await milliseconds(async () => {
    for (const sql of lines('rollups.sql')) await ask(sql);
    for (const name of (await ask("SELECT name FROM system.rollups WHERE table = 'hits'")).trim().split('\n')) {
      await ask(`ALTER TABLE hits MATERIALIZE PROJECTION ${name}`);
    }
  });
  console.log(`rollups built in ${(ms / 1000).toFixed(1)} s`);
  console.log(await ask("SELECT name, rows, rollup_rows, bytes_on_disk FROM system.rollups WHERE table = 'hits' FORMAT PrettyCompact"));
}

function clickhouse() {
  const require = createRequire(path.join(options.peers ?? here, 'package.json'));
  const { Session } = require('chdb');
  const session = new Session(options.clickhouse);
  session.query(`USE ${options.database ?? 'default'}`, 'TabSeparated');
  const has = session.query("SELECT count() FROM system.projections WHERE table = 'hits'", 'TabSeparated').trim();
  if (has === '0') {
    for (const sql of lines('rollups.sql')) {
      const [, name, select] = /EXISTS (\w+) ON hits (\(.*\))/.exec(sql);
      session.query(`ALTER TABLE hits ADD PROJECTION ${name} ${select}`, 'TabSeparated');
      session.query(`ALTER TABLE hits MATERIALIZE PROJECTION ${name} SETTINGS mutations_sync = 2`, 'TabSeparated');
    }
  }
  return async (sql) => session.query(sql, 'TabSeparated');
}

const geomean = (list) => Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);

await build();
const peer = options.clickhouse ? clickhouse() : null;
const gains = [];
const ratios = [];
console.log('  q        raw    rollup    gain' + (peer ? '  clickhouse   ratio' : ''));
for (const [number, sql] of lines('dashboard.sql').entries()) {
  const best = { raw: Infinity, rollup: Infinity, peer: Infinity };
  let answers;
  for (let i = 0; i <= tries; ++i) {
    const raw = await milliseconds(() => ask(sql, 'use_rollups=0'));
    const rollup = await milliseconds(() => ask(sql, 'force_rollups=1'));
    const other = peer ? await milliseconds(() => peer(sql)) : { ms: Infinity };
    answers = [raw.answer, rollup.answer];
    if (i === 0) continue;  // not hot yet
    best.raw = Math.min(best.raw, raw.ms);
    best.rollup = Math.min(best.rollup, rollup.ms);
    best.peer = Math.min(best.peer, other.ms);
  }
  if (answers[0] !== answers[1]) throw new Error(`answers differ: ${sql}\n${answers[0]}\n${answers[1]}`);
  gains.push(best.raw / best.rollup);
  ratios.push(best.rollup / best.peer);
  const cell = (x, width) => x.toFixed(2).padStart(width);
  console.log(`${String(number).padStart(3)} ${cell(best.raw, 10)} ${cell(best.rollup, 9)} ${cell(gains.at(-1), 7)}` +
              (peer ? ` ${cell(best.peer, 11)} ${cell(ratios.at(-1), 7)}` : ''));
}
console.log(`raw / rollup: geomean ${geomean(gains).toFixed(1)}, least ${Math.min(...gains).toFixed(1)}`);
if (peer) console.log(`rollup / clickhouse: geomean ${geomean(ratios).toFixed(3)}, greatest ${Math.max(...ratios).toFixed(2)}`);
process.exit(0);
