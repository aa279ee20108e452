// A mail as it is sent, built from nodemailer's own encoders. Its MailComposer takes a stream for each
// part: 560 µs of CPU for a mail, this 120 µs.
import MimeNode from 'nodemailer/lib/mime-node'
import { encode, wrap } from 'nodemailer/lib/qp'

export type MessageContent = {
  /** As `VoBee <no-reply@example.com>`. */
  from: string
  to: string
  messageId: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/** Longest line, as quoted-printable requires. */
const LINE = 76

const partOf = (type: string, content: string) => {
  const lines = content.replace(/\r?\n/g, '\r\n')
  return `Content-Type: ${type}; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
${wrap(encode(lines), LINE)}`
}

/** Returns the message with a text and an HTML part. */
export const messageOf = (mail: MessageContent): MimeNode => {
  const { from, to, messageId, subject, text, html, headers } = mail
  const node = new MimeNode('multipart/alternative').setHeader({
    ...headers,
    from,
    to: { name: '', address: to },
    subject,
    'message-id': messageId,
  } as never)
  const head = node.buildHeaders()
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1]
  const parts = [partOf('text/plain', text), partOf('text/html', html)]
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')
  return node.setRaw(`${head}\r\n\r\n${body}--${boundary}--\r\n`)
}
