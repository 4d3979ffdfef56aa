// The two that answer: Freshet, a server process of its own, over HTTP; and ClickHouse, in this process.
//
// Both give {types, rows} of a query, rows as lists of cells in the text of TabSeparated, or throw Refusal.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';

// An error's answer: ClickHouse's number and name of it, and the text.
export class Refusal extends Error {
  constructor(text) {
    super(text.replace(/\s+/g, ' ').slice(0, 400));
    this.code = Number(/Code: (\d+)/.exec(text)?.[1] ?? 0);
    this.codeName = [...text.matchAll(/\(([A-Z][A-Z0-9_]{3,})\)/g)].pop()?.[1] ?? 'NO_NAME';
  }
}

// What stands of a server that ended, or did not answer in time.
export class Crash extends Error {}

function parseAnswer(text) {
  if (!text) return { types: [], rows: [] };
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  const [names, types, ...rows] = lines.map((line) => line.split('\t'));
  return { names, types, rows };
}

export class ClickHouse {
  constructor(folder) {
    const { Session } = createRequire(import.meta.url)('chdb');
    this.session = new Session(path.join(folder, 'clickhouse'));
    this.run('CREATE DATABASE IF NOT EXISTS d');
    this.run('USE d');
    // What a Freshet server has, or has by default.
    for (const setting of ["session_timezone = 'UTC'", 'allow_suspicious_low_cardinality_types = 1', 'max_execution_time = 60',
      'allow_suspicious_types_in_group_by = 1', 'allow_suspicious_types_in_order_by = 1',
      // Types that Freshet has not.
      'use_variant_as_common_type = 0',
      // They change answers: the keys in WITH TOTALS' row, and averages of decimals that were divided (and cut) row by row.
      'optimize_injective_functions_in_group_by = 0', 'optimize_group_by_function_keys = 0', 'optimize_arithmetic_operations_in_aggregate_functions = 0',
    ]) this.run(`SET ${setting}`);
  }

  run(sql) {
    try {
      return this.session.query(sql, 'TabSeparatedWithNamesAndTypes');
    } catch (error) {
      // What a failed query has written already comes before the next one's answer: it is taken here.
      this.session.query('SELECT 1');
      throw new Refusal(String(error.message));
    }
  }

  query(sql) {
    return parseAnswer(this.run(sql));
  }
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Freshet {
  constructor(binary, folder) {
    this.binary = binary;
    this.folder = folder;
  }

  async start() {
    this.port = await freePort();
    const log = fs.openSync(path.join(this.folder, 'freshet.log'), 'a');
    this.process = spawn(this.binary, ['server', '--data', path.join(this.folder, 'freshet'), '--http', `127.0.0.1:${this.port}`, '--threads', '2', '--memory', '1GiB',
      '--log-level', 'warning'], { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.exit = new Promise((resolve) => this.process.once('exit', (code, signal) => resolve(signal ?? code)));
    this.process.once('exit', () => { this.hasEnded = true; });
    this.hasEnded = false;
    for (let wait = 5; ; wait = Math.min(wait * 2, 200)) {
      if (this.hasEnded) throw new Crash(`the server does not start: ${this.binary}`);
      try {
        await this.run('SELECT 1');
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  async stop() {
    if (!this.process || this.hasEnded) return;
    this.process.kill('SIGTERM');
    await this.exit;
  }

  run(sql) {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method: 'POST', agent: false, timeout: 90000,
        path: '/?default_format=TabSeparatedWithNamesAndTypes&session_id=differential&session_timeout=3600&max_execution_time=60' }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', (error) => reject(new Crash(error.message)));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200 && response.complete && !/\nCode: \d+\. DB::Exception/.test(text)) resolve(text);
          else if (response.complete) reject(new Refusal(text));
          else reject(new Crash('the answer breaks off'));
        });
      });
      request.on('timeout', () => request.destroy(new Error('no answer in 90 s')));
      request.on('error', (error) => reject(new Crash(error.message)));
      request.end(sql);
    });
  }

  async query(sql) {
    return parseAnswer(await this.run(sql));
  }
}
