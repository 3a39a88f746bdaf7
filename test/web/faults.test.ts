/** The dashboard of a live simulated cluster: its buttons do harm, and undo it; and a page that may only read has none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from '../cli/tdos.ts';
import type { Running } from '../netns.ts';
import { Browsing, barriers, browserRuns } from './browser.ts';

describe.runIf(browserRuns('the dashboard of a simulated cluster'))('The dashboard of a simulated cluster', () => {
  let site: Site;
  let sim: Running;
  let browsing: Browsing;

  beforeAll(async () => {
    browsing = await Browsing.start();
    site = await Site.open();
    sim = site.start(['sim', '--live', '--http', '0', '--nodes', '4', '--faults', 'none', '--seed', '7']);
  }, 60_000);
  afterAll(async () => {
    await browsing.close();
    await sim.stop();
    await site.close();
  });

  test('cuts the power of a node, shows it dead, and brings it back', async () => {
    const url = (await sim.line('Dashboard and API: ')).replace('Dashboard and API: ', '');
    const { page, errors } = await browsing.page();
    await page.goto(url);
    await page.getByText('This cluster is simulated.').waitFor();
    await page.locator('.node.alive[data-name="n3"] a').click();
    await page.getByRole('button', { name: 'Cut its power' }).click();
    await page.locator('.active-faults:has-text("n3 is without power")').waitFor();
    await page.locator('h1 .state.dead').waitFor({ timeout: 15_000 });
    await page.locator('.events li:has-text("fault begins: n3 is without power")').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'End: n3 is without power' }).click();
    await page.locator('h1 .state.alive').waitFor({ timeout: 15_000 });
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);
});

describe.runIf(browserRuns('the dashboard behind a token'))('The dashboard behind a token', () => {
  test('asks for the token, takes it from the address too, and offers nothing that a reader may not do', async () => {
    const browsing = await Browsing.start();
    const site = await Site.open();
    const kernel = site.start(['kernel', '--http', '0', '--http-token', '--name', 'k']);
    site.start(['display', '--name', 'board']);
    const url = (await kernel.line('Dashboard and API: ')).replace('Dashboard and API: ', '');
    const read = (await kernel.line('to read')).replace(/.* /, '');
    const { page } = await browsing.page(390, 844);
    await page.goto(url);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('A token is needed').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel('Token').fill(read);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('.node[data-name="board"]').waitFor();
    await page.getByText('Your token may only read.').waitFor();
    const write = (await kernel.line('to write')).replace(/.* /, '');
    const { page: other } = await browsing.page();
    await other.goto(`${url}/#token=${write}`);
    await other.getByLabel('Text for display on board').waitFor();
    expect(other.url()).not.toContain(write);
    await browsing.close();
    await site.close();
  }, 60_000);
});
