import perfHooks from 'node:perf_hooks'
import { expect, test, vi } from 'vitest'
import { createMetrics } from './metrics.ts'

test('a process whose metrics nobody reads measures no event loop', async () => {
  const monitor = vi.spyOn(perfHooks, 'monitorEventLoopDelay')
  const registry = createMetrics('test')
  expect(monitor).not.toHaveBeenCalled()
  for (const _ of [1, 2]) {
    const metrics = await registry.metrics()
    expect(metrics).toContain('nodejs_eventloop_lag_p99_seconds{service="test"}')
    expect(metrics).toContain('process_cpu_seconds_total{service="test"}')
  }
  expect(monitor).toHaveBeenCalledTimes(1)
})
