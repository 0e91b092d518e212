'use strict';
// Display filters over the fields that stand in the markup: the same language as DisplayFilter, and the same tests.
const displayFilter = (() => {
  const PART = 0, NUMBER = 1, FLAG = 2, IPV4 = 3, IPV6 = 4, MAC = 5, OCTETS = 6;
  const SIGNS = ['===', '!==', '==', '!=', '<=', '>=', '&&', '||', '..', '<', '>', '!', '&', '~', '(', ')', '{', '}', ',', '='];
  const COMPARISONS = {
    '==': 'eq', eq: 'eq', any_eq: 'eq', '===': 'all_eq', all_eq: 'all_eq', '!=': 'all_ne', ne: 'all_ne', all_ne: 'all_ne', '!==': 'any_ne', any_ne: 'any_ne',
    '<': 'lt', lt: 'lt', '<=': 'le', le: 'le', '>': 'gt', gt: 'gt', '>=': 'ge', ge: 'ge',
  };
  const table = JSON.parse(document.getElementById('fields').textContent).map(([name, kind, meaning, parts]) => ({ name, kind, meaning, parts: parts ?? [name] }));
  const fields = new Map(table.map(field => [field.name, field]));
  const fieldIn = element => element.dataset.f && table[element.dataset.f.split(' ')[0]];
  const bad = message => { throw new SyntaxError(message); };

  // ---- words ----------------------------------------------------------------------------------------------------

  function cut(text) {
    const tokens = [];
    for (let at = 0; at < text.length;) {
      const rest = text.slice(at);
      const blank = /^\s+/.exec(rest), sign = SIGNS.find(each => rest.startsWith(each));
      const quoted = /^"((?:\\[^]|[^"\\])*)"/.exec(rest), brackets = /^\[([^\]]*)\]/.exec(rest);
      const word = /^(?:(?!\.\.)[\w.:/-])+/.exec(rest);
      const found = blank ?? (sign && [sign]) ?? quoted ?? brackets ?? word;
      if (!found) bad(rest[0] === '"' ? 'the closing \'"\' is missing' : rest[0] === '[' ? '\']\' is missing' : `'${rest[0]}' means nothing here`);
      if (quoted) tokens.push({ text: unescape(quoted[1]), kind: 'quoted' });
      else if (brackets) tokens.push({ text: brackets[1], kind: 'brackets' });
      else if (!blank) tokens.push({ text: found[0], kind: 'word' });
      at += found[0].length;
    }
    return tokens;
  }

  const ESCAPES = { n: '\n', r: '\r', t: '\t', 0: '\0', '"': '"', '\\': '\\' };
  const unescape = text => String.fromCharCode(...new TextEncoder().encode(text.replace(/\\x([0-9a-f]{2})|\\([^])/gi, (all, hex, one) => hex ? String.fromCharCode(parseInt(hex, 16)) : ESCAPES[one] ?? all)));

  // ---- values: numbers as BigInt, octets as text with one character each -----------------------------------------------

  const number = text => /^(0|[1-9]\d*|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : /^0[0-7]+$/.test(text) ? BigInt('0o' + text) : null;

  function ipv4(text) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    return parts?.every(part => part < 256) ? parts.reduce((all, part) => all << 8n | BigInt(part), 0n) : null;
  }

  function ipv6(text) {
    const [head, tail, more] = text.split('::');
    const groups = part => part ? part.split(':') : [];
    const all = tail === undefined ? groups(head) : [...groups(head), ...new Array(Math.max(8 - groups(head).length - groups(tail).length, 0)).fill('0'), ...groups(tail)];
    return more === undefined && all.length === 8 && all.every(group => /^[0-9a-f]{1,4}$/i.test(group)) ? all.reduce((value, group) => value << 16n | BigInt('0x' + group), 0n) : null;
  }

  function address(text, read, bits) {
    const [base, prefix, more] = text.split('/');
    const value = read(base), length = prefix === undefined ? bits : /^\d+$/.test(prefix) ? +prefix : -1;
    return value === null || more !== undefined || length < 0 || length > bits ? null : { number: value, ignored: BigInt(bits - length) };
  }

  function octets(token) {
    if (token.kind === 'quoted') return token.text || bad('"" is no text to look for');
    const text = token.text.replace(/^0x/i, '');
    const digits = /^[0-9a-f]{2}([:.-][0-9a-f]{2})*$/i.test(text) && new Set(text.match(/[:.-]/g)).size < 2 ? text.replace(/[:.-]/g, '') : text;
    if (!/^([0-9a-f]{2})+$/i.test(digits)) bad(`"${token.text}" is neither octets, such as 0d:0a, nor a text in quotes`);
    return String.fromCharCode(...digits.match(/../g).map(pair => parseInt(pair, 16)));
  }

  const WANTED = ['', 'a number', 'a bit: 1, 0, true or false', 'an IPv4 address, such as 10.10.1.100 or 10.10.0.0/16', 'an IPv6 address, such as fe80::1 or fd00::/8', 'a link-layer address, such as 02:00:00:00:00:01'];

  function constant(operand, token) {
    if (operand.hasOctets) return { octets: octets(token) };
    const { kind, name } = operand.field, text = token.text;
    const plain = token.kind === 'word';
    const value = !plain ? null : kind === IPV4 ? address(text, ipv4, 32) : kind === IPV6 ? address(text, ipv6, 128)
      : kind === MAC ? (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? { number: BigInt('0x' + text.replace(/[:-]/g, '')) } : null)
      : kind === FLAG && /^(true|false)$/i.test(text) ? { number: text.toLowerCase() === 'true' ? 1n : 0n }
      : number(text) === null ? null : { number: number(text) };
    return value ?? bad(`"${text}" where ${name} is compared with ${WANTED[kind]}`);
  }

  function order(a, b) {
    if (a.octets !== undefined || b.octets !== undefined) return a.octets < b.octets ? -1 : a.octets > b.octets ? 1 : 0;
    const ignored = [a.ignored ?? 0n, b.ignored ?? 0n].reduce((x, y) => x > y ? x : y);
    const [left, right] = [a.number >> ignored, b.number >> ignored];
    return left < right ? -1 : left > right ? 1 : 0;
  }

  function slice(inside, octets) {
    const [, from, colon, count, dash, last] = /^\s*(-?\d+)?\s*(?:(:)\s*(\d+)?|(-)\s*(\d+))?\s*$/.exec(inside) ?? bad(`[${inside}] is no part of octets: [0:4] is four from the first, [2-5], [3], [:2], [4:]`);
    if (from === undefined && count === undefined) bad(`[${inside}] is no part of octets`);
    const begin = +(from ?? 0) < 0 ? octets.length + +from : +(from ?? 0);
    const length = dash ? +last - begin + 1 : colon ? count === undefined ? octets.length - begin : +count : 1;
    return begin < 0 || length <= 0 || begin + length > octets.length ? null : octets.slice(begin, begin + length);
  }

  // ---- the language ---------------------------------------------------------------------------------------------------

  /** Reads a filter: what comes back tells of a packet whether it passes. Throws SyntaxError with what is wrong. */
  function read(text) {
    if (text.length > 2000) bad('a filter has at most 2000 characters');
    const tokens = cut(text);
    let at = 0, depth = 0;
    const peek = () => tokens[at];
    const take = (...words) => peek()?.kind === 'word' && words.includes(peek().text) && tokens[at++];
    const next = wanted => tokens[at++] ?? bad(`the filter ends where ${wanted} is expected`);
    const unexpected = wanted => bad(peek() ? `"${peek().text}" where ${wanted} is expected` : `the filter ends where ${wanted} is expected`);
    const fieldOf = token => token?.kind === 'word' ? fields.get(token.text.toLowerCase()) : undefined;

    function either() {
      let test = both();
      while (take('or', '||')) { const left = test, right = both(); test = packet => left(packet) || right(packet); }
      return test;
    }

    function both() {
      let test = not();
      while (take('and', '&&')) { const left = test, right = not(); test = packet => left(packet) && right(packet); }
      return test;
    }

    function not() {
      if (++depth > 50) bad('more than 50 parentheses and nots in each other');
      let test;
      if (take('not', '!')) { const inner = not(); test = packet => !inner(packet); }
      else if (take('(')) { test = either(); if (!take(')')) unexpected('\')\''); }
      else test = single();
      depth--;
      return test;
    }

    function operand(field) {
      const inside = peek()?.kind === 'brackets' ? tokens[at++].text : null;
      if (inside !== null) {
        slice(inside, '');
        if (field.kind === NUMBER || field.kind === FLAG) bad(`${field.name} is a number: it has no octets to take a part of`);
      }
      let mask = null;
      if (take('&')) {
        const token = next('a mask such as 0x02');
        mask = field.kind === NUMBER && inside === null ? number(token.text) ?? bad(`"${token.text}" is no number`) : bad(`& takes bits of a number, and ${field.name} is none`);
      }
      const hasOctets = inside !== null || field.kind === PART || field.kind === OCTETS;
      const values = packet => packet.find(field).map(found => {
        if (!hasOctets) return { number: mask === null ? found.number : found.number & mask };
        const all = packet.octets(found, field.kind === PART && inside === null);
        return { octets: inside === null ? all : slice(inside, all) };
      }).filter(value => value.octets !== null);
      return { field, hasOctets, mask, values };
    }

    function single() {
      const first = next('a field, such as tcp.port');
      const field = fieldOf(first);
      if (!field) {
        if (peek()?.text === '(' && /^[a-z]/i.test(first.text)) bad(`functions such as ${first.text}() are not part of these filters`);
        bad(first.kind === 'quoted' || /^\d/.test(first.text) ? `"${first.text}" is a value: the field stands on the left, tcp.port == ${first.text}`
          : first.text.includes('.analysis') ? `"${first.text}": what Wireshark's analysis finds out is not part of these filters` : `"${first.text}" is no field`);
      }
      const left = operand(field);
      if (take('in')) return within(left);
      const word = take('contains', 'matches', '~')?.text;
      if (word && !left.hasOctets) bad(`${word} looks into octets, and ${field.name} is a value: frame ${word} … or tcp.payload ${word} …`);
      if (word === 'contains') { const part = octets(next('what it contains')); return packet => left.values(packet).some(value => value.octets.includes(part)); }
      if (word) return pattern(left, next('a pattern in quotes').text);
      const how = peek()?.kind === 'word' && COMPARISONS[peek().text];
      if (how) { at++; return comparison(how, left, side(left)); }
      if (peek()?.text === '=') bad('\'=\' compares nothing: write ==');
      return packet => left.values(packet).some(value => left.mask === null || value.number !== 0n);
    }

    function side(left) {
      const token = next(`a value for ${left.field.name}`);
      const other = fieldOf(token);
      if (!other) { const value = constant(left, token); return { values: () => [value] }; }
      const right = operand(other), isNumber = each => each.field.kind === NUMBER || each.field.kind === FLAG;
      const fits = left.hasOctets === right.hasOctets && (left.hasOctets || (isNumber(left) ? isNumber(right) : left.field.kind === other.kind));
      return fits ? right : bad(`${left.field.name} and ${other.name} cannot be compared: they are of different kinds`);
    }

    function comparison(how, left, right) {
      const [scope, kind] = how.includes('_') ? how.split('_') : ['any', how];
      const holds = order => ({ eq: order === 0, ne: order !== 0, lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 })[kind];
      return packet => {
        const ours = left.values(packet), theirs = right.values(packet);
        const each = a => scope === 'all' ? theirs.every(b => holds(order(a, b))) : theirs.some(b => holds(order(a, b)));
        return ours.length > 0 && theirs.length > 0 && (scope === 'all' ? ours.every(each) : ours.some(each));
      };
    }

    function within(left) {
      if (!take('{')) unexpected('\'{\' and the values, such as {80, 443, 4000..5000}');
      const set = [];
      do {
        const low = constant(left, next('a value'));
        set.push([low, take('..') ? constant(left, next('the end of the range')) : low]);
      } while (take(','));
      if (!take('}')) unexpected('\',\' or \'}\'');
      return packet => left.values(packet).some(value => set.some(([low, high]) => order(value, low) >= 0 && order(value, high) <= 0));
    }

    function pattern(left, text) {
      let regex;
      try { regex = new RegExp(text, 'is'); } catch { bad(`"${text}" is no pattern that these filters know`); }
      return packet => left.values(packet).some(value => regex.test(value.octets));
    }

    if (tokens.length === 0) bad('an empty filter: tcp.port == 4000 is one');
    const test = either();
    return at === tokens.length ? test : unexpected('and, or, or the end');
  }

  /** A packet by its article: its fields by name, and its octets. */
  function packetOf(article) {
    const byName = new Map();
    for (const element of article.querySelectorAll('[data-f]')) {
      const name = fieldIn(element).name, value = element.dataset.f.split(' ')[1];
      const [at, length] = element.dataset.p.split(' ').map(Number);
      if (!byName.has(name)) byName.set(name, []);
      byName.get(name).push({ at, length, number: BigInt(value ?? 0) });
    }
    const hex = article.querySelector('.octets').textContent.split('\n').filter(row => /^[0-9a-f]{4}  /.test(row)).map(row => row.slice(6, 55).replace(/ /g, '')).join('');
    const all = String.fromCharCode(...(hex.match(/../g) ?? []).map(pair => parseInt(pair, 16)));
    return {
      find: field => field.parts.flatMap(name => byName.get(name) ?? []),
      octets: (found, toTheEnd) => all.slice(found.at, toTheEnd ? undefined : found.at + found.length),
    };
  }

  return { read, packetOf, fields, fieldIn };
})();
