'use strict';
// One cursor over all parts of the page. Everything that is to be seen stands in the markup; elements know their moment by data-m.
(() => {
  const PLAY_EVERY = 1200; // milliseconds
  const KIND = 0, PACKET = 1, CONNECTION = 3, CLIENT = 4, SERVER = 5, TIME = 6, HAS_ENDS = 7;
  const LINES = 0, PACKETS = 1, STEPS = 2, CALLS = 3;
  const STATES = ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT', 'CLOSED'];
  const SVG = 'http://www.w3.org/2000/svg';
  const moments = JSON.parse(document.getElementById('moments').textContent);
  const byId = id => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (selector, from = document) => from.querySelector(selector);
  const marked = all('[data-m]').map(element => ({ element, m: +element.dataset.m }));
  const articles = all('article');
  const diagrams = all('.diagram');
  let current = -1;
  let timer = 0;

  if (moments.length === 0) {
    byId('now').textContent = 'Nothing happened in this run.';
    return;
  }

  document.documentElement.classList.add('js');
  byId('controls').hidden = false;
  byId('slider').max = moments.length - 1;
  all('[id*="="]').forEach(target => { // the cursor goes to what an address names; the browser shall not scroll the page to it
    target.dataset.name = target.id;
    target.removeAttribute('id');
  });

  // ---- small makers -------------------------------------------------------------------------------------------

  function draw(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    parent.append(element);
    return element;
  }

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const seconds = m => (moments[m][TIME] / 1e6).toFixed(6) + ' s';

  /** On small screens a picture is wider than its pane: shows the middle of a part of it. */
  function scrollAcross(scroll, part) {
    if (scroll.scrollWidth <= scroll.clientWidth) return;
    const outer = scroll.getBoundingClientRect(), inner = part.getBoundingClientRect();
    scroll.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }

  // ---- ladder: a band at the height of the moment ----------------------------------------------------------------

  const ladder = one('.d-ladder');
  const [left, , ladderWidth] = ladder.getAttribute('viewBox').split(' ').map(Number);
  const heights = new Array(moments.length);
  all('[data-m]', ladder).forEach(group => {
    const shape = one('line,text', group);
    if (!shape || heights[+group.dataset.m] !== undefined && shape.tagName === 'text') return;
    const number = name => +shape.getAttribute(name);
    heights[+group.dataset.m] = shape.tagName === 'line' ? (number('y1') + number('y2')) / 2 : number('y') - 4;
  });
  for (let m = 0, last = 96; m < heights.length; m++) last = heights[m] ??= last;
  const band = document.createElementNS(SVG, 'g');
  draw('rect', { class: 'band', x: left + 2, y: -9, width: ladderWidth - 4, height: 18, rx: 4 }, band);
  draw('path', { class: 'pointer', d: 'M3 -7L14 0L3 7Z' }, band);
  one('.d-paper', ladder).after(band);

  // The hosts' names stay in sight.
  const names = one('.d-names', ladder);
  ladder.parentElement.addEventListener('scroll', () => {
    names.setAttribute('transform', `translate(0 ${ladder.parentElement.scrollTop * ladderWidth / ladder.getBoundingClientRect().width})`);
  });

  function showInLadder(m) {
    band.setAttribute('transform', `translate(0 ${heights[m]})`);
    const scroll = ladder.parentElement;
    const scale = ladder.getBoundingClientRect().width / ladderWidth;
    const top = +ladder.getAttribute('viewBox').split(' ')[1];
    scroll.scrollTop = (heights[m] - top) * scale - scroll.clientHeight / 2;
    const shape = one(`[data-m="${m}"]`, ladder);
    if (shape) scrollAcross(scroll, shape);
  }

  // ---- diagram: rings around the boxes in which both ends stand -----------------------------------------------------

  function ring(diagram, role) {
    const svg = one('svg', diagram);
    const group = draw('g', {}, svg);
    draw('rect', { class: `ring ${role}`, rx: 9 }, group);
    const tag = draw('g', { class: `tag ${role}` }, group);
    draw('rect', { width: 50, height: 17, rx: 4 }, tag);
    draw('text', { x: 25, y: 12.5, 'text-anchor': 'middle' }, tag).textContent = role;
    return group;
  }

  const rings = new Map(diagrams.map(diagram => [diagram, { client: ring(diagram, 'client'), server: ring(diagram, 'server') }]));

  /** Where both ends are in one state, the server's ring runs around the client's, and both names stand above it. */
  function moveRing(diagram, role, box, isOuter, areTogether) {
    const rect = one(`[data-box="${box}"] rect`, diagram);
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map(name => +rect.getAttribute(name));
    const aside = isOuter ? 9 : 4;
    const [outline, tag] = rings.get(diagram)[role].children;
    Object.entries({ x: x - aside, y: y - aside, width: width + 2 * aside, height: height + 2 * aside }).forEach(([name, value]) => outline.setAttribute(name, value));
    tag.setAttribute('transform', `translate(${role === 'client' ? x - 4 : x + width - 46} ${y - (areTogether ? 27 : 17)})`);
  }

  function showInDiagram(m) {
    const moment = moments[m];
    for (const diagram of diagrams) {
      const isShown = +diagram.dataset.connection === moment[CONNECTION];
      diagram.classList.toggle('now', isShown);
      if (!isShown) continue;
      const hasClient = one('[data-end="client"]', diagram) !== null;
      rings.get(diagram).client.style.display = hasClient && moment[HAS_ENDS] ? '' : 'none';
      rings.get(diagram).server.style.display = moment[HAS_ENDS] ? '' : 'none';
      const areTogether = hasClient && moment[CLIENT] === moment[SERVER];
      if (hasClient) moveRing(diagram, 'client', moment[CLIENT], false, areTogether);
      moveRing(diagram, 'server', moment[SERVER], areTogether, areTogether);
      const scroll = diagram.parentElement;
      const step = one(`[data-m="${m}"]`, diagram) ?? one('.ring.server', diagram);
      scrollAcross(scroll, step);
      all('[data-end]', diagram).forEach(end => { end.textContent = !moment[HAS_ENDS] ? '' : STATES[moment[end.dataset.end === 'client' ? CLIENT : SERVER]]; });
    }
  }

  // ---- timeline: a hand at the time of the moment --------------------------------------------------------------------

  const timeline = one('.d-timeline');
  const scale = timeline && timeline.dataset.span ? timeline.dataset : null;
  const hand = scale && draw('line', { class: 'hand', y1: scale.top, y2: scale.bottom }, timeline);

  function showInTimeline(m) {
    if (!hand) return;
    const part = (moments[m][TIME] / 1e6 - scale.begin) / scale.span;
    const x = +scale.left + clamp(part, 0, 1) * (scale.right - scale.left);
    hand.setAttribute('x1', x);
    hand.setAttribute('x2', x);
    const scroll = timeline.parentElement;
    scroll.scrollLeft = x * timeline.getBoundingClientRect().width / timeline.viewBox.baseVal.width - scroll.clientWidth / 2;
  }

  if (scale) {
    timeline.addEventListener('click', event => {
      if (event.target.closest('[data-m]')) return;
      const x = (event.clientX - timeline.getBoundingClientRect().left) * timeline.viewBox.baseVal.width / timeline.getBoundingClientRect().width;
      const time = (+scale.begin + (x - scale.left) / (scale.right - scale.left) * scale.span) * 1e6;
      const distance = m => Math.abs(moments[m][TIME] - time);
      go(moments.reduce((best, _, m) => distance(m) < distance(best) ? m : best, 0));
    });
  }

  // ---- packet: fields and octets -----------------------------------------------------------------------------------

  /** Cuts the rows of octets into elements, so that single ones can be marked. The rows' places are fixed. */
  function prepare(article) {
    const pre = one('.octets', article);
    if (pre.dataset.ready) return;
    pre.dataset.ready = 'yes';
    const rows = pre.textContent.split('\n');
    pre.textContent = '';
    const span = (text, at) => {
      const element = document.createElement('span');
      element.textContent = text;
      element.dataset.o = at;
      return element;
    };
    for (const row of rows) {
      const start = parseInt(row.slice(0, 4), 16);
      if (!/^[0-9a-f]{4}  /.test(row)) { pre.append(row + '\n'); continue; }
      const texts = row.slice(56);
      pre.append(row.slice(0, 6));
      for (let i = 0; i < 16; i++) {
        const at = 6 + 3 * i + (i > 7 ? 1 : 0);
        pre.append(i < texts.length ? span(row.slice(at, at + 2), start + i) : '  ', i === 7 ? '  ' : ' ');
      }
      pre.append(' ', ...[...texts].map((text, i) => span(text, start + i)), '\n');
    }
    all('div[data-p]', article).forEach(field => { field.tabIndex = -1; });
    const first = one('[data-p]', article);
    if (first) first.tabIndex = 0;
  }

  const place = field => field.dataset.p.split(' ').map(Number); // first octet, octets

  function mark(article, field, isScrolled) {
    all('.now', article).forEach(element => element.classList.remove('now'));
    if (!field) { one('.meaning', article).textContent = 'Point at a field: what it means is told here.'; return; }
    field.classList.add('now');
    const known = displayFilter.fieldIn(field);
    one('.meaning', article).textContent = known ? `${known.name}: ${known.meaning}` : '';
    const [from, length] = place(field);
    const octets = all('[data-o]', article).filter(element => +element.dataset.o >= from && +element.dataset.o < from + length);
    octets.forEach(element => element.classList.add('now'));
    if (isScrolled && octets.length) reveal(one('.octets', article), octets[0]);
  }

  function fieldAt(article, at) {
    const fits = all('[data-p]', article).filter(field => place(field)[0] <= at && at < place(field)[0] + place(field)[1] && field.offsetParent !== null);
    return fits.reduce((best, field) => !best || place(field)[1] <= place(best)[1] ? field : best, null);
  }

  for (const article of articles) {
    let chosen = null, pressed = null;
    const over = event => {
      const field = event.target.closest('[data-p]');
      const octet = event.target.closest('[data-o]');
      return field ?? (octet && fieldAt(article, +octet.dataset.o));
    };
    const choose = field => {
      chosen = field;
      mark(article, field, true);
    };
    article.addEventListener('pointerover', event => mark(article, over(event) ?? chosen, false));
    article.addEventListener('pointerleave', () => mark(article, chosen, false));
    article.addEventListener('pointerdown', event => { pressed = over(event); }); // what lies between two octets takes part of a click on one of them
    article.addEventListener('click', event => { const field = over(event) ?? pressed; if (field) choose(field); });
    article.addEventListener('focusin', event => { if (event.target.matches('[data-p]')) choose(event.target); });
    article.addEventListener('keydown', event => {
      if (!event.target.matches('[data-p]') || event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
      const fields = all('[data-p]', article).filter(field => field.offsetParent !== null);
      const next = fields[fields.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)];
      if (next) next.focus();
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // ---- the cursor -------------------------------------------------------------------------------------------------

  /** Scrolls only the pane, never the page. */
  function reveal(scroll, element) {
    const outer = scroll.getBoundingClientRect(), inner = element.getBoundingClientRect();
    if (inner.top < outer.top + 24 || inner.bottom > outer.bottom - 8) scroll.scrollTop += inner.top - outer.top - scroll.clientHeight / 2;
  }

  function isNow(element, m) {
    const moment = moments[m];
    if (element.matches('#packets tr')) return +element.dataset.packet === moment[PACKET];
    if (element.matches('#transcript li')) return element.dataset.line !== undefined && +element.dataset.line === moment[2];
    return +element.dataset.m === m || +element.dataset.packet === moment[PACKET];
  }

  function describePacket(number) {
    const row = one(`#packets tr[data-packet="${number}"]`);
    return `${one('article.now h3').textContent}, ${row.cells[2].textContent}${one('em.gone', row) ? ', ' + one('em.gone', row).textContent : ''}`;
  }

  function describe(m) {
    const moment = moments[m];
    const text = moment[KIND] === PACKETS ? describePacket(moment[PACKET])
      : moment[KIND] === STEPS ? (one(`.diagram.now .steps [data-m="${m}"]`)?.textContent.replace(/^\s*[\d.]+\s*/, '') ?? 'a socket changed its state')
      : moment[KIND] === CALLS ? [...all(`.d-note-of[data-m="${m}"]`, ladder)].map(note => note.dataset.host + ': ' + note.textContent.trim()).join('') || 'a call'
      : (one(`#transcript [data-m="${m}"].typed`)?.textContent ?? 'a line');
    const ends = (moment[HAS_ENDS] ? all('.diagram.now [data-end]') : []).map(end => `${end.dataset.end} ${end.textContent}`).join(', ');
    return `${seconds(m)}: ${text}${ends ? ` — ${ends}` : ''}`;
  }

  function name(m) {
    const moment = moments[m];
    return moment[KIND] === PACKETS ? `#packet=${moment[PACKET]}`
      : moment[KIND] === LINES ? `#line=${moment[2] + 1}`
      : '#' + (one(`.steps [data-m="${m}"]`)?.dataset.name ?? `moment=${m}`);
  }

  function find(fragment) {
    const [, kind, value] = /^#(packet|line|step|moment)=([\d.]+)$/.exec(fragment) ?? [];
    const element = kind === 'packet' ? one(`#packets tr[data-packet="${value}"]`) : kind && one(`[data-name="${kind}=${value}"]`);
    return element?.dataset.m !== undefined ? +element.dataset.m : kind === 'moment' ? +value : -1;
  }

  function go(m, isQuiet) {
    m = clamp(Math.round(m), 0, moments.length - 1);
    if (m === current || Number.isNaN(m)) return;
    current = m;
    const moment = moments[m];
    showInDiagram(m);
    for (const { element, m: own } of marked) {
      const is = isNow(element, m);
      element.classList.toggle('later', own > m && !is);
      element.classList.toggle('now', is);
      if (element.matches('tr,li')) {
        is ? element.setAttribute('aria-current', 'true') : element.removeAttribute('aria-current');
        const link = one('a', element);
        if (link) link.tabIndex = is ? 0 : -1;
        if (is) reveal(element.closest('.scroll'), element);
      }
    }
    for (const article of articles) {
      const is = +article.dataset.packet === moment[PACKET];
      article.classList.toggle('now', is);
      if (is) prepare(article);
    }
    byId('slider').value = m;
    byId('slider').setAttribute('aria-valuetext', `${m + 1} of ${moments.length}, ${seconds(m)}`);
    byId('count').textContent = `${m + 1} of ${moments.length}`;
    byId('now').textContent = describe(m);
    showInLadder(m);
    showInTimeline(m);
    flows.show(m, moment, moment[CONNECTION], moment[TIME]);
    if (m === moments.length - 1) stop();
    if (!isQuiet) history.replaceState(null, '', name(m));
  }

  function goByPacket(way) {
    for (let m = current + way; m >= 0 && m < moments.length; m += way) {
      if (moments[m][KIND] === PACKETS && !one(`#packets tr[data-packet="${moments[m][PACKET]}"]`)?.classList.contains('aside')) return go(m);
    }
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    byId('play').textContent = 'Play';
    byId('play').setAttribute('aria-pressed', 'false');
  }

  function play() {
    if (timer) return stop();
    if (current === moments.length - 1) go(0);
    timer = setInterval(() => go(current + 1), PLAY_EVERY);
    byId('play').textContent = 'Pause';
    byId('play').setAttribute('aria-pressed', 'true');
  }

  // ---- display filter: packets that do not pass leave the list and grow pale in the ladder ----------------------------------

  const rows = all('#packets tr[data-packet]');
  const packets = new Map();
  const packetOf = number => packets.get(number) ?? packets.set(number, displayFilter.packetOf(one(`article[data-packet="${number}"]`))).get(number);

  function filter(text) {
    const said = byId('filter-said');
    let test = () => true;
    try {
      if (text.trim()) test = displayFilter.read(text);
    } catch (error) {
      byId('filter').setAttribute('aria-invalid', 'true');
      said.textContent = error.message;
      return;
    }
    byId('filter').setAttribute('aria-invalid', 'false');
    const passing = rows.filter(row => {
      const passes = test(packetOf(row.dataset.packet));
      row.classList.toggle('aside', !passes);
      return passes;
    });
    const numbers = new Set(passing.map(row => row.dataset.m));
    all('.d-packet,.d-packet-text', ladder).forEach(element => element.classList.toggle('aside', element.dataset.m !== undefined && !numbers.has(element.dataset.m)));
    said.textContent = text.trim() ? `${passing.length} of ${rows.length}` : '';
  }

  if (rows.length > 0) {
    byId('filter-label').hidden = false;
    byId('field-names').append(...[...displayFilter.fields.keys()].map(name => Object.assign(document.createElement('option'), { value: name })));
    byId('filter').addEventListener('input', event => filter(event.target.value));
  }

  // ---- sequence numbers: counted, or as they stand in the packets; everywhere at once -------------------------------------

  let isReal = false;
  const numbered = all('[data-real]').map(element => ({ element, texts: [element.textContent, element.dataset.real] }));

  function changeNumbers() {
    isReal = !isReal;
    numbered.forEach(({ element, texts }) => { element.textContent = texts[isReal ? 1 : 0]; });
    byId('numbers').setAttribute('aria-pressed', isReal);
    if (current >= 0) byId('now').textContent = describe(current);
  }

  // ---- pointer, keys, address --------------------------------------------------------------------------------------

  const buttons = { first: () => go(0), back: () => go(current - 1), play, next: () => go(current + 1), last: () => go(moments.length - 1), numbers: changeNumbers };
  for (const id in buttons) byId(id).addEventListener('click', buttons[id]);
  byId('slider').addEventListener('input', event => go(+event.target.value));

  document.addEventListener('click', event => {
    const element = event.target.closest('[data-m]');
    if (!element || event.target.closest('header')) return;
    if (event.target.closest('a')) event.preventDefault();
    if (window.getSelection().isCollapsed) go(+element.dataset.m);
  });

  const keys = { ArrowRight: buttons.next, j: buttons.next, ArrowLeft: buttons.back, k: buttons.back, Home: buttons.first, End: buttons.last, ' ': play, r: changeNumbers };
  document.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches('input')) return;
    if (event.target.matches('button,summary') && event.key === ' ') return;
    const isInList = event.target.closest('#packets') !== null;
    const action = isInList && event.key === 'ArrowDown' ? () => goByPacket(1) : isInList && event.key === 'ArrowUp' ? () => goByPacket(-1) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    if (isInList) one('#packets tr.now a')?.focus({ preventScroll: true });
  });

  window.addEventListener('hashchange', () => { const m = find(location.hash); if (m >= 0) go(m, true); });
  const asked = find(location.hash);
  const firstPacket = moments.findIndex(moment => moment[KIND] === PACKETS);
  if (document.body.dataset.numbers === 'real') changeNumbers();
  go(asked >= 0 ? asked : Math.max(firstPacket, 0), true);
  requestAnimationFrame(() => document.documentElement.classList.add('moved')); // from now on panes glide
})();
