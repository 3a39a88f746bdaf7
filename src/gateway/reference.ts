/**
 * The reference of the API as one page, made from its OpenAPI document; it needs nothing else.
 *
 * @module
 */
import { ERRORS } from '../base/errors.ts';
import { API_ROOT } from './openapi.ts';
import { HTTP_ERRORS } from './problems.ts';
import { isSchema, type Route } from './route.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** `code` in backticks, as in Markdown. */
const prose = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
}

/** @param document - what {@link openApiOf} gave for the same routes. */
export function referencePage(routes: readonly Route[], document: Readonly<Record<string, unknown>>): string {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, { parameters: Parameter[] }>>>>;
  const sections = [...new Set(routes.map(({ tag }) => tag))].map((tag) => {
    const items = routes.filter((route) => route.tag === tag);
    return `<section><h2>${escaped(tag)}</h2>${items
      .map((route) => routeText(route, paths[`${API_ROOT}${route.address}`]?.[route.method]?.parameters ?? []))
      .join('')}</section>`;
  });
  const codes = Object.entries({ ...ERRORS, ...HTTP_ERRORS }).map(
    ([code, meaning]) => `<dt id="${code}"><code>${code}</code></dt><dd>${prose(meaning)}</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TDOS API</title>
<link rel="stylesheet" href="/api/reference.css">
<main>
<h1>The API of this cluster</h1>
<p>JSON over HTTP, below <code>${API_ROOT}</code>. The same as a document for programs: <a href="${API_ROOT}/openapi.json">OpenAPI</a>. <a href="/">The dashboard</a>.</p>
<pre><code>curl http://localhost:4080${API_ROOT}/resources/temp_sensor
curl http://localhost:4080${API_ROOT}/resources/display/write -H 'content-type: application/json' -d '{"value":"Dinner is ready"}'
curl -N 'http://localhost:4080${API_ROOT}/resources/temp_sensor/watch?everyMs=1000'</code></pre>
<p>Where a token is needed, add <code>-H 'authorization: Bearer TOKEN'</code>. Times are ms since 1970; spans are ms.</p>
${sections.join('\n')}
<section><h2>errors</h2><p>Problem details (RFC 9457), with a <code>code</code>:</p><dl>${codes.join('')}</dl></section>
</main>
`;
}

function routeText(route: Route, parameters: readonly Parameter[]): string {
  const { method, address, summary, role, takes, gives } = route;
  const rows = parameters.map(
    ({ name, in: place, required, description = '' }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}${required ? '' : ', optional'}</td><td>${prose(description)}</td></tr>`,
  );
  const body = takes.body === undefined ? '' : '<p>Takes a body of JSON.</p>';
  const stream = isSchema(gives)
    ? ''
    : `<p>Server-sent events: ${Object.keys(gives)
        .map((name) => `<code>${escaped(name)}</code>`)
        .join(', ')}.</p>`;
  const parts = rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
  return `<article><h3><b>${method.toUpperCase()}</b> <code>${escaped(API_ROOT + address)}</code></h3><p>${prose(summary)}${
    role === 'write' ? ' <small>(to write)</small>' : ''
  }</p>${parts}${body}${stream}</article>`;
}

export const REFERENCE_STYLE = `:root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif}
body{margin:0}main{max-width:52rem;margin:0 auto;padding:2rem 1.2rem 4rem}
h1{font-size:1.6rem}h2{margin-top:2.6rem;text-transform:capitalize;border-bottom:1px solid #8884}
h3{font-size:1rem;font-weight:400;margin:1.8rem 0 .2rem;overflow-wrap:anywhere}p{margin:.3rem 0}
code,pre{font:.9em/1.5 ui-monospace,monospace}pre{overflow-x:auto;padding:.9rem;border:1px solid #8884;border-radius:.5rem}
table{border-collapse:collapse;font-size:.9rem}td{padding:.15rem 1rem .15rem 0;vertical-align:top}dd{margin:0 0 .6rem 0}
a{color:LinkText}`;
