// A small generator of random numbers (splitmix32) that gives the same sequence everywhere, and the choices
// that the query generator makes with it.

export class Random {
  constructor(...seeds) {
    this.state = 0x9e3779b9;
    for (const seed of seeds) {
      // Mixed, so that neighbouring seeds share no sequence: seed 1's query 2 is not seed 2's query 1.
      this.state = (this.state ^ seed) >>> 0;
      this.state = Math.floor(this.next() * 4294967296);
    }
  }

  // A number of [0, 1).
  next() {
    this.state = (this.state + 0x9e3779b9) | 0;
    let z = this.state ^ (this.state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    z ^= z >>> 15;
    return (z >>> 0) / 4294967296;
  }

  // An integer of [low, high].
  int(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  // One of [[weight, value], ..].
  weighted(list) {
    let rest = this.next() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return list[list.length - 1][1];
  }

  // `count` distinct elements of a list, in random order.
  sample(list, count) {
    const rest = [...list];
    const taken = [];
    while (taken.length < count && rest.length) taken.push(...rest.splice(this.int(0, rest.length - 1), 1));
    return taken;
  }
}
