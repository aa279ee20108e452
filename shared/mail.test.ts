// Sending mail, tested on real SMTP servers of every kind.
import { createServer, type Server } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { parseMail, useMailbox } from '@vobee/testing/mailbox'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Mailer, openMailer } from './mail.ts'
import { messageOf } from './mail-message.ts'

const mailbox = useMailbox()
let mailer: Mailer

beforeAll(() => {
  mailer = openMailer(mailbox.url, 'VoBee <no-reply@vobee.example>')
})
afterAll(() => mailer.close())

const mail = (to: string) => ({
  ...{ id: '11111111-2222-8333-8444-555555555555', to, subject: 'Grüße' },
  ...{ text: 'as text\n', html: '<p>as HTML</p>', headers: { 'X-One': 'two' } },
})

describe('a mail', () => {
  test('arrives as text and HTML, with its sender, recipient and Message-ID', async () => {
    expect(await mailer.send(mail('ada@example.com'))).toEqual({ outcome: 'sent' })
    const [got] = mailbox.to('ada@example.com')
    expect(got).toMatchObject({
      messageId: '<11111111-2222-8333-8444-555555555555@vobee.example>',
      from: { name: 'VoBee', address: 'no-reply@vobee.example' },
      subject: 'Grüße',
      text: expect.stringContaining('as text'),
    })
    expect(got?.html).toContain('<p>as HTML</p>')
    expect(got?.headers).toContainEqual(expect.objectContaining({ key: 'x-one', value: 'two' }))
  })

  test('is the one that nodemailer composes', async () => {
    const { id: _, ...content } = mail('Ada.L@müller.example')
    const text = `Bitte bestätige deine Adresse:\n\n.a=b \n${'lang '.repeat(40)}\n`
    const html = `<p style="margin:0">${text}</p>\n`
    const own = { ...content, text, html, from: 'VoBée <a@vobee.example>', messageId: '<1@x>' }
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
    const { message, envelope } = await transport.sendMail({
      ...own,
      to: { name: '', address: own.to },
    })
    const contentOf = async (raw: Buffer | string) => {
      const { headers, headerLines: _lines, date: _date, ...parsed } = await parseMail(raw)
      const named = headers.filter(({ key }) => !['date', 'content-type'].includes(key))
      return { ...parsed, headers: new Set(named.map(({ key, value }) => `${key}: ${value}`)) }
    }
    const composed = messageOf(own)
    const raw = (await buffer(composed.createReadStream())).toString()
    expect(await contentOf(raw)).toEqual(await contentOf(message as Buffer))
    expect(composed.getEnvelope()).toEqual(envelope)
    expect(raw).not.toMatch(/(?<!\r)\n|.{77}|[^\r\n\x20-\x7e]/)
  })

  test.each([
    [550, { outcome: 'rejected', reason: 'RCPT TO 550' }],
    [450, { outcome: 'delayed', reason: 'RCPT TO 450' }],
  ])(
    'that is answered with %d is outcome as what it is, without the address',
    async (code, outcome) => {
      mailbox.reject({ address: 'bob@example.com', code })
      expect(await mailer.send(mail('bob@example.com'))).toEqual(outcome)
      mailbox.reject(null)
    },
  )

  test('to an invalid address is rejected before it is sent', async () => {
    expect(await mailer.send(mail('a@b\r\nRCPT TO:<eve@example.com>'))).toMatchObject({
      outcome: 'rejected',
    })
    expect(mailbox.to('eve@example.com')).toEqual([])
  })

  test('is delayed while the server is unavailable, and sent when it is back', async () => {
    await mailbox.stop()
    expect(await mailer.send(mail('cleo@example.com'))).toEqual({
      outcome: 'delayed',
      reason: expect.stringContaining('ECONN'),
    })
    expect(await mailer.findError()).toBe('CONN ECONNREFUSED')
    await mailbox.start()
    expect(await mailer.findError()).toBeNull()
    expect(await mailer.send(mail('cleo@example.com'))).toEqual({ outcome: 'sent' })
  })
})

describe('a server that rejects every client', () => {
  let server: Server
  let stranger: Mailer
  beforeAll(async () => {
    server = createServer((socket) => socket.end('554 go away\r\n')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    stranger = openMailer(`smtp://user:secret@127.0.0.1:${port}`, 'no-reply@vobee.example')
  })
  afterAll(() => {
    stranger.close()
    server.close()
  })

  test('delays the mail: the recipient is not at fault', async () => {
    expect(await stranger.send(mail('dan@example.com'))).toMatchObject({ outcome: 'delayed' })
  })
})
