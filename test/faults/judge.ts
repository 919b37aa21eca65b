import { familyOf } from '../scenarios/calls.ts'
import type { Change, Outcome } from '../scenarios/lab.ts'
import type { Fault } from './menu.ts'

/** Words that belong into a log and never into an answer. */
const internals =
  /dynamo|kms|arn:|throttl|throughput|socket|hang up|econn|timeout|transaction|signature|signin|audit|node_modules|\.ts\b|exception/i

/**
 * What is wrong with how a request went under a fault, beside the same request without one: nothing, when it ended before or
 * after, and said so.
 */
export function wrongs(calm: Outcome, run: Outcome, fault: Fault, times: number): string[] {
  return [...inTheAnswer(calm, run, fault, times), ...inTheTable(calm, run, fault), ...inTheSignIns(calm, run, fault)]
}

function inTheAnswer(calm: Outcome, run: Outcome, { status, survived }: Fault, times: number): string[] {
  if (run.status === undefined) return status === undefined ? [] : ['it hangs']
  if (times <= survived) {
    if (run.status !== calm.status) return [`answered ${run.status} in place of ${calm.status}: ${short(run.body)}`]
    return JSON.stringify(said(run)) === JSON.stringify(said(calm))
      ? []
      : [`said ${short(said(run))} in place of ${short(said(calm))}`]
  }
  if (run.status !== status) return [`answered ${run.status} in place of ${status}: ${short(run.body)}`]
  const text = JSON.stringify(run.body)
  if (internals.test(text)) return [`tells what is inside: ${text}`]
  return 'access_token' in run.body ? ['a token in an error'] : []
}

/** All of an answer but what differs from one time to the next. */
function said({ status, body }: Outcome): unknown {
  if (status !== undefined && status < 300) return body
  const { error, error_codes } = body as { error?: string | { code: string }; error_codes?: number[] }
  return [typeof error === 'object' ? error.code : error, error_codes]
}

const isSignIn = ({ pk }: Change): boolean => familyOf(pk) === 'SIGNIN'

function inTheTable(calm: Outcome, run: Outcome, { losesAnswers }: Fault): string[] {
  const [before, after] = [[], calm.changes.filter((change) => !isSignIn(change))].map((each) => JSON.stringify(each))
  const now = JSON.stringify(run.changes.filter((change) => !isSignIn(change)))
  if (now !== before && now !== after) return [`between before and after: ${now.slice(0, 400)}`]
  if (run.status === undefined) return []
  const succeeded = run.status < 300
  if (succeeded && now !== after) return ['said to be done and is not']
  if (!succeeded && now !== before && !losesAnswers) return ['said to have failed and is done']
  return []
}

function inTheSignIns(calm: Outcome, run: Outcome, { losesAnswers, befalls }: Fault): string[] {
  const errors = run.changes.filter(isSignIn).map(({ after }) => after?.err)
  const expected = calm.changes.filter(isSignIn).map(({ after }) => after?.err)
  if (errors.length > expected.length) return [`${errors.length} sign-ins`]
  if (run.status === calm.status) {
    return JSON.stringify(errors) === JSON.stringify(expected) ? [] : [`signed in as ${errors}, not as ${expected}`]
  }
  const ofSigner = befalls({ service: 'kms', command: 'Sign' })
  if (run.status === undefined || (losesAnswers && !ofSigner)) return []
  if (errors.includes(0)) return ['a sign-in that says issued, and no token']
  return ofSigner && expected.length > 0 && errors.length === 0 ? ['no sign-in for a token that was not signed'] : []
}

/** Of a change, what holds without any fault: one audit record for it, and nothing at all of a refusal. */
export function wrongsOfCalm({ status = 0, changes }: Outcome): string[] {
  const kept = changes.filter((change) => !isSignIn(change))
  const records = kept.filter(({ pk, before }) => familyOf(pk) === 'AUDIT' && !before).length
  if (status >= 300) return kept.length === 0 ? [] : [`refused, and changed ${short(kept)}`]
  return records === (kept.length === 0 ? 0 : 1)
    ? []
    : [`${records} audit records for a change of ${kept.length} items`]
}

const short = (value: unknown): string => JSON.stringify(value).slice(0, 400)
