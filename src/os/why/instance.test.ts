import { describe, expect, it } from 'vitest';
import { instant } from '../../base/time.ts';
import type { InstanceInfo } from '../os.ts';
import { type Facts, judge } from './instance.ts';
import type { End, Track } from './record.ts';

const NOW = instant(100_000);
const WALL = 1_750_000_000_000;

const instance = (changes: Partial<InstanceInfo> = {}): InstanceInfo => ({
  ...{ service: 'temp_sensor', version: '1.0.0', labels: {}, capabilities: ['read'] },
  ...{ node: 'kitchen', nodeId: 7, address: '10.0.0.7:4001', state: 'alive', sinceMs: 50_000, heardMs: 400 },
  ...{ epoch: 1, rttMs: 3.2, breaker: 'closed', unanswered: 0, v1: false, trusted: true, own: false },
  ...changes,
});

const ended = (changes: Partial<End> = {}): End => ({
  ...{ at: instant(NOW - 1000), service: 'temp_sensor', code: 'ok', message: '', tookMs: 4, tries: 1, stale: false },
  ...changes,
});
const silence = ended({ code: 'TIMEOUT', tries: 5, tookMs: 800 });

const track = (changes: Partial<Track> = {}): Track => ({
  ...{ name: 'kitchen', deeds: [], ends: [], offered: new Set<string>() },
  ...{ epoch: 1, restartedAt: undefined, silentSince: undefined },
  ...changes,
});

function judged(seen: Partial<InstanceInfo>, known: Partial<Track> = {}, changes: Partial<Facts> = {}) {
  const facts: Facts = {
    ...{ instance: instance(seen), intervalMs: 800, track: track(known), judges: true, now: NOW, wall: WALL },
    silentAround: () => ['kitchen'],
    ...changes,
  };
  return judge(facts);
}

describe('judge', () => {
  it('tells of a dead node since when, and why in its judge’s words', () => {
    const deeds = [
      { at: 1, text: 'temp_sensor: hall takes over from kitchen: no answer', service: 'temp_sensor' },
      { at: 2, text: 'another: hall takes over from kitchen: no answer', service: 'another' },
      { at: 3, text: 'kitchen is dead: no sign of life for 4.2 s, says k1', service: undefined },
    ];
    expect(judged({ state: 'dead', sinceMs: 2000 }, { deeds })).toEqual({
      cause: 'dead',
      what: 'temp_sensor@kitchen is dead',
      since: WALL - 2000,
      because: 'no sign of life for 4.2 s, says k1',
      history: [
        { at: 1, text: deeds[0]?.text },
        { at: 3, text: deeds[2]?.text },
      ],
    });
    expect(judged({ state: 'dead' }, {}, { wall: 0 }).since).toBe(0);
  });

  it('calls the network parted when others fell silent with it', () => {
    const { cause, because } = judged({ state: 'dead' }, {}, { silentAround: () => ['hall', 'kitchen'] });
    expect(cause).toBe('partition');
    expect(because).toMatch(/^hall fell silent at about the same time/);
  });

  it('tells a goodbye from silence', () => {
    expect(judged({ state: 'left' }).cause).toBe('left');
  });

  it('blames a link for a suspect that does not die, and waits with one that may', () => {
    expect(judged({ state: 'suspect', sinceMs: 6000 }).cause).toBe('not-reached');
    expect(judged({ state: 'suspect', sinceMs: 5999 }).cause).toBe('suspect');
  });

  it('takes silence that is no suspicion for announced, where it would hear', () => {
    const quiet = { heardMs: 9000 };
    expect(judged(quiet, { ends: [silence] }).cause).toBe('asleep');
    expect(judged(quiet, { ends: [silence] }, { judges: false }).cause).toBe('not-reached');
    expect(judged({ heardMs: 2000 }, { ends: [silence] }).cause).toBe('not-reached');
    expect(judged(quiet, { ends: [] }).cause).toBe('ok');
  });

  it('parts failures, slowness, lost datagrams and deaf ears by how calls ended', () => {
    const failed = ended({ code: 'FAILED', message: 'The sensor gives no data.' });
    const cases: [string, readonly End[]][] = [
      ['ok', [ended(), ended()]],
      ['failing', [failed, failed, ended()]],
      ['not-reached', [silence]],
      ['not-reached', [ended(), ended(), silence, silence, silence, silence]],
      ['lossy', [ended(), silence, ended({ tries: 2, tookMs: 110 }), ended()]],
      ['slow', [ended({ tookMs: 400 }), ended({ tookMs: 420 }), ended()]],
      ['slow', [ended({ code: 'TIMEOUT', tries: 1, tookMs: 800 })]],
      ['stale', [ended(), ended({ stale: true })]],
      ['ok', [ended({ tries: 2 }), ended(), ended()]],
    ];
    expect(cases.map(([, ends]) => judged({}, { ends }).cause)).toEqual(cases.map(([cause]) => cause));
    expect(judged({ breaker: 'open' }, { ends: [failed] }).cause).toBe('breaker-open');
    expect(judged({ rttMs: 300 }).cause).toBe('slow');
  });

  it('counts no call to another service, from long ago, or before a restart', () => {
    const old = [
      { ...silence, service: 'another' },
      { ...silence, at: instant(NOW - 15_000) },
      { ...silence, at: instant(NOW - 5000) },
    ];
    const restartedAt = instant(NOW - 5500);
    expect(judged({}, { ends: old, restartedAt })).toMatchObject({
      cause: 'restarted',
      what: 'temp_sensor@kitchen restarted',
      since: WALL - 5500,
    });
    expect(judged({}, { restartedAt: instant(NOW - 60_000) }).cause).toBe('ok');
  });
});
