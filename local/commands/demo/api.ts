// Calls the public API with the admin's key, and reads the mailbox of `npm start`.
export type Demo = {
  gateway: string
  key: string
  /** Null where mail goes to a mail server. */
  mailbox: string | null
}

// biome-ignore lint/suspicious/noExplicitAny: each caller knows the response of its route.
export type Response = { status: number; body: any }

const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
  const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) })
  return { status: reply.status, body: await reply.json() }
}

/** Posts `body`. @throws unless the status is one of the 2xx or in `expected`. */
export const post = async (
  { gateway, key }: Demo,
  path: string,
  { body, expected = [] }: { body: object; expected?: number[] },
): Promise<Response> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await send(`${gateway}${path}`, init)
  if (response.status >= 300 && !expected.includes(response.status))
    throw new Error(`POST ${path} answered ${response.status}: ${response.body.detail}`)
  return response
}

export const exists = async ({ gateway, key }: Demo, path: string): Promise<boolean> => {
  const { status } = await send(`${gateway}${path}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return status === 200
}

/** Waits up to 10 s for a mail to `email` that matches, and returns what matched. */
export const findInMail = async (
  mailbox: string,
  email: string,
  pattern: RegExp,
): Promise<string | null> => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const list = await send(`${mailbox}/api/mails?to=${encodeURIComponent(email)}`)
    for (const { id } of list.body.mails) {
      const { body } = await send(`${mailbox}/api/mails/${id}`)
      const found = pattern.exec(body.text)
      if (found) return found[1] ?? found[0]
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return null
}
