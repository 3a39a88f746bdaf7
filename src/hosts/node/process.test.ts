import { expect, test } from 'vitest';
import { program, type Running } from '../../../test/netns.ts';

const here = new URL('./process.ts', import.meta.url);

/** A process that would run for ever, closes by `close`, and says `closing` each time it is asked to. */
async function started(close: string): Promise<Running> {
  const running = program(`
    import { STOP_SIGNALS, stopOn } from '${here}';
    const hold = setInterval(() => {}, 1000);
    stopOn(STOP_SIGNALS, async () => { console.log('closing'); ${close} });
    console.log('up');
  `);
  await running.line('up');
  return running;
}

const closings = ({ lines }: Running): number => lines.filter((line) => line === 'closing').length;

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stopOn() closes once and exits with 0 on %s', async (signal) => {
  const running = await started('await new Promise((resolve) => setTimeout(resolve, 50));');
  running.process.kill(signal);
  expect([await running.exit, closings(running)]).toEqual([0, 1]);
});

test('stopOn() closes and exits when the parent is gone', async () => {
  const running = await started('');
  running.process.disconnect();
  expect([await running.exit, closings(running)]).toEqual([0, 1]);
});

test('stopOn() goes on closing when the parent is gone too', async () => {
  const running = await started('await new Promise((resolve) => setTimeout(resolve, 200));');
  running.process.kill('SIGTERM');
  await running.line('closing');
  running.process.disconnect();
  expect([await running.exit, closings(running)]).toEqual([0, 1]);
});

test('stopOn() exits at once on a second signal', async () => {
  const running = await started('await new Promise(() => {});');
  running.process.kill('SIGTERM');
  await running.line('closing');
  const asked = performance.now();
  running.process.kill('SIGINT');
  expect([await running.exit, closings(running)]).toEqual([130, 1]);
  expect(performance.now() - asked).toBeLessThan(800);
});

test('stopOn() exits after 900 ms when closing does not end', async () => {
  const running = await started('await new Promise(() => {});');
  const asked = performance.now();
  running.process.kill('SIGTERM');
  expect([await running.exit, closings(running)]).toEqual([1, 1]);
  expect(performance.now() - asked).toBeGreaterThan(850);
  expect(performance.now() - asked).toBeLessThan(2500);
});

test('stopOn() says why closing failed and exits with 1', async () => {
  const running = await started("throw new Error('the disk is full');");
  running.process.kill('SIGTERM');
  expect([await running.exit, running.lines.at(-1)]).toEqual([1, 'tdos: stopping failed: the disk is full']);
});

test('stopOn() stops listening when told', async () => {
  const running = program(`
    import { stopOn } from '${here}';
    stopOn(['SIGTERM'], async () => console.log('closing'))();
    console.log('up');
    setInterval(() => {}, 1000);
  `);
  await running.line('up');
  running.process.kill('SIGTERM');
  expect([await running.exit, running.process.signalCode, closings(running)]).toEqual([null, 'SIGTERM', 0]);
});

test('stopOn() does not keep a process running that has nothing more to do', async () => {
  const running = program(`import { stopOn } from '${here}'; stopOn(['SIGTERM'], async () => {});`);
  expect([await running.exit, running.lines]).toEqual([0, []]);
});
