import { readFileSync } from 'node:fs'

/** Prints the counts of a test report as one line: `N passed, N failed, N skipped`. */
type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
}

const [, , file] = process.argv
if (!file) throw new Error('usage: counts.ts {report}')
const report = JSON.parse(readFileSync(file, 'utf8')) as Report
const failed = report.numFailedTests + (report.success || report.numFailedTests > 0 ? 0 : 1)
console.log(
  `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
)
