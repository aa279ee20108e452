// Generates a million codes as a stream, compared to COPY of the same rows into the same table.
import { setTimeout as wait } from 'node:timers/promises'
import { type Finding, sideBySide } from './report.ts'
import { ADMIN_KEY, type Stack } from './stack.ts'

const SIZE = 1_000_000
const asAdmin = { authorization: `Bearer ${ADMIN_KEY}` }

const seconds = async (act: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await act()
  return (performance.now() - started) / 1000
}

const generate = async (service: string, batch_size: number) => {
  const reply = await fetch(`${service}/api/invites/generate`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify({ batch_size }),
  })
  let lines = 0
  for await (const chunk of reply.body ?? []) for (const byte of chunk) if (byte === 10) lines++
  if (lines !== batch_size)
    throw new Error(`${lines} of ${batch_size} codes arrived (${reply.status})`)
}

const columns = 'batch, code, issued_to, issued_person, uses_left, expires_at'

/** Stores the rows of the last batch in a file of the server, in the order of creation. */
const exportRows = async ({ owner }: Stack): Promise<string> => {
  const { rows: shown } = await owner.query('show data_directory')
  const file = `${shown[0].data_directory}/codes.copy`
  await owner.query(`copy (select ${columns} from invites.codes order by id) to '${file}'`)
  return file
}

const memory = async (service: string): Promise<number> => {
  const metrics = await fetch(`${service}/metrics`, { headers: asAdmin })
  const found = /^process_resident_memory_bytes\S* (\S+)$/m.exec(await metrics.text())
  return Number(found?.[1]) / 2 ** 20
}

/** Returns the highest memory use of the service until `act` resolves, in MiB. */
const peakDuring = async (service: string, act: Promise<unknown>): Promise<number> => {
  let peak = 0
  let over = false
  act.finally(() => {
    over = true
  })
  while (!over) {
    peak = Math.max(peak, await memory(service))
    await wait(50)
  }
  await act
  return peak
}

export const benchGenerate = async (stack: Stack): Promise<Finding[]> => {
  const service = await stack.start('invites')
  const empty = async () => {
    await stack.owner.query('truncate invites.codes')
    await stack.owner.query('checkpoint')
  }
  await generate(service, SIZE)
  const file = await exportRows(stack)
  const streamed = await sideBySide(
    3,
    async () => {
      await empty()
      return seconds(() => generate(service, SIZE))
    },
    async () => {
      await empty()
      return seconds(() => stack.owner.query(`copy invites.codes (${columns}) from '${file}'`))
    },
  )
  const memoryOf = (size: number) => peakDuring(service, generate(service, size))
  return [
    {
      what: 'generate 1,000,000 codes as a stream, against COPY',
      unit: 's',
      bar: 2,
      lessIsBetter: true,
      ...streamed,
    },
    {
      what: 'memory while generating 1,000,000, against 100,000',
      unit: 'MiB',
      bar: 1.3,
      lessIsBetter: true,
      baseline: await memoryOf(SIZE / 10),
      ours: await memoryOf(SIZE),
    },
  ]
}
