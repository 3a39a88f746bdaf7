/**
 * A trial as a picture: one HTML file with an SVG and nothing to load. A row for each node: when it ran, what the others
 * held it for (what the first kernel, or reader, said), the faults that befell it, and what broke.
 *
 * @module
 */
import { describe, type Fault } from './faults.ts';
import { clock, LEGEND, moment, reportRows } from './report.ts';
import { type Moment, namesOf, type Stats, type TrialOptions, type TrialResult } from './trial-model.ts';

type Belief = 'alive' | 'suspect' | 'dead' | 'left';

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  readonly title: string;
}

interface Row {
  readonly name: string;
  /** When it ran. */
  readonly lives: readonly Bar[];
  /** When it was held for something else than alive. */
  readonly doubts: readonly Bar[];
  readonly faults: readonly Bar[];
}

const LEFT = 64;
const RIGHT = 36;
const WIDTH = 1200;
const ROW = 22;
const TOP = 34;
/** Rows drawn: those of more nodes say nothing more to the eye. Those to which something happened come first. */
const MAX_ROWS = 120;
const MAX_BARS = 20_000;
const TICKS = 12;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200];
const STATES = /^(\S+) is (alive|suspect|dead|left)(?:: (.*))?$/;

/** The whole file. */
export function timelineHtml(options: TrialOptions, result: TrialResult, original?: Stats): string {
  const end = Math.max(options.forMs, result.timeline.at(-1)?.at ?? 0);
  const { rows, hidden } = rowsOf(options, result, end);
  const { seed, nodes, kernels } = options;
  const title = `tdos sim --seed ${seed}: ${nodes} boards, ${kernels} kernel${kernels === 1 ? '' : 's'}, ${clock(options.forMs)}`;
  const more = hidden === 0 ? '' : `<p>${hidden} more nodes, to which nothing happened, are not shown.</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
${legend()}
${svg(rows, result, end)}
${more}${broken(result)}${table(result, original)}
</body></html>
`;
}

function rowsOf(
  options: TrialOptions,
  { timeline, faults }: TrialResult,
  end: number,
): { rows: Row[]; hidden: number } {
  const names = namesOf(options);
  const observer = names.find((name) => /^[kr]/.test(name)) ?? names[0] ?? '';
  // The first kernel does not judge itself: of it, the next observer tells.
  const second = names.find((name) => /^[kr]/.test(name) && name !== observer) ?? observer;
  const all = names.map((name) => rowOf(name, name === observer ? second : observer, timeline, faults, end));
  if (all.length <= MAX_ROWS) return { rows: all, hidden: 0 };
  const eventful = (row: Row): number => (row.faults.length + row.doubts.length > 0 ? 0 : 1);
  const rows = all.toSorted((a, b) => eventful(a) - eventful(b)).slice(0, MAX_ROWS);
  return { rows, hidden: all.length - rows.length };
}

function rowOf(name: string, observer: string, moments: readonly Moment[], faults: readonly Fault[], end: number): Row {
  const lives: Bar[] = [];
  const doubts: Bar[] = [];
  let upSince: number | undefined;
  let belief: { readonly is: Belief; readonly since: number; readonly why: string } | undefined;
  const believe = (at: number, is: Belief, why: string): void => {
    if (belief !== undefined && belief.is !== 'alive')
      doubts.push({
        from: belief.since,
        to: at,
        kind: belief.is,
        title: `${name} held for ${belief.is} by ${observer}: ${belief.why}`,
      });
    belief = { is, since: at, why };
  };
  for (const { at, node, what } of moments) {
    if (node === name && what === 'up') upSince = at;
    if (node === name && what === 'off' && upSince !== undefined) {
      lives.push({ from: upSince, to: at, kind: 'up', title: `${name} ran` });
      upSince = undefined;
    }
    const [, who, is, why = ''] = node === observer ? (STATES.exec(what) ?? []) : [];
    if (who === name && isBelief(is)) believe(at, is, why);
  }
  if (upSince !== undefined) lives.push({ from: upSince, to: end, kind: 'up', title: `${name} ran` });
  believe(end, 'alive', '');
  const own = faults.filter((fault) => concerns(fault, name)).map((fault) => faultBar(fault, end));
  return { name, lives, doubts, faults: own };
}

