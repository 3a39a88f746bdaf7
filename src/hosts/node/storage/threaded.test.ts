import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { engineContract } from '../../../../test/storage/contract.ts';
import { SqliteStore } from './sqlite.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { openSqlite } from './threaded.ts';

const folder = mkdtempSync(join(tmpdir(), 'tdos-sqlite-'));
const clear = async (): Promise<void> => rmSync(join(folder, 'site'), { recursive: true, force: true });
const path = join(folder, 'site', 'a.sqlite');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

engineContract('SQLite in a thread', { open: (options = {}) => openSqlite({ path, ...options }), clear }, 10);
engineContract('SQLite', { open: async (options = {}) => sqliteEngine(new SqliteStore({ path, ...options })), clear });
