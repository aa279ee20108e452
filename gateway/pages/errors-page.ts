// The page /docs/errors, to which the `type` of every problem leads.
import { escapeHtml } from '@vobee/shared/http/html'
import type { ErrorEntry } from '@vobee/shared/http/openapi/openapi'

// In the texts, backquotes mark code.
const withCode = (text: string) => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')

const section = ({ code, status, title, help }: ErrorEntry) => `
      <section id="${escapeHtml(code)}">
        <h2><code>${escapeHtml(code)}</code></h2>
        <p>${status}: ${withCode(title)} ${withCode(help)}</p>
      </section>`

/** Returns the page as HTML. */
export const errorsPage = (errors: readonly ErrorEntry[]): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>VoBee Invites: errors</title>
    <link rel="icon" href="/favicon.svg">
    <link rel="stylesheet" href="/theme.css">
    <link rel="stylesheet" href="/errors.css">
  </head>
  <body>
    <main>
      <h1>Errors</h1>
      <p>Each error has a stable <code>code</code>. This page says what to do about it.</p>${errors.map(section).join('')}
    </main>
  </body>
</html>
`
