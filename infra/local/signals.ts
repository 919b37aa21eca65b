/** Calls `stop` when this process is told to end: by a signal, or by the end of the npm command that started it. */
export function onTermination(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (!process.env.npm_lifecycle_event) return
  // npm gives a signal to the shell between it and us, which ends without passing it on.
  const shell = process.ppid
  setInterval(() => {
    if (process.ppid !== shell) stop()
  }, 200).unref()
}
