import { expect, it } from 'vitest';
import { accountName, validateAccount } from './account_rules';

it.each([
  ['ada@example.org', true],
  [' Ada.L-1_x@y ', true],
  ['', false],
  ['-ada', false],
  ['ada lovelace', false],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
])('account %j', (account, isFine) => expect(validateAccount.account(account) === null).toBe(isFine));

it('tells an e-mail address from a name', () => {
  expect(accountName(' ada@example.org ')).toEqual({ email: 'ada@example.org' });
  expect(accountName('ada')).toEqual({ name: 'ada' });
});

it('counts characters, not bytes or halves', () => {
  expect(validateAccount.password('🔒'.repeat(11))).not.toBeNull();
  expect(validateAccount.password('🔒'.repeat(12))).toBeNull();
});

it('wants the password twice', () => {
  const all = { account: '', password: 'a', repeated: 'b' };
  expect(validateAccount.repeated('b', all)).toBe('The passwords differ');
  expect(validateAccount.repeated('a', all)).toBeNull();
});
