// Lets any file say `import 'tdos'`, wherever it lies: `tdos run /anywhere/app.ts` needs no install beside the app, and gets
// the very copy of TDOS that runs it. In a checkout that copy is src/, otherwise dist/.
// The launcher loads this file; a process or worker started without the launcher may ask for it: `node --import .../bin/resolve.mjs`.

import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

const here = new URL('../package.json', import.meta.url);

/** True in a checkout: the sources lie beside the launcher, and are what runs. */
export const fromSource = existsSync(new URL('src', here));

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== 'tdos' && !specifier.startsWith('tdos/')) return nextResolve(specifier, context);
    const conditions = fromSource ? ['tdos-source', ...context.conditions] : context.conditions;
    return nextResolve(specifier, { ...context, conditions, parentURL: here.href });
  },
});
