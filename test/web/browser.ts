/**
 * A browser for tests: Debian's Chromium without a window, and pages that remember what went wrong on them.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildWeb } from '../../tools/build-web.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Whether tests in a browser are to run; prints a line when they are not. With CI=true they must. */
export function browserRuns(what: string): boolean {
  const runs = existsSync(CHROMIUM) || process.env.CI === 'true';
  if (!runs) console.log(`skipped: ${what} (there is no ${CHROMIUM}; it is in the package chromium, or set CHROMIUM)`);
  return runs;
}

/** A page, and what it did that it should not have. */
export interface Watched {
  readonly page: Page;
  /** Errors on the console and in the page. */
  readonly errors: string[];
  /** Addresses asked for, without their paths. */
  readonly hosts: Set<string>;
  /** Bytes of everything that came, as it came over the wire. */
  bytes: number;
}

export class Browsing {
  private readonly browser: Browser;

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  /** Builds the dashboard where that is needed, and starts a browser. */
  static async start(): Promise<Browsing> {
    if (!buildWeb()) throw new Error('the dashboard could not be built');
    const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
    const args = ['--no-sandbox', ...quiet, '--disable-component-update', '--disable-sync'];
    return new Browsing(await chromium.launch({ executablePath: CHROMIUM, args }));
  }

  async page(width = 1280, height = 900, colorScheme: 'light' | 'dark' = 'light'): Promise<Watched> {
    const page = await this.browser.newPage({ viewport: { width, height }, colorScheme });
    const watched: Watched = { page, errors: [], hosts: new Set(), bytes: 0 };
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') watched.errors.push(message.text());
    });
    page.on('pageerror', (error) => watched.errors.push(error.message));
    page.on('request', (request) => watched.hosts.add(new URL(request.url()).host));
    page.on('response', (response) => {
      watched.bytes += Number(response.headers()['content-length'] ?? 0);
    });
    return watched;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** What axe finds serious or worse, as one line each. */
export async function barriers(page: Page): Promise<string[]> {
  // The page itself takes no script but its own: this one comes in beside its rules, as an extension's would.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    return (await inPage.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}
