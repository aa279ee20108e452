// The variables of the environment. A secret or a document `X` can come from the file that `X_FILE`
// names.
import { readFileSync } from 'node:fs'

export type Environment = Record<string, string | undefined>

/** What a setting has: its value, or why it has none. `name` is the variable that is set. */
export type Variable = { name: string; value?: string; error?: string }

/** Whether a variable contains a secret, or names the file of one. */
export const isSecret = (name: string): boolean =>
  /(_KEY|_SECRET|_PASSWORD|DATABASE_URL|SMTP_URL)(_FILE)?$/.test(name)

const canBeFile = (name: string): boolean => isSecret(name) || name.endsWith('_TIERS')

const readFromFile = (name: string, path: string): Variable => {
  try {
    const value = readFileSync(path, 'utf8').trim()
    return value ? { name, value } : { name, error: `the file ${path} is empty` }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { name, error: `the file ${path} cannot be read (${code})` }
  }
}

const readOne = (env: Environment, name: string): Variable => {
  const fileVariable = `${name}_FILE`
  const [value, path] = [env[name]?.trim(), env[fileVariable]?.trim()]
  if (!canBeFile(name) || !path) return value ? { name, value } : { name }
  if (value) return { name: fileVariable, error: `set either it or ${name}` }
  return readFromFile(fileVariable, path)
}

/** Returns the variable of the password for a URL that contains none. */
export const passwordVariable = (urlVariable: string): string => {
  const [, own] = /^(?:(.+?)_)??(?:LISTEN_)?DATABASE_URL$/.exec(urlVariable) ?? []
  return own ? `${own}_DB_PASSWORD` : 'POSTGRES_PASSWORD'
}

const withoutPassword = /^(postgres(?:ql)?:\/\/[^:@/?]+)@/

const readDatabaseUrl = (env: Environment, urlVariable: string): Variable => {
  const url = readOne(env, urlVariable)
  if (!url.value || !withoutPassword.test(url.value)) return url
  const password = readOne(env, passwordVariable(urlVariable))
  if (!password.value) return password.error ? password : url
  const part = encodeURIComponent(password.value)
  return { ...url, value: url.value.replace(withoutPassword, `$1:${part}@`) }
}

/** Reads a setting from the first of its variables that is set. An empty one counts as not set. */
export const readVariable = (env: Environment, names: readonly string[]): Variable => {
  for (const name of names) {
    const read = name.endsWith('DATABASE_URL') ? readDatabaseUrl : readOne
    const variable = read(env, name)
    if (variable.value || variable.error) return variable
  }
  return { name: names.join(' or ') }
}
