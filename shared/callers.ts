// Who calls, and what they may: visitors, members, keys with scopes. Deny by default.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { credentialRequired, forbidden, unauthorized } from './problem.ts'

export const scopes = [
  'admin',
  'waitlist:read',
  'waitlist:write',
  'invites:read',
  'invites:write',
  'referrals:read',
  'referrals:write',
  'quality:read',
  'quality:write',
  'ops:read',
] as const
export type Scope = (typeof scopes)[number]

export type Key = { name: string; secret: string; scopes: readonly Scope[] }

export type Caller = { kind: 'visitor' } | { kind: 'key'; name: string; scopes: readonly Scope[] }

/** Who may call a route: everybody, a member for what is theirs, or a key with one scope. */
export type Admission =
  | { kind: 'visitor' }
  | { kind: 'member'; scope: Scope }
  | { kind: 'key'; scope: Scope }

export const visitor: Admission = { kind: 'visitor' }
export const key = (scope: Scope): Admission => ({ kind: 'key', scope })
/** A member for their own part; a key with `scope` for anybody's. */
export const memberOrKey = (scope: Scope): Admission => ({ kind: 'member', scope })

export type Identify = (request: FastifyRequest) => Caller

const challenge = { headers: { 'www-authenticate': 'Bearer' } }
const howTo =
  'Send "Authorization: Bearer <key>". The key is ADMIN_API_KEY; npm start keeps it in .data/admin-key.'

const digest = (value: string) => createHash('sha256').update(value).digest()

const bearer = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Makes the function that tells who sent a request. Every key is compared, each in constant
 * time, so that a wrong key tells nothing by how long it took.
 * @throws unauthorized (by the returned function) for a credential that is not valid.
 */
export const identifyBy = (keys: readonly Key[]): Identify => {
  const known = keys.map((held) => ({ ...held, digest: digest(held.secret) }))
  return (request) => {
    const header = request.headers.authorization
    if (header === undefined) return { kind: 'visitor' }
    const given = digest(bearer.exec(header)?.[1] ?? '')
    let found: (typeof known)[number] | undefined
    for (const held of known) if (timingSafeEqual(held.digest, given)) found = held
    if (!found) throw unauthorized(`This credential is not valid. ${howTo}`, challenge)
    return { kind: 'key', name: found.name, scopes: found.scopes }
  }
}

/** The key that the environment gives: held in memory only, named `env`, scope `admin`. */
export const environmentKey = (secret: string): Key => ({ name: 'env', secret, scopes: ['admin'] })

const holds = (caller: Caller, scope: Scope): boolean =>
  caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))

/** @throws credentialRequired (401) or forbidden (403) when `caller` may not pass. */
export const admit = (caller: Caller, admission: Admission): void => {
  if (admission.kind === 'visitor' || holds(caller, admission.scope)) return
  if (caller.kind === 'visitor') {
    throw credentialRequired(`This needs a key with scope ${admission.scope}. ${howTo}`, challenge)
  }
  throw forbidden(`The key "${caller.name}" lacks the scope ${admission.scope}.`)
}

/** Whether `caller` may see what operators see. */
export const mayOperate = (caller: Caller): boolean => holds(caller, 'ops:read')
