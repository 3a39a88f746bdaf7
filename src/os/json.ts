/**
 * What may travel as an argument or a result: JSON, and nothing that JSON would silently change. `NaN` would become
 * `null`, a value that nobody measured.
 *
 * @module
 */

/** Deeper nesting is refused, and with it circles. */
const MAX_DEPTH = 32;

/** Why a value cannot travel as JSON, as the end of a sentence; undefined when it can. */
export function jsonFault(value: unknown, depth = 0): string | undefined {
  if (value === null) return undefined;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `holds ${value}, which JSON cannot say`;
    case 'object':
      return depth < MAX_DEPTH
        ? faultWithin(value, depth + 1)
        : `is nested more than ${MAX_DEPTH} deep, or in a circle`;
    default:
      return `holds a ${typeof value}, which JSON cannot say`;
  }
}

function faultWithin(value: object, depth: number): string | undefined {
  if ('toJSON' in value && typeof value.toJSON === 'function') return undefined;
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    const fault = jsonFault(part, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
