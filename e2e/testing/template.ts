// Before the journeys: `npm start` initialises a data folder once, and each system gets a copy.
import type { TestProject } from 'vitest/node'
import { makeDataFolder, removeDataFolder, startStack } from './start-stack.ts'

export const setup = async (project: TestProject) => {
  const dataDir = await makeDataFolder()
  const { end } = await startStack(dataDir)
  await end()
  project.provide('initialisedData', dataDir)
  return () => removeDataFolder(dataDir)
}
