import { join } from 'node:path'
import { styleText } from 'node:util'
import { jsonLine } from './say.ts'
import type { SystemOptions } from './system-options.ts'

type Options = Pick<SystemOptions, 'settings' | 'mailbox'>

const seconds = () => (performance.now() / 1000).toFixed(1)

const urlOf = ({ settings }: Options) => settings.publicUrl.replace(/\/$/, '')

const keyFile = ({ settings }: Options) => join(settings.dataDir, 'admin-key')

const addresses = (options: Options): [string, string][] => {
  const { settings, mailbox } = options
  const metrics = settings.metricsPorts?.gateway
  const url = urlOf(options)
  return [
    ['Landing page', `${url}/join.html`],
    ['API', `${url}/docs`],
    ['Status', `${url}/status`],
    ['Mailbox', mailbox ? `http://localhost:${mailbox.pages}` : 'none: mail goes to SMTP_URL'],
    ...(metrics
      ? [['Metrics', `http://localhost:${metrics}/metrics and the next four ports`] as const]
      : []),
    ['Data', settings.databaseUrl ? 'in DATABASE_URL' : settings.dataDir],
    ['Admin key', settings.adminKey ? 'ADMIN_API_KEY' : keyFile(options)],
  ] as [string, string][]
}

/** Returns what `npm start` prints when everything is ready, with a key only if it is new. */
export const welcome = (options: Options, newKey: string | null): string => {
  const { adminKey } = options.settings
  const key = newKey ?? (adminKey ? '$ADMIN_API_KEY' : `$(cat "${keyFile(options)}")`)
  return [
    '',
    `  ${styleText('bold', 'VoBee Invites')} was ready in ${seconds()} s. Ctrl-C stops it.`,
    '',
    ...addresses(options).map(([name, value]) => `  ${styleText('dim', name.padEnd(14))}${value}`),
    '',
    `  ${styleText('dim', 'Your first invite codes:')}`,
    '',
    `curl -X POST ${urlOf(options)}/api/invites/generate -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" -d '{"batch_size": 5}'`,
    '',
    '',
  ].join('\n')
}

/** Returns the same as a line of the log, which never contains the key. */
export const welcomeLine = (options: Options): string => {
  const named = addresses(options).map(([name, value]) => [
    name.toLowerCase().replace(' ', '_'),
    value,
  ])
  return `${jsonLine(`VoBee Invites was ready in ${seconds()} s.`, Object.fromEntries(named))}\n`
}
