/**
 * What the questions to storage take, for forms: see question.ts, which checks them.
 *
 * @module
 */
import type { Shape } from '../../os/operation.ts';

const filter: Readonly<Record<string, Shape>> = {
  service: { type: 'string', description: 'of this service' },
  node: { type: 'string', description: 'measured by this node' },
  unit: { type: 'string' },
  labels: { type: 'object', description: 'with these labels, such as {"room":"hall"}' },
};

const limit: Shape = { type: 'integer', minimum: 1, maximum: 4096 };

const span: Readonly<Record<string, Shape>> = {
  ...filter,
  from: { type: 'integer', minimum: 0, description: 'ms since 1970; without it, an hour before the end' },
  to: { type: 'integer', minimum: 0, description: 'ms since 1970; without it, now' },
  step: { type: 'integer', minimum: 1, description: 'ms: points of so long each instead of the readings' },
  points: { type: 'integer', minimum: 1, maximum: 2000, description: 'so many points instead of a step' },
  origin: { type: 'integer', description: 'ms since 1970 at which a step begins', default: 0 },
  limit: { ...limit, description: 'rows or points of a page', default: 1000 },
  after: { type: 'string', maxLength: 128, description: 'the `next` of the page before' },
};

export const QUERY: Shape = { type: 'object', properties: span };

export const EXPORT: Shape = {
  type: 'object',
  properties: { ...span, format: { type: 'string', enum: ['jsonl', 'csv'], default: 'jsonl' } },
};

export const LATEST: Shape = {
  type: 'object',
  properties: { ...filter, limit: { ...limit, description: 'series', default: 100 } },
};

export const SERIES: Shape = {
  type: 'object',
  properties: { ...filter, after: { type: 'integer', minimum: 0, description: 'the `next` of the page before' } },
};
