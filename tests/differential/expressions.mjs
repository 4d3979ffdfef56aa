// Random expressions over the columns in scope, from the templates of catalogue.mjs.

import { byKind } from './catalogue.mjs';
import { words } from './tables.mjs';

export const literal = (text) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n').replace(/\t/g, '\\t')}'`;

const smallInts = ['0', '1', '2', '3', '5', '7', '12', '-1', '-2', '10'];
const integers = [...smallInts, '127', '128', '255', '256', '-128', '65535', '2147483647', '-2147483648', '4294967295', '9223372036854775807',
  '18446744073709551615', '-9223372036854775808', 'toInt8(-3)', 'toUInt16(9)', 'toInt64(4)', 'toUInt64(6)'];
const floats = ['0.5', '1.25', '-2.5', '3.', '0.1', '100.75', '0.', '1e3'];
const dates = ["'2024-02-15'", "'2023-12-31'", "'2024-01-01'", "'2024-02-29'", "'1990-06-15'", "'2023-12-28'"];
const times = ["'2024-01-15 12:00:00'", "'2024-02-29 23:59:59'", "'2024-03-01 00:00:00'", "'1999-12-31 01:02:03'"];
const fractionTimes = ["'2024-01-15 12:00:00.123'", "'2024-02-29 23:59:59.999'", "'2024-03-01 00:00:00'"];
const patterns = ['%', 'a%', '%a', '%b%', '_', '__', 'key %', 'key _', '%ö%', '%\\\\_%', '', 'abc', '%1%', 'h%o%d', '%\\\\%%', '_b%', 'key 1%'];
const expressions = ['a', '[0-9]+', '^a', 'b$', '\\\\w+', '(a|b)c?', '\\\\d{2}', '.', '[^a-z]', 'key (\\\\d+)', '(?i)ABC', 'ö', 'l+'];
const specialExpressions = ['[a-e]', '[0-9]+', '^a', 'b$', '\\\\w+', '(a|b)c?', '\\\\d{2}', '[^a-z]', 'key (\\\\d+)', '(?i)ABC', 'l+'];
const momentTexts = ["'2024-02-29 12:30:00'", "'1999-12-31 01:02:03'", "'2024-03-01'", "'2024-01-15 10:20:30'"];
const decimalTexts = ["'12'", "'-7'", "'3.5'", "'0.25'", "'1e2'", "'-0.125'"];
const zones = ["'UTC'", "'Europe/Berlin'", "'America/New_York'", "'Asia/Kolkata'"];
const units = ["'day'", "'week'", "'month'", "'quarter'", "'year'"];
const shortUnits = ["'second'", "'minute'", "'hour'", "'day'"];

// A constant of a kind, where no column is used.
const constants = {
  i: (r) => r.pick(integers), f: (r) => r.pick(floats), s: (r) => literal(r.pick(words)), b: (r) => r.pick(['true', 'false']),
  D: (r) => `toDecimal64('${r.int(-99, 99)}.${r.int(0, 99)}', 2)`, F: () => "toFixedString('abc', 5)",
  d: (r) => `toDate(${r.pick(dates)})`, y: (r) => `toDate32(${r.pick(dates)})`, t: (r) => `toDateTime(${r.pick(times)}, 'UTC')`,
  T: (r) => `toDateTime64(${r.pick(fractionTimes)}, 3, 'UTC')`, e: () => "CAST('mid' AS Enum8('none' = 0, 'low' = 1, 'mid' = 5, 'high' = -3))",
  u: (r) => `toUUID('0000000${r.int(0, 3)}-0000-4000-8000-000000000001')`, p: (r) => `toIPv4('10.0.${r.int(0, 3)}.7')`, P: () => "toIPv6('2001:db8::1')",
  a: (r) => r.pick(['[1, 2, 3]', '[]::Array(Int32)', '[5, -1, 5]', '[0]']), A: (r) => r.pick(["['a', 'b']", "['']", "['red', 'a', 'red']"]),
  m: (r) => r.pick(["map('a', 1)", "map('a', toInt64(5), 'b', toInt64(-5))"]), r: (r) => r.pick(["(1, 'red')", "(toInt32(0), '')"]),
};

const unions = { n: ['i', 'i', 'f', 'D'], q: ['d', 't', 'T', 't'], Q: ['t', 't', 'T'], v: [...'iisfDdtTseuapAbr'], h: [...'iisDdtTseuapAbr'], o: [...'iisDdtTep'] };
const smallColumns = new Set(['k', 'i8', 'i16', 'u8', 'u16', 'v']);

export class ExpressionMaker {
  // `columns`: [{sql, kind, isWide, name}].
  constructor(random, columns) {
    this.random = random;
    this.columns = columns;
  }

  columnOf(kind, accept = () => true) {
    const fitting = this.columns.filter((col) => col.kind === kind && accept(col));
    return fitting.length ? this.random.pick(fitting).sql : null;
  }

  leaf(kind) {
    if (kind in unions) return this.leaf(this.random.pick(unions[kind]));
    if (kind === 'S') return this.leaf('s');
    if (kind === 'c') return this.fill(this.random.pick(byKind.get('c')), 0);
    if (kind === 'g') return this.columnOf('f', (col) => !col.isWide) ?? this.random.pick(floats);
    if (kind === 'j' || kind === 'k') return this.columnOf('i', (col) => smallColumns.has(col.name)) ?? this.random.pick(smallInts);
    const found = this.random.chance(0.85) ? this.columnOf(kind) : null;
    return found ?? constants[kind](this.random);
  }

  constant(letter) {
    const r = this.random;
    switch (letter) {
      case 'i': return r.chance(0.06) ? r.pick(integers) : r.pick(smallInts);
      case 'p': return String(r.int(1, 5));
      case 'f': return r.pick(floats);
      case 'j': return String(r.int(-2, 12));
      case 's': return literal(r.pick(words));
      case 'w': return literal(r.pick(words) || 'a');
      case 'B': return r.pick(momentTexts);
      case 'D': return r.pick(decimalTexts);
      case 'R': return `'${r.pick(specialExpressions)}'`;
      case 'd': return r.pick(dates);
      case 't': return r.pick(times);
      case 'T': return r.pick(fractionTimes);
      case 'l': return `'${r.pick(patterns)}'`;
      case 'r': return `'${r.pick(expressions)}'`;
      case 'z': return r.pick(zones);
      case 'n': return r.pick(units);
      case 'N': return r.pick(shortUnits);
      default: return `%${letter}`;
    }
  }

  fill(template, depth) {
    return template.replace(/%%|([$%])([a-zA-Z])/g, (all, sign, letter) => {
      if (all === '%%') return '%';
      if (sign === '%') return this.constant(letter);
  
      return this.expression(letter, depth);
    });
  }

  // An expression of a kind, nested at most `depth` deep.
  expression(kind, depth) {
    if (kind in unions) return this.expression(this.random.pick(unions[kind]), depth);
    if (kind === 'S') return depth <= 0 || this.random.chance(0.6) ? this.leaf('s') : `toValidUTF8(${this.expression('s', depth)})`;
    if (depth <= 0 || 'gjk'.includes(kind) || (kind !== 'c' && this.random.chance(0.25))) return this.leaf(kind);
    const text = this.fill(this.random.pick(byKind.get(kind)), depth - 1);
    const isOperation = / (?:AND|OR|IN|NOT|IS|LIKE|ILIKE|BETWEEN|REGEXP|CASE|\?|[-+*/%<>=|]+|<=|>=|!=) |^-|^not |^NOT |::|^DATE /.test(text);
    return isOperation ? `(${text})` : text;
  }

  condition(depth = 1) {
    return this.expression('c', depth);
  }
}
