// Prints "<passed> <failed>" from vitest's JSON report. What did not run (skipped, todo) counts as failed, and so does a
// file that broke before its first test.

import { readFileSync } from 'node:fs';

const [, , path, status] = process.argv;
const report = JSON.parse(readFileSync(path, 'utf8'));
const notRun = report.numPendingTests + report.numTodoTests;
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = report.numFailedTests + notRun + brokenFiles;
const silentFailure = status !== '0' && failed === 0 ? 1 : 0;
if (notRun > 0) console.error(`${notRun} tests did not run: with CI=true that is a failure`);
console.log(report.numPassedTests, failed + silentFailure);
