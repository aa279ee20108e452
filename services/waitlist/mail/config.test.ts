import { describe, expect, test } from 'vitest'
import { mailConfig } from './config.ts'

const PUBLIC_URL = 'https://vobee.example:8443'
const SMTP_URL = 'smtp://mail.example'

describe('confirming', () => {
  test('is for credit where mail is sent, and off where none is', () => {
    expect(mailConfig({ PUBLIC_URL, SMTP_URL }).confirmation).toBe('credit')
    expect(mailConfig({ PUBLIC_URL })).toMatchObject({ confirmation: 'off', smtpUrl: null })
  })

  test('is as it is set', () => {
    expect(mailConfig({ PUBLIC_URL, SMTP_URL, CONFIRMATION: 'off' }).confirmation).toBe('off')
    expect(mailConfig({ PUBLIC_URL, SMTP_URL, CONFIRMATION: 'place' }).confirmation).toBe('place')
    expect(mailConfig({ PUBLIC_URL, CONFIRMATION: 'off' }).confirmation).toBe('off')
  })

  test('is a fault where nobody could', () => {
    expect(() => mailConfig({ PUBLIC_URL, CONFIRMATION: 'place' })).toThrow('SMTP_URL: is not set')
  })
})

test('mail comes from the host of the public address unless it is said', () => {
  expect(mailConfig({ PUBLIC_URL, SMTP_URL }).from).toBe('VoBee <no-reply@vobee.example>')
  const MAIL_FROM = 'Team <team@vobee.example>'
  expect(mailConfig({ PUBLIC_URL, SMTP_URL, MAIL_FROM }).from).toBe(MAIL_FROM)
})
