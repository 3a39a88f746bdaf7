/**
 * The screens of the cluster, mirrored: what each display shows now, and a line to write on it.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import { call, told } from './api.ts';
import { isScreen } from './groups.ts';
import { type InstanceView, instanceKey, type LiveReadingView, type State } from './model.ts';
import { instanceLink } from './route.ts';
import { StateMark } from './state-mark.tsx';
import { useLive } from './store.ts';

const selectInstances = (state: State) => state.instances;
const selectReadings = (state: State) => state.readings;
const selectSession = (state: State) => state.session;
const SCREENS = 4;

/** Everything that can be read and written and shows text. */
export function Screens() {
  const readings = useLive(selectReadings);
  const screens = [...useLive(selectInstances).values()].filter(
    (instance) => isScreen(instance) && textOf(readings.get(instanceKey(instance))?.reading) !== undefined,
  );
  return (
    <>
      {screens.slice(0, SCREENS).map((instance) => (
        <section key={instanceKey(instance)} class="card" aria-label={`Screen of ${instance.node}`}>
          <div class="card-head">
            <h2>
              <a href={instanceLink(instance.service, instance.nodeId)}>{instance.service}</a>
            </h2>
            <span class="quiet">
              <StateMark state={instance.state} /> {instance.node}
            </span>
          </div>
          <pre class="screen" aria-live="polite" tabIndex={0}>
            {textOf(readings.get(instanceKey(instance))?.reading) || ' '}
          </pre>
          <WriteLine instance={instance} />
        </section>
      ))}
    </>
  );
}

const textOf = (reading: LiveReadingView | undefined): string | undefined =>
  reading !== undefined && reading.quality !== 'none' && typeof reading.value === 'string' ? reading.value : undefined;

type Outcome = { readonly text: string; readonly isBad: boolean };

function WriteLine({ instance }: { readonly instance: InstanceView }) {
  const role = useLive(selectSession)?.role;
  const [text, setText] = useState('');
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  const [isBusy, setBusy] = useState(false);
  if (role !== 'write') return <p class="quiet">Your token may only read.</p>;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await call(`${instance.service}@${instance.node}`, 'write', text);
      setText('');
      setOutcome({ text: 'Written.', isBad: false });
    } catch (error) {
      setOutcome({ text: told(error), isBad: true });
    }
    setBusy(false);
  };
  const id = `write-${instance.nodeId}-${instance.service}`;
  return (
    <form class="write" onSubmit={submit}>
      <label class="hidden" for={id}>
        Text for {instance.service} on {instance.node}
      </label>
      <input id={id} value={text} placeholder="Write on it" onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit" disabled={isBusy || text === ''}>
        Write
      </button>
      <p class={outcome?.isBad ? 'bad' : 'quiet'} role="status">
        {outcome?.text}
      </p>
    </form>
  );
}
