// What a board gets: a program with all that it imports in one minified file. Names of members that only TDOS itself
// uses are made short, which takes a quarter off: the rules for which these are stand here.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import ts from 'typescript';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const FLOORS = ['base', 'wire', 'core', 'os', 'hosts/xs'];
/** What apps, hosts and services name, and what travels as JSON. Private members may be renamed here too. */
const PUBLIC =
  /^(base|hosts\/xs)\/|^(core\/config|wire\/v1|os\/(os|host|handle|group|reading|service|operation|boot|signal))\.ts$/;
/** Types of other files that apps and hosts name. */
const PUBLIC_TYPES = ['ClusterEvent', 'OwnService', 'Result', 'Codec', 'Abilities'];

export interface Bundle {
  readonly code: string;
  /** Bytes of source that each file brought, before it was minified. */
  readonly modules: ReadonlyMap<string, number>;
}

export interface BundleOptions {
  /** `iife`: a script; what the entry exports becomes the global `program`. @default 'esm' */
  readonly format?: 'esm' | 'iife';
  /** Make names of members short that only TDOS uses. @default true */
  readonly mangle?: boolean;
}

/** Bundles a program for a board. What comes from Moddable stays an import. */
export async function bundle(entry: string, { format = 'esm', mangle = true }: BundleOptions = {}): Promise<Bundle> {
  const build = await rolldown({
    input: join(HOME, entry),
    platform: 'neutral',
    external: /^(embedded:|mc\/|commodetto\/|pins\/)|^(preference|timer|time|crypt|Resource)$/,
    treeshake: { moduleSideEffects: false },
    logLevel: 'warn',
  });
  const plain = (await build.generate({ format, name: 'program' })).output[0];
  const modules = Object.entries(plain.modules).map(
    ([path, { renderedLength }]) => [relative(HOME, path), renderedLength] as const,
  );
  const programs = modules.map(([path]) => path).filter((path) => !path.startsWith('src/'));
  const own = mangle ? [...ownNames(programs)] : [];
  const mangleProps = mangle ? { include: new RegExp(`^(?:${own.join('|')})$`, 'u') } : undefined;
  const { output } = await build.generate({
    format,
    name: 'program',
    comments: false,
    minify: {
      compress: true,
      mangle: { toplevel: format === 'esm' },
      codegen: true,
      ...(mangleProps && { mangleProps }),
    },
  });
  await build.close();
  return { code: output[0].code, modules: new Map(modules) };
}

/** Members that nothing outside TDOS can name. What the program's own files name is kept, whosever it is. */
function ownNames(programs: readonly string[]): Set<string> {
  const own = new Set<string>();
  const kept = languageNames();
  for (const path of programs) collectAll(join(HOME, path), kept);
  for (const floor of FLOORS)
    for (const path of readdirSync(join(HOME, 'src', floor), { recursive: true, encoding: 'utf8' }))
      if (path.endsWith('.ts') && !path.endsWith('.test.ts')) collect(`${floor}/${path}`, own, kept);
  return new Set([...own].filter((name) => !kept.has(name)));
}

function collect(path: string, own: Set<string>, kept: Set<string>): void {
  const visit = (node: ts.Node, isPublic: boolean): void => {
    const named = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    const inside = isPublic || (named && PUBLIC_TYPES.includes(node.name.text));
    const name = memberName(node);
    if (name !== undefined) (inside && !isPrivate(node) ? kept : own).add(name);
    // A word in quotes may be looked up as a key: tables are named by the types of messages.
    if (ts.isStringLiteral(node) && !ts.isLiteralTypeNode(node.parent)) kept.add(node.text);
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(parse(join(HOME, 'src', path)), PUBLIC.test(path));
}

/** Every name that a file says. */
function collectAll(path: string, kept: Set<string>): void {
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isStringLiteral(node)) kept.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(path));
}

const parse = (path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true);

const isPrivate = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true;

/** The name that a declaration gives a member of an object. */
function memberName(node: ts.Node): string | undefined {
  const declares =
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessor(node) ||
    ts.isSetAccessor(node);
  return declares && ts.isIdentifier(node.name) ? node.name.text : undefined;
}

/** Members of what the language brings, and of the Moddable modules. */
function languageNames(): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = memberName(node);
    if (name !== undefined) names.add(name);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  const folder = dirname(fileURLToPath(import.meta.resolve('typescript')));
  for (const file of readdirSync(folder)) if (/^lib\.es(5|20\d\d)\b/.test(file)) visit(parse(join(folder, file)));
  return names;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , entry, out] = process.argv;
  if (entry === undefined || out === undefined) throw new Error('usage: bundle.ts ENTRY OUT');
  const { code, modules } = await bundle(entry);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, code);
  console.log(`${out}: ${Buffer.byteLength(code)} bytes of ${modules.size} files`);
}
