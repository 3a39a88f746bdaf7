// What portable code may not say, though the language allows it: read a clock, roll dice, use BigInt literals, or keep state in
// a module (on a board, modules are frozen in flash; in the simulator, hundreds of nodes share one process).
// Imports are the business of .dependency-cruiser.mjs.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { PORTABLE } from './floors.mjs';

export interface Finding {
  readonly rule: string;
  readonly where: string;
  readonly why: string;
}

type Report = (rule: string, node: ts.Node, why: string) => void;

const FORBIDDEN_GLOBALS = new Set([
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
  ...['clearTimeout', 'clearInterval', 'console', 'process', 'Buffer', 'TextEncoder', 'TextDecoder', 'crypto', 'fetch'],
  ...['globalThis', 'window', 'self', 'require', 'BigInt', 'Intl', 'eval', 'Function'],
]);
const MATH_WITHOUT_DICE = 'Math has one forbidden member, random: the seeded source comes as an argument';
const COLLECTIONS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array']);
const isTypedArray = (name: string) =>
  /^(Big)?(Ui|I)nt\d+(Clamped)?Array$|^Float\d+Array$|^(Shared)?ArrayBuffer$/.test(name);

/** All findings in the portable floors under `root`, in the order of the files. */
export function checkLanguage(root: string): Finding[] {
  return portableFiles(root).flatMap((file) => checkFile(root, file));
}

/** The shipped files of the portable floors that exist, tests left out. */
export function portableFiles(root: string): string[] {
  return PORTABLE.flatMap((floor) => filesUnder(join(root, 'src', floor))).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function checkFile(root: string, file: string): Finding[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const findings: Finding[] = [];
  const report: Report = (rule, node, why) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    findings.push({ rule, where: `${relative(root, file)}:${line + 1}`, why });
  };
  checkWords(source, relative(root, file).startsWith(join('src', 'core')), report);
  for (const statement of source.statements) checkModuleState(statement, report);
  return findings;
}

function checkWords(source: ts.SourceFile, isCore: boolean, report: Report): void {
  const declared = declaredNames(source);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node) && !declared.has(node.text)) checkGlobal(node, isCore, report);
    if (ts.isBigIntLiteral(node)) report('portable-no-bigint', node, 'BigInt is slow and large on a board');
    if (isCore && (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node))) {
      report('core-synchronous', node, 'the core decides at once; promises begin in os/');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function checkGlobal(node: ts.Identifier, isCore: boolean, report: Report): void {
  if (FORBIDDEN_GLOBALS.has(node.text)) {
    report(
      'portable-no-globals',
      node,
      `${node.text} is not everywhere, or hides a clock: it comes through the host port`,
    );
  } else if (node.text === 'Math' && !isHarmlessMath(node)) {
    report('portable-no-random', node, MATH_WITHOUT_DICE);
  } else if (isCore && node.text === 'Promise') {
    report('core-synchronous', node, 'the core decides at once; promises begin in os/');
  }
}

function isHarmlessMath(node: ts.Identifier): boolean {
  const parent = node.parent;
  return ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text !== 'random';
}

/** False for the name after a dot, a key, a label: these mean no variable. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  const isNamed =
    ts.isPropertyAssignment(parent) ||
    ts.isClassElement(parent) ||
    ts.isTypeElement(parent) ||
    ts.isNamedTupleMember(parent);
  return !(isNamed && parent.name === node);
}

/** Names that the file itself declares or imports, in any scope: a parameter called `process` is no global. */
function declaredNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node);
    const isAmbient = ts.isVariableDeclaration(node) && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient;
    if (declares && !isAmbient && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function checkModuleState(statement: ts.Statement, report: Report): void {
  if (ts.isVariableStatement(statement)) {
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    if (!isConst)
      report('portable-no-module-state', statement, 'a top-level let is state that all nodes of a process share');
  }
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isPropertyDeclaration(node) && !isStatic(node)) return;
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && !isReadOnly(node)) {
      const name = node.expression.text;
      if (COLLECTIONS.has(name) || isTypedArray(name)) {
        const instead =
          'give it to an object, or say what it is: `const x: ReadonlyMap<..> = new Map(..)`, ReadonlySet';
        report('portable-no-module-state', node, `a top-level new ${name} is state that all nodes share; ${instead}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

/** A table that is filled where it stands and typed as read-only is a constant, and may live in flash. */
function isReadOnly(node: ts.NewExpression): boolean {
  const parent = node.parent;
  if (!ts.isVariableDeclaration(parent) || parent.type === undefined) return false;
  return /^Readonly(Map|Set)</.test(parent.type.getText()) && (node.arguments?.length ?? 0) > 0;
}
