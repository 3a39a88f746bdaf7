/**
 * The command `tdos`: runs the command line of this process and sets its exit code.
 *
 * @module
 */
import { runCommandLine } from './program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
