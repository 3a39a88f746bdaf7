/**
 * What happens, in plain words: the newest first, to be filtered by weight and by what is written.
 *
 * This is the one list that tells people why things are as they are; a page about a node or an instance shows its part of it.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import type { EventView, State } from './model.ts';
import { useLive } from './store.ts';
import { clock } from './words.ts';

const selectEvents = (state: State) => state.events;
const LEVELS = ['info', 'notice', 'warning', 'error'] as const;
type Level = (typeof LEVELS)[number];
const PAGE = 100;

interface ListProps {
  readonly limit: number;
  readonly least?: Level;
  /** Only events about this node, by id. */
  readonly nodeId?: string;
  /** And of these only those about this service, or about the node as a whole. */
  readonly service?: string;
  readonly search?: string;
}

const weight = (level: Level): number => LEVELS.indexOf(level);

function wanted(
  events: readonly EventView[],
  { least = 'info', nodeId, service, search = '' }: ListProps,
): EventView[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return events.filter(
    (event) =>
      weight(event.level) >= weight(least) &&
      (nodeId === undefined || event.nodeId === nodeId) &&
      (service === undefined || event.service === undefined || event.service === service) &&
      words.every((word) => event.text.toLowerCase().includes(word)),
  );
}

export function EventList(props: ListProps) {
  const events = wanted(useLive(selectEvents), props);
  if (events.length === 0)
    return <p class="quiet">{props.search ? 'Nothing matches.' : 'Nothing yet. What happens is told here.'}</p>;
  return (
    <div role="log" aria-label="Events, the newest first">
      <ol class="events">
        {events
          .slice(-props.limit)
          .reverse()
          .map(({ id, at, level, text }) => (
            <li key={id} class={level}>
              <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
              <span>
                {level !== 'info' && level !== 'notice' && <span class="hidden">{level}: </span>}
                {text}
              </span>
            </li>
          ))}
      </ol>
    </div>
  );
}

export function EventsPage() {
  const [least, setLeast] = useState<Level>('info');
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const count = wanted(useLive(selectEvents), { limit, least, search }).length;
  return (
    <>
      <h1 tabIndex={-1}>What happened</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          <span>Show</span>
          <select
            value={least}
            onChange={(event) => setLeast(LEVELS.find((level) => level === event.currentTarget.value) ?? 'info')}
          >
            <option value="info">everything</option>
            <option value="notice">what is notable</option>
            <option value="warning">warnings and worse</option>
            <option value="error">what is bad</option>
          </select>
        </label>
        <label class="grow">
          <span>Find</span>
          <input
            type="search"
            value={search}
            placeholder="a node, a service, a word"
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <p class="quiet" role="status">
          {count} {count === 1 ? 'event' : 'events'}
        </p>
      </form>
      <section class="card" aria-label="Events">
        <EventList limit={limit} least={least} search={search} />
        {count > limit && (
          <button type="button" onClick={() => setLimit(limit + PAGE)}>
            Show more
          </button>
        )}
      </section>
    </>
  );
}
