/**
 * The frame of the page: what is always there, the state of the connection, and the page that was asked for.
 *
 * @module
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { keepToken } from './api.ts';
import { EventsPage } from './events.tsx';
import { retryNow } from './feed.ts';
import { InstancePage } from './instance.tsx';
import type { Connection, State } from './model.ts';
import { NodePage } from './node.tsx';
import { Overview } from './overview.tsx';
import { type Route, useRoute } from './route.ts';
import { ServicePage } from './services.tsx';
import { useLive, useNow } from './store.ts';
import { span } from './words.ts';

const selectConnection = (state: State): Connection => state.connection;
const selectSession = (state: State) => state.session;

export function App() {
  const connection = useLive(selectConnection);
  const session = useLive(selectSession);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // Who follows a link with a screen reader or the keyboard goes on where the new page begins.
    if (!isFirst.current) main.current?.querySelector<HTMLElement>('h1')?.focus();
    isFirst.current = false;
    document.title = `${titleOf(route)} · TDOS`;
  }, [route]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.querySelector<HTMLElement>('h1')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href="#/">
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <path d="M16 16 6 8M16 16l11-6M16 16l-3 12M16 16l10 9" />
            <circle cx="16" cy="16" r="6" />
            <circle cx="6" cy="8" r="3.2" />
            <circle cx="27" cy="10" r="3.2" />
            <circle cx="13" cy="28" r="3.2" />
            <circle cx="26" cy="25" r="3.2" />
          </svg>
          TDOS
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={route.page === 'overview' ? 'page' : undefined}>
            Cluster
          </a>
          <a href="#/events" aria-current={route.page === 'events' ? 'page' : undefined}>
            Events
          </a>
          <a href="./api">API</a>
        </nav>
        <Seen connection={connection} name={session?.name} />
      </header>
      {connection.is === 'lost' && <Lost connection={connection} />}
      <main id="main" ref={main} class={connection.is === 'lost' ? 'old' : undefined}>
        {connection.is === 'refused' ? (
          <AskToken reason={connection.reason} />
        ) : (
          <Page route={route} known={session !== undefined} />
        )}
      </main>
    </>
  );
}

const titleOf = (route: Route): string => {
  if (route.page === 'service' || route.page === 'instance') return route.service;
  return { overview: 'Cluster', events: 'Events', node: 'Node' }[route.page];
};

function Page({ route, known }: { readonly route: Route; readonly known: boolean }) {
  if (!known) return <Waiting />;
  switch (route.page) {
    case 'overview':
      return <Overview />;
    case 'events':
      return <EventsPage />;
    case 'service':
      return <ServicePage key={route.service} service={route.service} />;
    case 'node':
      return <NodePage key={route.id} id={route.id} />;
    case 'instance':
      return <InstancePage key={`${route.service}@${route.id}`} service={route.service} id={route.id} />;
  }
}

function Waiting() {
  return (
    <div class="waiting" role="status">
      <h1 tabIndex={-1}>Connecting…</h1>
      <div class="ghosts" aria-hidden="true">
        <div class="ghost tall" />
        <div class="ghost" />
        <div class="ghost" />
      </div>
    </div>
  );
}

function Seen({ connection, name }: { readonly connection: Connection; readonly name: string | undefined }) {
  if (connection.is === 'open')
    return (
      <p class="seen">
        <span class="dot alive" aria-hidden="true" />
        <span>
          live<span class="wide">, seen from {name}</span>
        </span>
      </p>
    );
  const words = { connecting: 'connecting', lost: 'no connection', refused: 'token needed' }[connection.is];
  return (
    <p class="seen">
      <span class="dot suspect" aria-hidden="true" />
      {words}
    </p>
  );
}

function Lost({ connection }: { readonly connection: Extract<Connection, { is: 'lost' }> }) {
  const now = useNow(500);
  const inSeconds = Math.max(0, Math.ceil((connection.retryAt - now) / 1000));
  return (
    <div class="lost" role="alert">
      <p>
        <strong>The connection is lost.</strong> What you see is {span(now - connection.since)} old.
        <span aria-hidden="true"> {inSeconds > 0 ? `Trying again in ${inSeconds} s.` : 'Trying again…'}</span>
      </p>
      <button type="button" onClick={retryNow}>
        Try now
      </button>
    </div>
  );
}

function AskToken({ reason }: { readonly reason: string }) {
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    keepToken(token.trim());
    retryNow();
  };
  return (
    <section class="narrow">
      <h1 tabIndex={-1}>This cluster asks for a token</h1>
      <p>The kernel showed two when its gateway was first started: one to read, one to write.</p>
      <form onSubmit={submit} class="card form">
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={token.trim() === ''}>
          Open
        </button>
        <p class="quiet">{reason}</p>
      </form>
    </section>
  );
}
