/**
 * The operations of an instance, each with a form: made from what the service says that it takes, or a field for JSON where
 * it says nothing. What is wrong with the input the service itself says best.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import type { Shape } from '../../src/os/operation.ts';
import { call, Refusal, told } from './api.ts';
import type { InstanceView, State } from './model.ts';
import { useLive } from './store.ts';

const selectSession = (state: State) => state.session;

type Shapes = Readonly<Record<string, Shape>>;

export function Calls({ instance }: { readonly instance: InstanceView }) {
  const resource = `${instance.service}@${instance.node}`;
  const mayWrite = useLive(selectSession)?.role === 'write';
  const [shapes, setShapes] = useState<Shapes>({});
  const tells = instance.operations.some(({ name }) => name === 'describe');
  useEffect(() => {
    if (!tells || !mayWrite) return;
    call(resource, 'describe', undefined).then(
      (answer) => setShapes(typeof answer === 'object' && answer !== null ? (answer as Shapes) : {}),
      () => setShapes({}),
    );
  }, [resource, tells, mayWrite]);
  const operations = instance.operations.filter(({ name }) => name !== 'describe');
  return (
    <section class="card" aria-labelledby="operations">
      <h2 id="operations">What it can do</h2>
      {!mayWrite && <p class="quiet">Your token may only read, so nothing can be called here.</p>}
      {operations.map(({ name, safe }) => (
        <CallForm
          key={`${name} ${shapes[name] === undefined}`}
          resource={resource}
          operation={name}
          isSafe={safe}
          shape={shapes[name]}
          disabled={!mayWrite}
        />
      ))}
    </section>
  );
}

interface FormProps {
  readonly resource: string;
  readonly operation: string;
  readonly isSafe: boolean;
  readonly shape: Shape | undefined;
  readonly disabled: boolean;
}

type Outcome =
  | { readonly is: 'done'; readonly text: string }
  | { readonly is: 'failed'; readonly text: string; readonly code: string };

function CallForm({ resource, operation, isSafe, shape, disabled }: FormProps) {
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(() => defaultsOf(shape));
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setOutcome(await run(resource, operation, shape, fields));
    setBusy(false);
  };
  const id = `op-${operation}`;
  const input = (name: string, part: Shape | undefined, label: string, needed: boolean) => (
    <Field
      key={name}
      id={`${id}-${name}`}
      label={label}
      shape={part}
      needed={needed}
      value={fields[name] ?? ''}
      onInput={(value) => setFields({ ...fields, [name]: value })}
    />
  );
  return (
    <form class="call form" noValidate onSubmit={submit} aria-labelledby={id}>
      <h3 id={id}>
        {operation} <span class="quiet">{isSafe ? 'may be repeated' : 'runs at most once'}</span>
      </h3>
      {shape?.type === 'object'
        ? Object.entries(shape.properties ?? {}).map(([name, part]) =>
            input(name, part, name, shape.required?.includes(name) ?? false),
          )
        : operation !== 'read' && input('', shape, shape === undefined ? 'Arguments, as JSON' : 'Value', false)}
      <button type="submit" disabled={disabled || isBusy}>
        {isBusy ? 'Calling…' : `Call ${operation}`}
      </button>
      <div role="status">
        {outcome?.is === 'done' && (
          <pre class="result" tabIndex={0}>
            {outcome.text}
          </pre>
        )}
        {outcome?.is === 'failed' && (
          <p class="bad">
            {outcome.text} <code>{outcome.code}</code>
          </p>
        )}
      </div>
    </form>
  );
}

async function run(
  resource: string,
  operation: string,
  shape: Shape | undefined,
  fields: Readonly<Record<string, string>>,
): Promise<Outcome> {
  let args: unknown;
  try {
    args = argsOf(shape, fields);
  } catch {
    return { is: 'failed', code: 'JSON', text: 'This is no JSON. Texts need quotes: "hall".' };
  }
  try {
    return { is: 'done', text: JSON.stringify(await call(resource, operation, args), null, 2) };
  } catch (error) {
    return { is: 'failed', text: told(error), code: error instanceof Refusal ? error.code : 'OFFLINE' };
  }
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly shape: Shape | undefined;
  readonly needed: boolean;
  readonly value: string;
  onInput(value: string): void;
}

function Field({ id, label, shape, needed, value, onInput }: FieldProps) {
  const attributes = { id, value, 'aria-describedby': shape?.description === undefined ? undefined : `${id}-about` };
  const take = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onInput(event.currentTarget.value);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {needed && <span class="quiet"> (needed)</span>}
      </label>
      {shape?.enum !== undefined || shape?.type === 'boolean' ? (
        <select {...attributes} onChange={take}>
          <option value="">–</option>
          {(shape.enum ?? ['true', 'false']).map((choice) => (
            <option key={choice} value={String(choice)}>
              {choice}
            </option>
          ))}
        </select>
      ) : isLong(shape) ? (
        <textarea {...attributes} rows={2} spellcheck={false} onInput={take} />
      ) : (
        <input {...attributes} inputMode={isNumber(shape) ? 'decimal' : undefined} onInput={take} />
      )}
      {shape?.description !== undefined && (
        <p class="quiet" id={`${id}-about`}>
          {shape.description}
        </p>
      )}
    </div>
  );
}

const isNumber = (shape: Shape | undefined): boolean => shape?.type === 'number' || shape?.type === 'integer';
const isLong = (shape: Shape | undefined): boolean =>
  shape?.type === undefined || shape.type === 'array' || shape.type === 'object' || (shape.maxLength ?? 0) > 200;

function defaultsOf(shape: Shape | undefined): Record<string, string> {
  const parts: [string, Shape][] =
    shape?.type === 'object' ? Object.entries(shape.properties ?? {}) : [['', shape ?? {}]];
  return Object.fromEntries(
    parts.flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}

/** What was filled in, as what the operation takes. @throws SyntaxError for what is to be JSON and is none */
function argsOf(shape: Shape | undefined, fields: Readonly<Record<string, string>>): unknown {
  if (shape?.type !== 'object') return filledIn(shape, fields[''] ?? '');
  const filled = Object.entries(shape.properties ?? {}).flatMap(([name, part]) => {
    const value = filledIn(part, fields[name] ?? '');
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(filled);
}

function filledIn(shape: Shape | undefined, text: string): unknown {
  if (shape?.type === 'string') return text;
  if (text.trim() === '') return undefined;
  // What is no number goes out as it is: the service says what it wanted.
  if (isNumber(shape)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (shape?.enum?.includes(text)) return text;
  return JSON.parse(text);
}
