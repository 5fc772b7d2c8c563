import { expect, it } from 'vitest';
import { hrefOf, placeOf } from './links';

it.each([
  ['use_case/helpdesk', '/use-cases/helpdesk'],
  ['use_cases/helpdesk', '/use-cases/helpdesk'],
  ['/api/v1/use-cases/help%20desk', '/use-cases/help%20desk'],
  ['release/help-desk-12', '/use-cases/help-desk?tab=releases'],
  ['/api/v1/traces/0192', '/traces/0192'],
  ['document/ab', '/data/documents/ab'],
  ['indexes/it-kb', '/data?tab=indexes'],
  ['dataset/it-kb', '/data?tab=datasets'],
  ['budget/use_case/helpdesk', '/use-cases/helpdesk'],
  ['trace/%zz', '/traces/%25zz'],
  ['server', undefined],
  ['', undefined],
  ['keys/abc', undefined],
])('%s is at %s', (object, place) => expect(placeOf(object)).toBe(place));

it('prefers a place in the console', () => expect(hrefOf('/data?tab=quarantine', 'x/y')).toBe('/data?tab=quarantine'));
it.each([
  ['/approvals', 'dataset/it-kb', '/inbox'],
  ['/costs', '', '/use-cases'],
  ['/elsewhere', 'use_case/a', '/use-cases/a'],
  ['/elsewhere', '', undefined],
  ['/', '', '/'],
])('%s of %j leads to %s', (href, object, place) => expect(hrefOf(href, object)).toBe(place));
it('never leads elsewhere', () => {
  expect(hrefOf('//evil.example', 'nothing')).toBeUndefined();
  expect(hrefOf('javascript:alert(1)', 'use_case/a')).toBe('/use-cases/a');
});
