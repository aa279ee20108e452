// The list of erasures: a restored backup contains the people who were erased since it was made. The
// list names them by an encrypted person key, which differs each time and leads to nobody without
// PERSON_KEY_SECRET.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Queryable } from '../data/database.ts'
import { raw, sql } from '../data/sql.ts'
import type { Service } from '../events/catalogue.ts'
import type { PersonKey } from './email.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const DAYS = 90

// No address is written like this, so nobody's person key is the same.
const cipherKey = (personKey: PersonKey) =>
  createHash('sha256').update(personKey('@erasures')).digest()

/** Encrypts a person key for the list. */
export const sealPerson = (person: string, personKey: PersonKey): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, cipherKey(personKey), nonce)
  const text = Buffer.concat([cipher.update(person, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

/** Returns the person key. @throws if it was sealed with another secret, or changed. */
export const openPerson = (sealed: Buffer, personKey: PersonKey): string => {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, cipherKey(personKey), nonce)
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = sealed.subarray(NONCE_BYTES + TAG_BYTES)
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
}

/** Adds erasures to the list of a service, in their transaction. */
export const recordErasures = (
  db: Queryable,
  service: Service,
  { people, personKey }: { people: readonly string[]; personKey: PersonKey },
) => {
  const sealed = people.map((person) => sealPerson(person, personKey))
  return db.query(sql`
    insert into ${raw(service)}.erasures (person) select unnest(${sealed}::bytea[])`)
}

/** Deletes the erasures that are older than 90 days: by then they must be in a list elsewhere. */
export const deleteOldErasures = (db: Queryable, service: Service) =>
  db.query(sql`
    delete from ${raw(service)}.erasures
    where erased_at < now() - interval '${raw(String(DAYS))} days'`)
