// A running system for a test file.
import { copyData } from '@vobee/local/testing/copy-data'
import { afterAll, beforeAll, inject } from 'vitest'
import { makeDataFolder, removeDataFolder, type Stack, startStack } from './start-stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    initialisedData: string
  }
}

/** Returns a new data folder, as the first `npm start` leaves it. */
export const copyInitialisedData = async () => {
  const dataDir = await makeDataFolder()
  await copyData(inject('initialisedData'), dataDir)
  return dataDir
}

/** Starts a system for the calling test file, on a copy of the initialised data. */
export const useStack = (settings: NodeJS.ProcessEnv = {}): Stack => {
  const given = {} as Stack
  let dataDir = ''
  beforeAll(async () => {
    dataDir = await copyInitialisedData()
    Object.assign(given, await startStack(dataDir, settings))
  })
  afterAll(async () => {
    await given.end?.()
    await removeDataFolder(dataDir)
  })
  return given
}