const isBelief = (text: string | undefined): text is Belief =>
  text === 'alive' || text === 'suspect' || text === 'dead' || text === 'left';

function concerns(fault: Fault, name: string): boolean {
  if (fault.kind === 'partition') return fault.groups.some((group) => group.includes(name));
  if ('from' in fault) return fault.from === name || fault.to === name;
  return 'node' in fault && fault.node === name;
}

function faultBar(fault: Fault, end: number): Bar {
  const lasts = 'forMs' in fault ? fault.forMs : undefined;
  const to = Math.min(end, fault.at + (lasts ?? 0));
  return { from: fault.at, to, kind: fault.kind, title: `${moment(fault.at)}: ${describe(fault)}` };
}

function svg(rows: readonly Row[], { violations, faults }: TrialResult, end: number): string {
  const height = TOP + rows.length * ROW + 10;
  const x = (ms: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * ms) / Math.max(1, end)).toFixed(1);
  const wide = (from: number, to: number): string => Math.max(1, Number(x(to)) - Number(x(from))).toFixed(1);
  const parts: string[] = [];
  const step = STEPS_S.find((seconds) => end / (seconds * 1000) <= TICKS) ?? 86_400;
  for (let at = 0; at <= end; at += step * 1000) {
    parts.push(
      `<path class="grid" d="M${x(at)} ${TOP - 6}V${height - 10}"/><text class="tick" x="${x(at)}" y="${TOP - 12}">${clock(at)}</text>`,
    );
  }
  const general = faults.filter((fault) => (fault.kind === 'loss' || fault.kind === 'air') && fault.node === undefined);
  for (const fault of general) {
    const bar = faultBar(fault, end);
    parts.push(
      `<rect class="air" x="${x(bar.from)}" y="${TOP - 4}" width="${wide(bar.from, bar.to)}" height="${height - TOP - 6}">${tip(bar)}</rect>`,
    );
  }
  for (const [index, { name, lives, doubts, faults: own }] of rows.entries()) {
    const y = TOP + index * ROW;
    parts.push(`<text class="name" x="${LEFT - 8}" y="${y + 13}">${escaped(name)}</text>`);
    for (const bar of lives)
      parts.push(
        `<rect class="up" x="${x(bar.from)}" y="${y + 3}" width="${wide(bar.from, bar.to)}" height="12" rx="2">${tip(bar)}</rect>`,
      );
    for (const bar of doubts)
      parts.push(
        `<rect class="${bar.kind}" x="${x(bar.from)}" y="${y + 9}" width="${wide(bar.from, bar.to)}" height="6">${tip(bar)}</rect>`,
      );
    for (const { from } of doubts.filter(({ kind }) => kind === 'dead'))
      parts.push(
        `<circle class="detected" cx="${x(from)}" cy="${y + 12}" r="3.5"><title>${escaped(`${name} called dead at ${moment(from)}`)}</title></circle>`,
      );
    for (const bar of own) {
      const mark = `M${x(bar.from)} ${y + 6}l-4 -6h8z`;
      parts.push(
        `<g class="fault"><path class="span" d="M${x(bar.from)} ${y + 1}H${x(bar.to)}"/><path d="${mark}"/>${tip(bar)}</g>`,
      );
    }
    if (parts.length > MAX_BARS) break;
  }
  for (const { at, rule, detail } of violations)
    parts.push(
      `<path class="broken" d="M${x(at)} ${TOP - 6}V${height - 10}"><title>${escaped(`${moment(at)} ${rule}: ${detail}`)}</title></path>`,
    );
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of all nodes">\n${parts.join('\n')}\n</svg>`;
}

const tip = ({ from, to, title }: Bar): string =>
  `<title>${escaped(to > from ? `${title} (${moment(from)} to ${moment(to)})` : title)}</title>`;

