import { canonicalPath } from '../shared/http/path.ts'

/** The part of CloudFront's viewer-request event that is touched. */
type ViewerRequest = { request: { uri: string } }

/** What CloudFront runs before a request is sent on: one spelling for every path (design D13), and nothing else. */
export function handler(event: ViewerRequest): ViewerRequest['request'] {
  event.request.uri = canonicalPath(event.request.uri)
  return event.request
}
