// The mail server of the benchmark: counts mails and stores none. Answers each message of its parent
// with the count.
import { startSmtpServer } from '@vobee/local/mailbox/smtp-server'

let mails = 0
await startSmtpServer({
  port: Number(process.env.PORT),
  store: async () => {
    mails++
  },
})
process.on('message', () => process.send?.(mails))
process.on('disconnect', () => process.exit())
process.send?.(mails)
