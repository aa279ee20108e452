import { describe, expect, test } from 'vitest'
import { mailConfig } from './config.ts'

const PUBLIC_URL = 'https://vobee.example:8443'
const SMTP_URL = 'smtp://mail.example'

describe('CONFIRMATION', () => {
  test('is credit with mail, and off without', () => {
    expect(mailConfig({ PUBLIC_URL, SMTP_URL }).confirmation).toBe('credit')
    expect(mailConfig({ PUBLIC_URL })).toMatchObject({ confirmation: 'off', smtpUrl: null })
  })

  test('can be set', () => {
    expect(mailConfig({ PUBLIC_URL, SMTP_URL, CONFIRMATION: 'off' }).confirmation).toBe('off')
    expect(mailConfig({ PUBLIC_URL, SMTP_URL, CONFIRMATION: 'place' }).confirmation).toBe('place')
    expect(mailConfig({ PUBLIC_URL, CONFIRMATION: 'off' }).confirmation).toBe('off')
  })

  test('is an error if no mail can be sent', () => {
    expect(() => mailConfig({ PUBLIC_URL, CONFIRMATION: 'place' })).toThrow('SMTP_URL: is not set')
  })
})

test('the sender is at the host of PUBLIC_URL unless MAIL_FROM is set', () => {
  expect(mailConfig({ PUBLIC_URL, SMTP_URL }).from).toBe('VoBee <no-reply@vobee.example>')
  const MAIL_FROM = 'Team <team@vobee.example>'
  expect(mailConfig({ PUBLIC_URL, SMTP_URL, MAIL_FROM }).from).toBe(MAIL_FROM)
})
