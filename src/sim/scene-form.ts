/**
 * How a line of a scene may read: a template that reads like the line itself, and what it means. In a template, `[...]`
 * may be left out, and `{node}`, or `{by:node}` to tell two of them apart, stands for words of that kind.
 *
 * @module
 */
import type { Step } from './scene-model.ts';

/** What stands in a line: by slot, undefined where it was left out. */
export type Slots = Readonly<Record<string, string | undefined>>;

export interface Form {
  /** As a person would be told: `kill NODE[, NODE ...]`. */
  readonly usage: string;
  /** The words of it that are fixed. */
  readonly words: readonly string[];
  readonly pattern: RegExp;
  /** @throws Error saying what is wrong with a slot. */
  readonly make: (slots: Slots) => Step;
}

const NAME = '[a-z][a-z0-9_-]*';
const RESOURCE = '[a-z][a-z0-9_.-]*(?:@[^\\s,]+)?';
const KINDS: Readonly<Record<string, { readonly pattern: string; readonly usage: string }>> = {
  node: { pattern: NAME, usage: 'NODE' },
  nodes: { pattern: `${NAME}(?:, ${NAME})*`, usage: 'NODE[, NODE ...]' },
  service: { pattern: '[a-z][a-z0-9_.-]*', usage: 'SERVICE' },
  resource: { pattern: RESOURCE, usage: 'SERVICE[@PLACE]' },
  resources: { pattern: `${RESOURCE}(?:, ${RESOURCE})*`, usage: 'SERVICE[@PLACE][, SERVICE ...]' },
  range: { pattern: '[\\^~<>=\\d*].*?', usage: 'VERSIONS' },
  span: { pattern: '\\d+(?:\\.\\d+)? ?(?:ms|s|min|h)', usage: 'TIME (200ms, 1.5s, 5min)' },
  share: { pattern: '\\d+(?:\\.\\d+)? ?%', usage: 'SHARE (20 %)' },
  number: { pattern: '\\d+', usage: 'NUMBER' },
  value: { pattern: '-?\\d+(?:\\.\\d+)?', usage: 'VALUE (21.5)' },
  content: { pattern: '"[^"]*"|\\d+ KiB', usage: '"TEXT" or SIZE (20 KiB)' },
  op: { pattern: '[a-z][a-z0-9_-]*', usage: 'OPERATION' },
  offers: { pattern: '.+', usage: 'SERVICE[ 1.2.0][ room=kitchen][ as median of SERVICE@*][, SERVICE ...]' },
  views: { pattern: '.+', usage: 'NODE[, NODE ...] alive|suspect|dead|left|living|unknown[, ...]' },
  facts: { pattern: '[a-zA-Z.]+=[0-9.e-]+(?: [a-zA-Z.]+=[0-9.e-]+)*', usage: 'NAME=NUMBER[ NAME=NUMBER ...]' },
  meanwhile: { pattern: 'meanwhile', usage: 'meanwhile' },
  how: { pattern: '(?:calm|open|attacked)(?: and (?:calm|open|attacked))*', usage: 'calm|open|attacked[ and ...]' },
  parts: { pattern: '.*?', usage: 'NODE NODE ... | NODE ...' },
  groups: { pattern: '.+', usage: 'NODE NODE ... | NODE ...' },
};

export function form(template: string, make: Form['make']): Form {
  let pattern = '';
  let usage = '';
  for (const piece of template.match(/\{[^}]+\}|\[|\]|\||[^{}[\]|]+/g) ?? []) {
    const slot = /^\{(?:(\w+):)?(\w+)\}$/.exec(piece);
    const kind = KINDS[slot?.[2] ?? ''];
    if (slot !== null && kind !== undefined) {
      pattern += `(?<${slot[1] ?? slot[2]}>${kind.pattern})`;
      usage += kind.usage;
    } else {
      pattern += piece === '[' ? '(?:' : piece === ']' ? ')?' : piece;
      usage += piece;
    }
  }
  const words = template.replace(/\{[^}]+\}|[[\]]/g, ' ').match(/[a-z-]{2,}/g) ?? [];
  return { usage, words, pattern: new RegExp(`^${pattern}$`), make };
}

export function need(text: string | undefined): string {
  if (text === undefined) throw new Error('a form without its slot');
  return text;
}

export const listOf = (text: string | undefined): string[] => need(text).split(', ');

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

/** ms; 0 for a time that was left out. */
export function spanOf(text: string | undefined): number {
  const parts = /^([\d.]+) ?([a-z]+)$/.exec(text ?? '0ms');
  return Math.round(Number(parts?.[1]) * (UNITS[parts?.[2] ?? ''] ?? Number.NaN));
}

export const groupsOf = (text: string): string[][] =>
  text.split('|').map((group) => group.split(/[ ,]+/).filter((name) => name !== ''));
