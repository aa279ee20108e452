// Sends JSON requests as curl does, with the key as a header.
import type { components, paths } from '../api.d.ts'
import type { Stack } from './start-stack.ts'

type Filled<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : Path

type Operation<Path extends keyof paths, Method> = Method extends 'parameters'
  ? never
  : paths[Path][Method & keyof paths[Path]] extends undefined
    ? never
    : `${Uppercase<Method & string>} ${Filled<Path>}`

type Operations = {
  [Path in keyof paths]: {
    [Method in keyof paths[Path]]-?: Operation<Path, Method>
  }[keyof paths[Path]]
}[keyof paths]

/** A method and a path of the API document, or of the mailbox. */
export type Request = Operations | `${Operations}?${string}` | `GET /api/mails${string}`

// biome-ignore lint/suspicious/noExplicitAny: each test knows the response of its route.
export type Response = { status: number; body: any; headers: Headers }

const BROWSER = 'Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Calls a path of the gateway, or of `base`. `key`: true sends the admin's key, false none. */
export const call = async (
  stack: Stack,
  request: Request,
  body?: unknown,
  { key = false, base = stack.gateway }: { key?: boolean | string; base?: string } = {},
): Promise<Response> => {
  const [method, path] = request.split(' ') as [string, string]
  const credential = key === true ? stack.adminKey : key
  const reply = await fetch(base + path, {
    method,
    redirect: 'manual',
    headers: {
      // A friend who confirms by a program is held for review.
      'user-agent': BROWSER,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(credential ? { authorization: `Bearer ${credential}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  const isJson = /json/.test(reply.headers.get('content-type') ?? '')
  return { status: reply.status, body: isJson ? JSON.parse(text) : text, headers: reply.headers }
}

export const answers = {
  use_case: 'I want to use VoBee for marketing automation',
  persona: 'solo_founder',
}

export const join = (
  stack: Stack,
  email: string,
  more: Partial<components['schemas']['JoinRequest']> = {},
) => call(stack, 'POST /api/waitlist/join', { email, ...answers, ...more })

/** Returns the newest mail to an address in the mailbox, or null. */
export const mailTo = async (stack: Stack, email: string): Promise<Response['body'] | null> => {
  const base = stack.mailbox
  const listed = await call(stack, `GET /api/mails?to=${encodeURIComponent(email)}`, undefined, {
    base,
  })
  const [newest] = listed.body.mails
  return newest
    ? (await call(stack, `GET /api/mails/${newest.id}`, undefined, { base })).body
    : null
}
