// The pages of the mailbox: a list of mails, and one mail.
import { escapeHtml } from '@vobee/shared/http/html'
import type { Mail } from './store.ts'
import type { MailSummary } from './summaries.ts'

const page = (title: string, content: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/mailbox.css">
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`

const time = (at: string) => `<time datetime="${at}">${at.slice(0, 19).replace('T', ' ')}</time>`

// A long address breaks before its domain.
const address = (text: string) => escapeHtml(text).replaceAll('@', '<wbr>@')

const row = ({ id, at, to, subject }: MailSummary) => `<tr>
<td><a href="/mails/${id}">${escapeHtml(subject || '(no subject)')}</a></td>
<td>${address(to)}</td>
<td>${time(at)}</td>
</tr>`

const table = (mails: readonly MailSummary[]) => `<table>
<thead><tr><th>Subject</th><th>To</th><th>Received (UTC)</th></tr></thead>
<tbody>
${mails.map(row).join('\n')}
</tbody>
</table>`

const PAGE_SIZE = 100

const pageOf = (mails: readonly MailSummary[], before: string | undefined) => {
  const first = before ? mails.findIndex(({ id }) => id === before) + 1 : 0
  const shown = mails.slice(first, first + PAGE_SIZE)
  const isLast = first + shown.length >= mails.length
  const older = isLast ? '' : `<a href="/?before=${shown.at(-1)?.id}">Older mails</a>`
  const count = (n: number) => n.toLocaleString('en')
  return `${table(shown)}
<p>Mails ${count(first + 1)} to ${count(first + shown.length)} of ${count(mails.length)}. ${older}</p>`
}

/** Renders a page of the list, which is newest first: 100 mails after the one with the id `before`. */
export const listPage = (mails: readonly MailSummary[], before?: string) =>
  page(
    'Mailbox',
    `<h1>Mailbox</h1>
<p>The system sends all mail to this mailbox and to no other address. <a href="/">Refresh</a></p>
${mails.length ? pageOf(mails, before) : '<p>There is no mail yet.</p>'}`,
  )

const withLinks = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>]+)/)
    .map((part, n) => {
      const shown = escapeHtml(part)
      return n % 2 ? `<a href="${shown}" target="_blank" rel="noreferrer">${shown}</a>` : shown
    })
    .join('')

/** Renders a mail: its HTML in a frame that can only open links, then its text. */
export const mailPage = ({ id, at, from, to, subject, text, html }: Mail) =>
  page(
    subject,
    `<p><a href="/">Mailbox</a></p>
<h1>${escapeHtml(subject)}</h1>
<p>From ${address(from)} to ${address(to)}, ${time(at)} UTC</p>
${html ? `<iframe title="The mail" src="/mails/${id}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>` : ''}
<h2>Text</h2>
<pre>${withLinks(text)}</pre>`,
  )

/** Returns the HTML of a mail. Its links open in a new tab. */
export const framed = (html: string) => `<base target="_blank">${html}`
