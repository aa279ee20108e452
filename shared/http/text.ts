// Text that Postgres can store (no NUL and no lone surrogate), and names.
import { z } from 'zod'

const storable = (value: string) => !value.includes('\0') && value.isWellFormed()

/** Trimmed text of `min` … `max` characters (UTF-16 units) that Postgres can store. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine(storable, 'must not contain NUL or invalid Unicode')

/**
 * Text that names something, such as a batch or a creator. It stands in many rows and in the audit
 * log, where an address would stay when its owner is erased.
 */
export const nameText = (max: number) =>
  text(max).refine((value) => !/\S@\S/.test(value), 'must not contain an e-mail address')

/** A flat object: at most `keys` members with short values, at most `bytes` bytes as JSON. */
export const flatObject = (keys = 20, bytes = 2048) =>
  z
    .record(text(64), z.union([text(500, 0), z.number(), z.boolean(), z.null()]))
    .refine((value) => Object.keys(value).length <= keys, `must have at most ${keys} members`)
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= bytes,
      `must be at most ${bytes} bytes as JSON`,
    )

/** Returns a name like `quality-gates` or `invalid_code` in Pascal case. */
export const pascalCase = (name: string): string =>
  name.replace(/(?:^|[_-])(\w)/g, (_, letter: string) => letter.toUpperCase())

/**
 * Option of `refine` for a condition on several members: its errors are reported together with those
 * of single members. Without it zod stops after the latter.
 */
export const reportTogether = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
}
