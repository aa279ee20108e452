// Callers and what they may do: visitors, members, API keys with scopes. Deny by default.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { credentialRequired, forbidden, problem, unauthorized } from '../http/problem.ts'
import { hashKey, type KeyStore, keyShape } from './keys.ts'
import type { Scope } from './scopes.ts'

/** A key held in memory. Its name is its id if it has none. */
export type Key = { id?: string; name: string; secret: string; scopes: readonly Scope[] }

/** A person with a verified address. `hostUserId` is the `sub` of a token of the host. */
export type Member = { kind: 'member'; email: string; person: string; hostUserId: string | null }

export type Caller =
  | { kind: 'visitor' }
  | Member
  | { kind: 'key'; id: string; name: string; scopes: readonly Scope[] }

/** Returns the name of the caller's key; for a member or a visitor their kind. */
export const callerName = (caller: Caller): string =>
  caller.kind === 'key' ? caller.name : caller.kind

/**
 * Who may call a route: everybody; a member for their own data, and with a scope also a key for
 * anybody's; or a key with a scope.
 */
export type RouteAuth =
  | { kind: 'visitor' }
  | { kind: 'member'; scope: Scope | null }
  | { kind: 'key'; scope: Scope }

export const visitor: RouteAuth = { kind: 'visitor' }
export const key = (scope: Scope): RouteAuth => ({ kind: 'key', scope })
/** Members only: a key has no "me". */
export const member: RouteAuth = { kind: 'member', scope: null }
/** A member for their own data; a key with `scope` for anybody's. */
export const memberOrKey = (scope: Scope): RouteAuth => ({ kind: 'member', scope })

export type Identify = (request: FastifyRequest) => Caller | Promise<Caller>

const challenge = { headers: { 'www-authenticate': 'Bearer' } }
const keyHint =
  'Send "Authorization: Bearer <key>". The key is ADMIN_API_KEY, which npm start stores in ' +
  '.data/admin-key, or a key that npm run keys created.'

const bearer = /^Bearer +([\x21-\x7e]+) *$/i

const invalidCredential = (why: string) => unauthorized(`${why} ${keyHint}`, challenge)

const callerOf = ({ id, name, scopes }: Omit<Caller & { kind: 'key' }, 'kind'>): Caller => ({
  kind: 'key',
  id,
  name,
  scopes,
})

// Compared with if there is no such key: a wrong secret and an unknown id take the same steps.
const noHash = hashKey('')

/** @throws unauthorized. Only the holder of a key learns that it was revoked or expired. */
const identifyStored = async (store: KeyStore, credential: string): Promise<Caller> => {
  const id = keyShape.exec(credential)?.[1]
  if (!id) throw invalidCredential('This credential is not valid.')
  const found = await store.find(id)
  const isMatch = timingSafeEqual(found?.hash ?? noHash, hashKey(credential))
  if (!found || !isMatch) throw invalidCredential('This credential is not valid.')
  if (found.state !== 'live') throw invalidCredential(`This key is ${found.state}.`)
  store.touch(id)
  return callerOf(found)
}

const noStore: KeyStore = { find: async () => null, touch: () => {} }

/**
 * Returns the function that identifies the caller of a request: by the keys in memory, then by those
 * of `store`. Comparisons take constant time, so a wrong key reveals nothing.
 * @throws (the returned function) unauthorized for an invalid credential; the database's error if
 * the store can't be read.
 */
export const identifyBy = (keys: readonly Key[], store: KeyStore = noStore): Identify => {
  const known = keys.map((held) => ({ ...held, hash: hashKey(held.secret) }))
  return (request) => {
    const header = request.headers.authorization
    if (header === undefined) return { kind: 'visitor' }
    const credential = bearer.exec(header)?.[1] ?? ''
    const hash = hashKey(credential)
    let found: (typeof known)[number] | undefined
    for (const held of known) if (timingSafeEqual(held.hash, hash)) found = held
    return found
      ? callerOf({ ...found, id: found.id ?? found.name })
      : identifyStored(store, credential)
  }
}

/** The key of `ADMIN_API_KEY`: held in memory only, named `env`, scope `admin`. */
export const environmentKey = (secret: string): Key => ({ name: 'env', secret, scopes: ['admin'] })

/** Whether `caller` is a key with `scope` or `admin`. */
export const hasScope = (caller: Caller, scope: Scope): boolean =>
  caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))

const memberHint =
  'Send "Authorization: Bearer <member token>". POST /api/waitlist/link mails you a link; ' +
  'POST /api/waitlist/sign-in exchanges its token for a member token.'

const requirementOf = ({ kind, scope }: Exclude<RouteAuth, { kind: 'visitor' }>): string => {
  const key = `This request needs a key with the scope ${scope}`
  if (kind === 'key') return `${key}. ${keyHint}`
  return scope
    ? `${key}, or a member. ${keyHint} ${memberHint}`
    : `This request needs a member token. ${memberHint}`
}

/** @throws credentialRequired (401) or forbidden (403) if `caller` may not call the route. */
export const authorize = (caller: Caller, auth: RouteAuth): void => {
  if (auth.kind === 'visitor') return
  if (auth.kind === 'member' && caller.kind === 'member') return
  const { scope } = auth
  if (scope && hasScope(caller, scope)) return
  if (caller.kind === 'visitor') throw credentialRequired(requirementOf(auth), challenge)
  const missing = { members: { scope } }
  if (caller.kind === 'member' || !scope) throw forbidden(requirementOf(auth), missing)
  throw forbidden(`The key "${caller.name}" lacks the scope ${scope}.`, missing)
}

/** Returns the member that calls a members-only route. @throws what `authorize` throws. */
export const requireMember = (caller: Caller): Member => {
  if (caller.kind === 'member') return caller
  authorize(caller, member)
  throw new Error('a caller that is not a member was authorized as one')
}

export const notYours = problem(403, 'not_yours', 'This belongs to somebody else.')

/** @throws notYours (403) if `caller` is a member other than `person`. */
export const requireOwn = (caller: Caller, person: string): void => {
  if (caller.kind === 'member' && caller.person !== person)
    throw notYours('Members can only access their own data.')
}

/** Whether `caller` may see operators' data. */
export const isOperator = (caller: Caller): boolean => hasScope(caller, 'ops:read')
