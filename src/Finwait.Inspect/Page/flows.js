'use strict';
// Draws, for the connection and the moment of the cursor, what is acknowledged, has arrived, is under way, and how far the window reaches: one bar for each direction.
const flows = (() => {
  const MOMENT = 0, ARRIVED = 1, CONNECTION = 2, FROM_CLIENT = 3, SEQ = 4, END = 5, ACK = 6, EDGE = 7;
  const LEFT = 150, WIDTH = 820, HEIGHT = 22, TOP = 8, STEP = 72;
  const SVG = 'http://www.w3.org/2000/svg';
  const rows = JSON.parse(document.getElementById('flows-data').textContent);
  const svg = document.getElementById('flows-drawing');

  function draw(name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  }

  /** How far text has come without a gap. */
  function contiguous(pieces) {
    let end = 0;
    for (const [from, to] of pieces.sort((a, b) => a[0] - b[0])) if (from <= end && to > end) end = to;
    return end;
  }

  /** What both ends know of one direction at a moment. */
  function state(connection, fromClient, m, time) {
    const own = rows.filter(row => row[CONNECTION] === connection && row[MOMENT] <= m);
    const has = row => row[ARRIVED] >= 0 && row[ARRIVED] <= time && row[MOMENT] < m;
    const sent = own.filter(row => row[FROM_CLIENT] === fromClient), back = own.filter(row => row[FROM_CLIENT] !== fromClient && row[ACK] >= 0 && has(row));
    const most = (list, of) => list.reduce((best, row) => Math.max(best, of(row)), 0);
    return { next: most(sent, row => row[END]), arrived: contiguous(sent.filter(has).map(row => [row[SEQ], row[END]])), una: most(back, row => row[ACK]), edge: most(back, row => row[EDGE]) };
  }

  function bar(y, title, { next, arrived, una, edge }) {
    draw('text', { x: LEFT - 10, y: y + 15, 'text-anchor': 'end', class: 'flow-name' }, title);
    const last = Math.max(edge, next, 1), first = Math.max(0, una - (last - una) * 0.12);
    const x = number => LEFT + (number - first) / (last - first) * WIDTH;
    const part = (from, to, name, what) => {
      if (to <= from) return;
      const left = x(Math.max(from, first)), width = Math.max(x(to) - left, 2);
      draw('rect', { x: left, y, width, height: HEIGHT, class: name });
      const text = `${what} ${to - Math.max(from, name === 'flow-old' ? 0 : from)}`;
      if (width > text.length * 6.6) draw('text', { x: left + width / 2, y: y + 15, 'text-anchor': 'middle', class: 'flow-text' }, text);
    };
    const reached = Math.max(arrived, una);
    part(first, una, 'flow-old', 'acknowledged');
    part(una, reached, 'flow-arrived', 'arrived, not acknowledged');
    part(reached, next, 'flow-way', 'under way or lost');
    part(Math.max(next, una), edge, 'flow-room', 'room');
    draw('text', { x: LEFT, y: y + HEIGHT + 16, class: 'flow-numbers' }, `SND.UNA ${una} · arrived up to ${reached} · SND.NXT ${next} · ` + (edge ? `window up to ${edge}${edge - next < 1 ? ': no room' : ''}` : 'no window known yet'));
  }

  /** Draws the moment. */
  function show(m, moment, connection, time) {
    svg.replaceChildren();
    const known = connection >= 0 && rows.some(row => row[CONNECTION] === connection && row[MOMENT] <= m);
    if (!known) return draw('text', { x: LEFT, y: 40, class: 'flow-numbers' }, 'No segment of a connection so far.');
    bar(TOP, 'client to server', state(connection, 1, m, time));
    bar(TOP + STEP, 'server to client', state(connection, 0, m, time));
  }

  return { show, state };
})();