function legend(): string {
  const keys = [
    ['up', 'runs'],
    ['suspect', 'held for suspect'],
    ['dead', 'held for dead'],
    ['left', 'said goodbye'],
    ['air', 'more loss'],
  ];
  const boxes = keys.map(
    ([kind, text]) =>
      `<span><svg class="key" viewBox="0 0 14 10"><rect class="${kind}" width="14" height="10" rx="2"/></svg>${text}</span>`,
  );
  const fault =
    '<span><svg class="key" viewBox="0 0 14 10"><g class="fault"><path d="M7 9l-5 -8h10z"/></g></svg>fault begins (the line: lasts)</span>';
  const found =
    '<span><svg class="key" viewBox="0 0 14 10"><circle class="detected" cx="7" cy="5" r="4"/></svg>detected</span>';
  const broke =
    '<span><svg class="key" viewBox="0 0 14 10"><path class="broken" d="M7 0V10"/></svg>a rule broke</span>';
  return `<p class="legend">${[...boxes, fault, found, broke].join(' ')}</p>`;
}

function broken({ violations }: TrialResult): string {
  if (violations.length === 0) return '<p>Nothing broke that must always hold.</p>';
  const items = violations.map(({ at, rule, detail }) => `<li>${escaped(`${moment(at)}  ${rule}: ${detail}`)}</li>`);
  return `<h2>What broke</h2><ul class="wrong">${items.join('')}</ul>`;
}

function table({ stats }: TrialResult, original?: Stats): string {
  const cells = (row: readonly string[]): string => row.map((cell) => `<td>${escaped(cell)}</td>`).join('');
  const rows = reportRows(stats, original).map(
    (row) => `<tr>${cells(original === undefined ? row.slice(0, 2) : row)}</tr>`,
  );
  const head = `<tr><th></th><th>TDOS</th>${original === undefined ? '' : '<th>the original’s rules</th>'}</tr>`;
  return `<table>${head}${rows.join('')}</table><p>${escaped(LEGEND)}</p>`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '&quot;');

const STYLE = `
:root{color-scheme:light dark;--back:#fff;--ink:#1b1f24;--faint:#667080;--grid:#e4e7eb;--up:#8fc7a4;--suspect:#e8b230;--dead:#cf3f36;--left:#9aa4b2;--fault:#5a3fc0;--air:#5a3fc01f;--broken:#d6006c}
@media(prefers-color-scheme:dark){:root{--back:#14171b;--ink:#e6e9ee;--faint:#98a2b0;--grid:#2a3038;--up:#2f7a52;--suspect:#e0a92a;--dead:#ef6259;--left:#677281;--fault:#b3a1ff;--air:#b3a1ff26;--broken:#ff5fae}}
body{margin:24px auto;max-width:1240px;padding:0 20px;background:var(--back);color:var(--ink);font:14px/1.5 system-ui,sans-serif}
h1{font-size:18px;margin:0 0 8px}h2{font-size:15px}svg{width:100%;height:auto;display:block}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 8px;color:var(--faint)}.legend span{white-space:nowrap}.key{display:inline-block;width:14px;height:10px;margin-right:6px}
text{fill:var(--ink);font:12px system-ui,sans-serif}.name{text-anchor:end}.tick{text-anchor:middle;fill:var(--faint);font-size:11px}
.grid{stroke:var(--grid)}.up{fill:var(--up)}.suspect{fill:var(--suspect)}.dead{fill:var(--dead)}.left{fill:var(--left)}.air{fill:var(--air)}
.detected{fill:var(--back);stroke:var(--dead);stroke-width:2}.fault{fill:var(--fault)}.span{stroke:var(--fault);stroke-width:2}.broken{stroke:var(--broken);stroke-width:2;stroke-dasharray:5 3}
.wrong{color:var(--broken)}table{border-collapse:collapse;margin-top:16px}th,td{text-align:left;padding:3px 24px 3px 0;border-bottom:1px solid var(--grid);vertical-align:top}td:first-child{white-space:pre}
`;
