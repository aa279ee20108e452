import { join } from 'node:path'
import { styleText } from 'node:util'
import type { SystemOptions } from './system-options.ts'

/** Returns what `npm start` prints when everything is ready, with a key only if it is new. */
export const welcome = (
  { settings, mailbox }: Pick<SystemOptions, 'settings' | 'mailbox'>,
  newKey: string | null,
): string => {
  const url = settings.publicUrl.replace(/\/$/, '')
  const file = join(settings.dataDir, 'admin-key')
  const key = newKey ?? (settings.adminKey ? '$ADMIN_API_KEY' : `$(cat "${file}")`)
  const metrics = settings.metricsPorts?.gateway
  const rows = [
    ['Landing page', `${url}/join.html`],
    ['API', `${url}/docs`],
    ['Status', `${url}/status`],
    ['Mailbox', mailbox ? `http://localhost:${mailbox.pages}` : 'none: mail goes to SMTP_URL'],
    ...(metrics
      ? [['Metrics', `http://localhost:${metrics}/metrics and the next four ports`]]
      : []),
    ['Data', settings.databaseUrl ? 'in DATABASE_URL' : settings.dataDir],
    ['Admin key', settings.adminKey ? 'ADMIN_API_KEY' : file],
  ] as [string, string][]
  const seconds = (performance.now() / 1000).toFixed(1)
  return [
    '',
    `  ${styleText('bold', 'VoBee Invites')} was ready in ${seconds} s. Ctrl-C stops it.`,
    '',
    ...rows.map(([name, value]) => `  ${styleText('dim', name.padEnd(14))}${value}`),
    '',
    `  ${styleText('dim', 'Your first invite codes:')}`,
    '',
    `curl -X POST ${url}/api/invites/generate -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" -d '{"batch_size": 5}'`,
    '',
    '',
  ].join('\n')
}
