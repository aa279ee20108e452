// URLs of databases. One may name several hosts, as libpq allows (`postgres://u:p@h1:5432,h2/db`):
// neither `URL` nor node-postgres understands the list.

const parts = /^(postgres(?:ql)?:\/\/)(?:([^/?#]*)@)?([^/?#]*)(.*)$/s

const split = (url: string) => {
  const [, scheme = '', login = '', hosts = '', rest = ''] = parts.exec(url) ?? []
  return { scheme, login, hosts, rest }
}

/** Returns the URL of each host, in the order of the list. */
export const hostUrls = (url: string): string[] => {
  const { scheme, login, hosts, rest } = split(url)
  return hosts.split(',').map((host) => `${scheme}${login && `${login}@`}${host}${rest}`)
}

/** Whether every host of the list makes a URL of Postgres. */
export const isDatabaseUrl = (url: string): boolean =>
  hostUrls(url).every((one) => URL.canParse(one))

/** Returns the user, password and name of the database, decoded. */
export const readDatabaseUrl = (url: string) => {
  const { username, password, pathname } = new URL(hostUrls(url)[0] as string)
  const [user, secret, database] = [username, password, pathname.slice(1)].map(decodeURIComponent)
  return { user: user ?? '', password: secret ?? '', database: database ?? '' }
}

/** Returns the URL for a message, without its password: `orchestrator_db at 127.0.0.1:5432 as owner`. */
export const describeDatabaseUrl = (url: string): string => {
  const { user, database } = readDatabaseUrl(url)
  return `${database} at ${split(url).hosts} as ${user}`
}

/** Returns the URL with another user and password, on the same hosts. */
export const withLogin = (url: string, user: string, password: string): string => {
  const { scheme, hosts, rest } = split(url)
  return `${scheme}${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hosts}${rest}`
}
