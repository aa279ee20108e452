// Who calls, and what they may: visitors, members, keys with scopes. Deny by default.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { credentialRequired, forbidden, problem, unauthorized } from '../http/problem.ts'
import { hashKey, type KeyStore, keyShape } from './keys.ts'
import type { Scope } from './scopes.ts'

/** A key that is held in memory; it goes by its name where it has no id. */
export type Key = { id?: string; name: string; secret: string; scopes: readonly Scope[] }

/** Whoever has proved an address. */
export type Member = { kind: 'member'; email: string; person: string }

export type Caller =
  | { kind: 'visitor' }
  | Member
  | { kind: 'key'; id: string; name: string; scopes: readonly Scope[] }

/**
 * Who may call a route: everybody, a member for what is theirs (and a key, where one with a scope
 * may do it for anybody), or a key with one scope.
 */
export type RouteAuth =
  | { kind: 'visitor' }
  | { kind: 'member'; scope: Scope | null }
  | { kind: 'key'; scope: Scope }

export const visitor: RouteAuth = { kind: 'visitor' }
export const key = (scope: Scope): RouteAuth => ({ kind: 'key', scope })
/** A member alone: a key has no "me". */
export const member: RouteAuth = { kind: 'member', scope: null }
/** A member for their own part; a key with `scope` for anybody's. */
export const memberOrKey = (scope: Scope): RouteAuth => ({ kind: 'member', scope })

export type Identify = (request: FastifyRequest) => Caller | Promise<Caller>

const challenge = { headers: { 'www-authenticate': 'Bearer' } }
const keyHint =
  'Send "Authorization: Bearer <key>". The key is ADMIN_API_KEY, which npm start keeps in ' +
  '.data/admin-key, or one made by npm run keys.'

const bearer = /^Bearer +([\x21-\x7e]+) *$/i

const invalidCredential = (why: string) => unauthorized(`${why} ${keyHint}`, challenge)

const callerOf = ({ id, name, scopes }: Omit<Caller & { kind: 'key' }, 'kind'>): Caller => ({
  kind: 'key',
  id,
  name,
  scopes,
})

// Compared with when there is no such key: a wrong secret and an unknown id take the same steps.
const noHash = hashKey('')

/** @throws unauthorized; that a key was revoked or expired is told to its holder alone. */
const identifyStored = async (store: KeyStore, given: string): Promise<Caller> => {
  const id = keyShape.exec(given)?.[1]
  if (!id) throw invalidCredential('This credential is not valid.')
  const found = await store.find(id)
  const isTheirs = timingSafeEqual(found?.hash ?? noHash, hashKey(given))
  if (!found || !isTheirs) throw invalidCredential('This credential is not valid.')
  if (found.state !== 'live') throw invalidCredential(`This key is ${found.state}.`)
  store.touch(id)
  return callerOf(found)
}

const noStore: KeyStore = { find: async () => null, touch: () => {} }

/**
 * Makes the function that tells who sent a request: by the keys that are held in memory, then by
 * those of `store`. Each comparison takes constant time, so that a wrong key tells nothing.
 * @throws (by the returned function) unauthorized for a credential that is not valid; what the
 * database threw when the store can't be asked.
 */
export const identifyBy = (keys: readonly Key[], store: KeyStore = noStore): Identify => {
  const known = keys.map((held) => ({ ...held, hash: hashKey(held.secret) }))
  return (request) => {
    const header = request.headers.authorization
    if (header === undefined) return { kind: 'visitor' }
    const given = bearer.exec(header)?.[1] ?? ''
    const hash = hashKey(given)
    let found: (typeof known)[number] | undefined
    for (const held of known) if (timingSafeEqual(held.hash, hash)) found = held
    return found ? callerOf({ ...found, id: found.id ?? found.name }) : identifyStored(store, given)
  }
}

/** The key that the environment gives: held in memory only, named `env`, scope `admin`. */
export const environmentKey = (secret: string): Key => ({ name: 'env', secret, scopes: ['admin'] })

/** Whether `caller` is a key with this scope. */
export const hasScope = (caller: Caller, scope: Scope): boolean =>
  caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))

const memberHint =
  'Send "Authorization: Bearer <member token>": POST /api/waitlist/sign-in gives one for the ' +
  'token of a mailed link, which POST /api/waitlist/link asks for.'

const requirementOf = ({ kind, scope }: Exclude<RouteAuth, { kind: 'visitor' }>): string => {
  const key = `This needs a key with scope ${scope}`
  if (kind === 'key') return `${key}. ${keyHint}`
  return scope
    ? `${key}, or a member. ${keyHint} ${memberHint}`
    : `This needs a member. ${memberHint}`
}

/** @throws credentialRequired (401) or forbidden (403) when `caller` may not pass. */
export const authorize = (caller: Caller, admission: RouteAuth): void => {
  if (admission.kind === 'visitor') return
  if (admission.kind === 'member' && caller.kind === 'member') return
  const { scope } = admission
  if (scope && hasScope(caller, scope)) return
  if (caller.kind === 'visitor') throw credentialRequired(requirementOf(admission), challenge)
  if (caller.kind === 'member' || !scope) throw forbidden(requirementOf(admission))
  throw forbidden(`The key "${caller.name}" lacks the scope ${scope}.`)
}

/** The member who calls a route that admits members alone. @throws what `admit` does. */
export const requireMember = (caller: Caller): Member => {
  if (caller.kind === 'member') return caller
  authorize(caller, member)
  throw new Error('a caller that is no member was admitted as one')
}

export const notYours = problem(403, 'not_yours', "This is somebody else's.")

/** @throws notYours when `caller` is a member and `person` somebody else. */
export const requireOwn = (caller: Caller, person: string): void => {
  if (caller.kind === 'member' && caller.person !== person)
    throw notYours('A member may ask for what is theirs alone.')
}

/** Whether `caller` may see what operators see. */
export const isOperator = (caller: Caller): boolean => hasScope(caller, 'ops:read')
