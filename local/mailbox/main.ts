import { run } from '@vobee/shared/ops/serve'
import { readSettings } from '@vobee/shared/ops/settings'
import { z } from 'zod'
import { buildMailbox } from './app.ts'

const port = z.coerce.number().int().min(1).max(65_535)

await run(async () => {
  const shape = { MAILBOX_PORT: port, MAILBOX_SMTP_PORT: port, MAILBOX_FOLDER: z.string() }
  const settings = readSettings(shape, process.env)
  const app = await buildMailbox({
    smtpPort: settings.MAILBOX_SMTP_PORT,
    folder: settings.MAILBOX_FOLDER,
  })
  await app.listen({ host: '127.0.0.1', port: settings.MAILBOX_PORT })
  return app
})
