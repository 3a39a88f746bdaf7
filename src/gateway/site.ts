/**
 * The dashboard's files, as they were built: read once, served from memory, and told to the browser to be kept where their
 * name says which version they are.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing from elsewhere, and no page of elsewhere around it. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Where the build lies, beside `src` and `dist` alike. */
export const SITE_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url));

interface File {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer>;
}

export class Site {
  private readonly files = new Map<string, File>();

  constructor(folder: string = SITE_FOLDER) {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const plain = new Uint8Array(readFileSync(join(folder, name)));
      this.files.set(`/${name.replaceAll('\\', '/')}`, { type, plain, zipped: new Uint8Array(gzipSync(plain)) });
    }
  }

  /** The file at a path; the dashboard itself at `/`. undefined: there is none. */
  answer(path: string, encodings = ''): Response | undefined {
    const file = this.files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return path === '/' ? unbuilt() : undefined;
    const isZipped = /\bgzip\b/.test(encodings);
    return new Response(isZipped ? file.zipped : file.plain, {
      headers: {
        ...PAGE_HEADERS,
        'content-type': file.type,
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
      },
    });
  }
}

/** In a checkout in which nothing was built yet. */
const unbuilt = (): Response =>
  new Response(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>TDOS</title><h1>The dashboard is not built yet</h1>' +
      '<p>Run <code>npm run build:web</code> in the checkout, and start again. <a href="/api">The API</a> is here.',
    { status: 503, headers: { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' } },
  );
