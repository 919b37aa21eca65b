import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerQuestions } from './child.ts'
import { quantile } from './statistics.ts'

/** A request to send again and again, whole as it goes over the wire, and the status of a good answer. */
export type Target = { port: number; request: string; status: number }
type Throughput = { done: number; errors: number; perSecond: number; lastBody: string }
type Latency = { done: number; errors: number; p50: number; p99: number }

const questions = {
  /** Closed loop: each connection asks again as soon as it has been answered. */
  closed: async ({ target, connections, seconds }: { target: Target; connections: number; seconds: number }) => {
    const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)))
    const tally = { done: 0, errors: 0, lastBody: '' }
    const begun = performance.now()
    await Promise.all(
      all.map(async (connection) => {
        while (performance.now() - begun < seconds * 1000) tallied(tally, await connection.send())
      }),
    )
    const elapsed = performance.now() - begun
    for (const connection of all) connection.close()
    return { ...tally, perSecond: (tally.done / elapsed) * 1000 } satisfies Throughput
  },

  /**
   * Open loop: requests come at their times, however slow the answers are, and wait for a connection when all are taken.
   * Latency counts from the intended time, so it holds that wait, and up to a millisecond by which our own timer is late.
   */
  open: async ({ target, rate, seconds }: { target: Target; rate: number; seconds: number }) => {
    const idle = await Promise.all(Array.from({ length: 64 }, () => Connection.open(target)))
    const all = [...idle]
    const tally = { done: 0, errors: 0, lastBody: '' }
    const latencies: number[] = []
    const queue: number[] = []
    const begun = performance.now()
    const next = async (): Promise<void> => {
      const intended = queue[0]
      const connection = intended === undefined ? undefined : idle.pop()
      if (intended === undefined || !connection) return
      queue.shift()
      tallied(tally, await connection.send())
      latencies.push(performance.now() - intended)
      idle.push(connection)
      await next()
    }
    const running: Promise<void>[] = []
    const total = Math.floor(rate * seconds)
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * rate) + 1)
      for (; sent < due; sent++) {
        queue.push(begun + (sent * 1000) / rate)
        running.push(next())
      }
      await sleep(Math.max(0, begun + (sent * 1000) / rate - performance.now()))
    }
    await Promise.all(running)
    for (const connection of all) connection.close()
    const { done, errors } = tally
    return { done, errors, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) } satisfies Latency
  },
}

export type GeneratorQuestions = typeof questions

type Reply = { good: boolean; body: string }

function tallied(tally: { done: number; errors: number; lastBody: string }, reply: Reply): void {
  tally.done++
  if (!reply.good) tally.errors++
  tally.lastBody = reply.body
}

/** One kept-alive connection with one request at a time. Reads just enough of HTTP/1.1 to cost next to nothing itself. */
class Connection {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #goodStatus: string
  #received: Buffer = Buffer.alloc(0)
  #waiting: PromiseWithResolvers<Reply> | undefined

  private constructor(socket: Socket, { request, status }: Target) {
    this.#socket = socket
    this.#request = Buffer.from(request)
    this.#goodStatus = `HTTP/1.1 ${status}`
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('close', () => this.#settle({ good: false, body: 'the connection was closed' }))
    socket.on('error', () => {})
  }

  static open(target: Target): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(target.port, '127.0.0.1', () => resolve(new Connection(socket, target)))
      socket.once('error', reject)
    })
  }

  send(): Promise<Reply> {
    if (this.#socket.destroyed) return Promise.reject(new Error('the server closed a kept-alive connection'))
    this.#waiting = Promise.withResolvers()
    this.#socket.write(this.#request)
    return this.#waiting.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) {
      this.#settle({ good: false, body: `an answer without a length: ${head}` })
      return
    }
    if (this.#received.length < end + 4 + Number(length)) return
    const body = this.#received.toString('utf8', end + 4, end + 4 + Number(length))
    this.#received = Buffer.alloc(0)
    this.#settle({ good: head.startsWith(this.#goodStatus), body })
  }

  #settle(reply: Reply): void {
    this.#waiting?.resolve(reply)
    this.#waiting = undefined
  }
}

answerQuestions(questions)
