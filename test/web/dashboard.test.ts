/** The dashboard as a person uses it: a real cluster of processes, a real browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, Site } from '../cli/tdos.ts';
import type { Running } from '../netns.ts';
import { Browsing, barriers, browserRuns, type Watched } from './browser.ts';

const NODES = ['kernel', 'kitchen', 'hall', 'bath', 'balcony', 'machine', 'display', 'storage'];
/** ms in which a dead board is known to be dead, with what the page and a busy machine add. */
const DEATH_MS = 12_000;

describe.runIf(browserRuns('the dashboard'))('The dashboard', () => {
  let site: Site;
  let up: Running;
  let browsing: Browsing;
  let url: string;
  let port: number;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    browsing = await Browsing.start();
    site = await Site.open();
    port = await freePort();
    up = site.start(['up', '--http', String(port), '--every', '10m']);
    url = (await up.line('Dashboard: ', 0, 30_000)).replace(/.*(http\S+).*/, '$1');
    watched = await browsing.page();
    page = watched.page;
  }, 60_000);
  afterAll(async () => {
    await browsing.close();
    up.process.kill('SIGTERM');
    await up.exit;
    await site.close();
  });

  const pidOf = (name: string): number =>
    Number(up.lines.map((line) => new RegExp(`^${name} .* (\\d+)\\s*$`).exec(line)?.[1]).find(Boolean));
  const mark = (name: string, state: string) => page.locator(`.node.${state}[data-name="${name}"]`);

  test('shows every node within 2 s, with less than 60 KB, and asks nobody else', async () => {
    const begun = performance.now();
    await page.goto(url);
    for (const name of NODES) await mark(name, 'alive').waitFor({ timeout: 2000 });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await page.locator('h1').textContent()).toMatch(/^\d+ nodes, all well$/);
    expect(watched.bytes).toBeGreaterThan(10_000);
    expect(watched.bytes).toBeLessThan(60_000);
    expect([...watched.hosts]).toEqual([new URL(url).host]);
    expect(watched.errors).toEqual([]);
  });

  test('has nothing in the way of those who cannot see or use a mouse, in light and dark, wide and narrow', async () => {
    await page.goto(`${url}/#/`);
    const id = await page.locator('.node[data-name="kitchen"]').getAttribute('data-node');
    for (const [width, scheme] of [
      [1280, 'light'],
      [390, 'dark'],
      [390, 'light'],
    ] as const) {
      const other = await browsing.page(width, 844, scheme);
      for (const hash of ['', '#/events', '#/service/temp_sensor', `#/instance/temp_sensor/${id}`, `#/node/${id}`]) {
        await other.page.goto(`${url}/${hash}`);
        await other.page.locator('h1:not(:has-text("Connecting"))').waitFor();
        await other.page
          .locator(hash === '' ? '.big' : '.card')
          .first()
          .waitFor();
        expect(await barriers(other.page)).toEqual([]);
        const overflow = await other.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect([hash, overflow]).toEqual([hash, 0]);
      }
      expect(other.errors).toEqual([]);
      await other.page.close();
    }
  }, 60_000);

  test('is walked by keyboard: to a node on the map, to its page, and back', async () => {
    await page.goto(`${url}/`);
    await mark('kitchen', 'alive').waitFor();
    await page.locator('.node[data-name="kitchen"] a').focus();
    await page.keyboard.press('Enter');
    await page.locator('h1:has-text("kitchen")').waitFor();
    expect(await page.evaluate("document.activeElement?.tagName + ' ' + document.title")).toBe('H1 Node · TDOS');
    await page.goBack();
    await mark('kitchen', 'alive').waitFor();
  });

  test('mirrors a display, and writes on it', async () => {
    await page.goto(`${url}/#/`);
    const box = page.getByLabel('Text for display on display');
    await box.fill('Dinner is ready');
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.locator('.screen:has-text("Dinner is ready")').waitFor({ timeout: 4000 });
    await up.line('DISPLAY: Dinner is ready');
  });

  test('calls an operation by its form, and shows what is wrong with bad input', async () => {
    await page.goto(`${url}/#/service/storage`);
    await page.getByRole('link', { name: 'storage', exact: true }).first().click();
    const form = page.locator('form.call:has(h3:has-text("append"))');
    await form.getByLabel('Arguments, as JSON').fill('{"rows": 7}');
    await form.getByRole('button').click();
    await form.locator('.bad:has-text("must be")').waitFor();
    expect(await form.locator('.bad code').textContent()).toBe('BAD_ARGUMENT');
    await form.getByLabel('Arguments, as JSON').fill('{"rows": ');
    await form.getByRole('button').click();
    await form.locator('.bad:has-text("This is no JSON")').waitFor();
    const read = page.locator('form.call:has(h3:has-text("stats"))');
    await read.getByRole('button').click();
    await read.locator('.result:has-text("node")').waitFor();
  });

  test('draws how a value went, since it was opened and from the storage', async () => {
    const id = await page.request.get(`${url}/api/v1/nodes/hall`).then(async (answer) => (await answer.json()).id);
    await page.goto(`${url}/#/instance/temp_sensor/${id}`);
    await page.locator('.history:has-text("points between") .u-wrap canvas').waitFor({ timeout: 8000 });
    await page.getByRole('button', { name: '1 hour' }).click();
    await page.locator('.history:has-text("from storage")').waitFor({ timeout: 15_000 });
  });

  test('sees a killed board suspect, then dead, its readings come from the sibling, and the board come back', async () => {
    await page.goto(`${url}/#/`);
    const card = page.locator('[data-service="temp_sensor"]');
    await mark('kitchen', 'alive').waitFor();
    const killed = performance.now();
    process.kill(pidOf('kitchen'), 'SIGKILL');
    await mark('kitchen', 'suspect').waitFor({ timeout: DEATH_MS });
    await mark('kitchen', 'dead').waitFor({ timeout: DEATH_MS });
    expect(performance.now() - killed).toBeLessThan(DEATH_MS);
    await page.locator('h1:has-text("kitchen is dead")').waitFor();
    await card.locator('.from:has-text("from hall")').waitFor();
    await card.locator('li.dead:has-text("kitchen")').waitFor();
    await page.locator('.events .error:has-text("kitchen is dead")').waitFor();
    // Why, on its page: asked at once, and told with times.
    await page.locator('li.dead:has-text("kitchen") a').first().click();
    const why = page.locator('section[aria-labelledby="why-title"]');
    await why.locator('strong:has-text("temp_sensor@kitchen is dead")').waitFor();
    expect(await why.textContent()).toMatch(/is dead since \d\d:\d\d:\d\d: .*kitchen is suspect.*As of /);
    await page.goto(`${url}/#/`);
    const back = site.start(['sensor', 'temp_sensor', '--label', 'room=kitchen', '--name', 'kitchen']);
    await mark('kitchen', 'alive').waitFor({ timeout: DEATH_MS });
    await page.locator('h1:has-text("all well")').waitFor();
    expect(back.process.exitCode).toBeNull();
  }, 60_000);

  test('filters what happened by its weight and by words', async () => {
    await page.goto(`${url}/#/events`);
    const rows = page.locator('.events li');
    await rows.filter({ hasText: 'kitchen is dead' }).waitFor();
    const all = await rows.count();
    await page.getByLabel('Show').selectOption('error');
    await expect.poll(() => rows.count()).toBeLessThan(all);
    for (const text of await rows.allInnerTexts()) expect(text).toMatch(/is dead|lost|two nodes/);
    await page.getByLabel('Show').selectOption('info');
    await page.getByLabel('Find').fill('hall offers');
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('hall offers temp_sensor')]);
    await page.getByLabel('Find').fill('no such thing');
    await page.getByText('Nothing matches.').waitFor();
  });

  test('says that the connection is lost, and goes on by itself when it is back', async () => {
    await page.goto(`${url}/#/`);
    await mark('hall', 'alive').waitFor();
    watched.errors.length = 0;
    process.kill(pidOf('kernel'), 'SIGKILL');
    await page.getByRole('alert').filter({ hasText: 'The connection is lost' }).waitFor({ timeout: 5000 });
    expect(await mark('hall', 'alive').count()).toBe(1);
    site.start(['kernel', '--http', String(port), '--name', 'kernel']);
    await page.getByRole('alert').waitFor({ state: 'detached', timeout: 20_000 });
    await page.locator('h1:has-text("all well")').waitFor({ timeout: 20_000 });
    // Out of reach is all that went wrong.
    expect(watched.errors.filter((text) => !text.includes('net::ERR_'))).toEqual([]);
  }, 60_000);
});
