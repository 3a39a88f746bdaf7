/**
 * The command `tdos`: runs the command line of this process and sets its exit code.
 *
 * @module
 */
import { guardOutput } from './print.ts';
import { runCommandLine } from './program.ts';

guardOutput();
process.exitCode = await runCommandLine(process.argv.slice(2));
