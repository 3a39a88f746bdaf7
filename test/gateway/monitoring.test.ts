/** What Prometheus makes of a cluster: the metrics as promtool sees them, and the alert rules in a real Prometheus. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempSensor } from '../../src/services/sensors.ts';
import { until } from '../cli/house.ts';
import { freePort } from '../cli/tdos.ts';
import { withKey } from '../keys.ts';
import { program, Running } from '../netns.ts';
import { Door } from './door.ts';

const folder = fileURLToPath(new URL('../../monitoring/', import.meta.url));

function prometheusRuns(): boolean {
  const runs = existsSync('/usr/bin/promtool') || process.env.CI === 'true';
  if (!runs) console.log('skipped: metrics in Prometheus (there is no promtool; it is in the package prometheus)');
  return runs;
}

describe.runIf(prometheusRuns())('Prometheus', () => {
  let door: Door;
  let home: string;

  beforeAll(async () => {
    door = await Door.open();
    home = mkdtempSync(join(tmpdir(), 'tdos-prometheus-'));
    await door.house.node('hall', [tempSensor(() => 1)]);
    await until(() => door.kernel.list().length === 1, 'the sensor');
    await door.kernel.read('temp_sensor');
    await door.ask('/cluster');
    await door.ask('/nowhere');
  });
  afterAll(async () => {
    await door.close();
    rmSync(home, { recursive: true, force: true });
  });

  /** @throws with what promtool says. */
  const promtool = (args: readonly string[], input?: string): string =>
    execFileSync('promtool', args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });

  test('finds nothing wrong with the names, types and helps of the metrics', async () => {
    const { headers, text } = await door.ask('//metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(promtool(['check', 'metrics'], text)).toBe('');
    expect(text).toContain('tdos_node_up{node="hall"} 1');
    expect(text).toContain('tdos_service_instances{service="temp_sensor",state="alive"} 1');
    expect(text).toMatch(/tdos_rtt_seconds\{service="temp_sensor",node="hall"\} 0\.0/);
    expect(text).toContain('tdos_http_requests_total{status="404"} 1');
    expect(text).toMatch(/tdos_events_total\{type="service"\} [1-9]/);
  });

  test('takes the rules and the configuration, and the Grafana dashboard asks only for metrics that there are', async () => {
    expect(promtool(['check', 'rules', join(folder, 'tdos.rules.yml')])).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool(['check', 'config', join(folder, 'prometheus.yml')])).toContain('SUCCESS');
    const { text } = await door.ask('//metrics');
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const dashboard = readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8');
    const rules = readFileSync(join(folder, 'tdos.rules.yml'), 'utf8');
    const asked = [...`${dashboard} ${rules}`.matchAll(/\b(tdos|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name);
    const unknown = asked.filter((name) => !known.has(name) && !known.has(name.replace(/_bucket$/, '')));
    expect(asked.length).toBeGreaterThan(20);
    expect([...new Set(unknown)]).toEqual([]);
  });

  test('fires when a board dies, and says which', async () => {
    const board = program(`
      import { boot } from '${new URL('../../src/index.ts', import.meta.url)}';
      import { tempSensor } from '${new URL('../../src/services/sensors.ts', import.meta.url)}';
      await boot({ name: 'attic', port: ${door.house.port}, home: '${withKey(home)}', durable: false, services: [tempSensor(() => 1)] });
    `);
    await until(
      () => door.kernel.nodes().some(({ node, state }) => node === 'attic' && state === 'alive'),
      'the board',
    );
    const config = readFileSync(join(folder, 'prometheus.yml'), 'utf8')
      .replace('127.0.0.1:4080', `127.0.0.1:${door.port}`)
      .replace('5s', '500ms')
      .replace('[tdos.rules.yml]', `['${join(folder, 'tdos.rules.yml')}']`);
    writeFileSync(join(home, 'prometheus.yml'), `global: { evaluation_interval: 500ms }\n${config}`);
    const port = await freePort();
    const prometheus = new Running(
      spawn(
        'prometheus',
        [
          `--config.file=${join(home, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(home, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      ),
    );
    const firing = async (): Promise<string[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined);
      if (answer === undefined) return [];
      const { data } = (await answer.json()) as {
        data: { alerts: { state: string; labels: Record<string, string>; annotations: Record<string, string> }[] };
      };
      return data.alerts.filter(({ state }) => state === 'firing').map(({ annotations }) => annotations.summary ?? '');
    };
    try {
      await expect
        .poll(
          () =>
            fetch(`http://127.0.0.1:${port}/-/ready`).then(
              ({ ok }) => ok,
              () => false,
            ),
          { timeout: 15_000 },
        )
        .toBe(true);
      await expect
        .poll(() => fetch(`http://127.0.0.1:${port}/api/v1/query?query=tdos_node_up`).then((answer) => answer.text()), {
          timeout: 10_000,
        })
        .toContain('attic');
      expect(await firing()).toEqual([]);
      await board.stop();
      await expect.poll(firing, { timeout: 20_000 }).toEqual(['attic is dead']);
    } finally {
      await prometheus.stop();
      await board.stop();
    }
  }, 60_000);
});
