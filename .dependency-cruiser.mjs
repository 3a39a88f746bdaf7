// The walls between the floors, as rules about imports. `npm run arch` checks them; test/walls.test.ts proves that each bites.

import { CORE_INTRODUCERS, CORE_VOCABULARY, FLOORS, HOST_KINDS, PORTABLE, REAL_IO } from './tools/floors.mjs';

const TEST = '\\.test\\.ts$';
const either = (names) => `(${names.join('|')})`;
const portable = `^src/${either(PORTABLE)}/`;
const packages = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

const upwards = FLOORS.slice(0, -1).map((floor, index) => ({
  name: 'floors-only-downwards',
  comment: `${floor.join(' and ')} may import only itself and the floors below`,
  severity: 'error',
  from: { path: `^src/${either(floor)}/` },
  to: { path: `^src/${either(FLOORS.slice(index + 1).flat())}/` },
}));

/** @type {{ forbidden: import('dependency-cruiser').IForbiddenRuleType[], options: import('dependency-cruiser').ICruiseOptions & Record<'tsConfig' | 'enhancedResolveOptions', object> }} */
export default {
  forbidden: [
    ...upwards,
    {
      name: 'floors-do-not-import-entries',
      comment:
        'src/index.ts and its neighbours are for those outside; inside, import the file itself (the command may use them)',
      severity: 'error',
      from: { path: `^src/${either(FLOORS.flat().filter((floor) => floor !== 'cli'))}/` },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'floors-are-listed',
      comment: 'every folder of src is a floor in tools/floors.mjs',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${either(FLOORS.flat())}/` },
      to: {},
    },
    {
      name: 'hosts-stand-apart',
      comment: 'the simulator does no real I/O, and hosts do not simulate',
      severity: 'error',
      from: { path: '^src/(hosts|sim)/' },
      to: { path: `^src/(sim|hosts/${either(HOST_KINDS)})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'host-kinds-stand-apart',
      comment: 'a host knows no other kind of host',
      severity: 'error',
      from: { path: `^src/hosts/${either(HOST_KINDS)}/` },
      to: { path: `^src/hosts/${either(HOST_KINDS)}/`, pathNot: '^src/hosts/$1/' },
    },
    {
      name: 'core-siblings-stand-apart',
      comment: 'a core file knows the vocabulary; only those that introduce them know its siblings',
      severity: 'error',
      from: { path: '^src/core/', pathNot: `^src/core/${either(CORE_INTRODUCERS)}\\.ts$|${TEST}` },
      to: { path: '^src/core/', pathNot: `^src/core/${either(CORE_VOCABULARY)}\\.ts$` },
    },
    {
      name: 'portable-no-builtins',
      comment: 'portable code reaches the outside through the host port',
      severity: 'error',
      from: { path: portable, pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'portable-no-packages',
      comment: 'portable code imports no package: hashing, deflate and UTF-8 come through the host port',
      severity: 'error',
      from: { path: portable, pathNot: TEST },
      to: { dependencyTypes: packages },
    },
    {
      name: 'portable-tests-few-packages',
      comment: 'tests of portable code use vitest and fast-check, and helpers from test/',
      severity: 'error',
      from: { path: `${portable}.*${TEST}` },
      to: { dependencyTypes: packages, pathNot: 'node_modules/(vitest|fast-check)/' },
    },
    {
      name: 'builtins-only-in-hosts',
      comment: `only ${REAL_IO.join(', ')} do real I/O`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${either(REAL_IO)}/|${TEST}|${portable}` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'src-stays-within',
      comment: 'shipped code imports nothing of test, tools, bench or examples, and no test file',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: `^(test|tools|bench|examples|boards|web)/|${TEST}` },
    },
    {
      name: 'no-dev-packages-shipped',
      comment: 'what src imports is in dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-optional'] },
    },
    {
      name: 'no-circles',
      comment: 'no file reaches itself through its imports, not even for types',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'every import leads somewhere',
      severity: 'error',
      from: { path: '^(src|test|examples|bench|tools)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|golden)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['tdos-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
