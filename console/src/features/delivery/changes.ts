// The steps of a release, each as a change to confirm: what it does, what was checked, how it is undone.
import type { UseCase } from '@/features/configuration/use_cases';
import { type Schema, answerOf, api } from '@/shared/api';
import type { Change } from '@/shared/use_change';

type Release = Pick<Schema['Release'], 'id' | 'use_case' | 'state' | 'is_signed' | 'canary_percent' | 'number'>;

const canaryPercent = 10;

export function nextSteps(release: Release, all: readonly Release[]): Change[] {
  const live = all.find((other) => other.state === 'live');
  switch (release.state) {
    case 'draft':
      return [evaluate(release, live)];
    case 'blocked':
      return [evaluate(release, live)];
    case 'evaluated':
      return [sign(release)];
    case 'signed':
      return live ? [startCanary(release, live), promote(release, live)] : [promote(release, live)];
    case 'canary':
      return [promote(release, live)];
    default:
      return [];
  }
}

function paramsOf(release: Release) {
  return { params: { path: { id: release.id } } };
}

function evaluate(release: Release, live: Release | undefined): Change {
  return {
    title: `Evaluate ${release.id}`,
    effects: [
      `Every case of its suite is asked${live ? `, of ${live.id} too` : ''}; the calls are metered like any other.`,
      'The three gates judge quality, safety and operations. Users notice nothing.',
    ],
    undo: 'Nothing to undo: only a report is added.',
    command: `millwright release create ${release.use_case}`,
    confirmLabel: 'Evaluate',
    done: `${release.id} was evaluated`,
    run: () => answerOf(api.POST('/api/v1/releases/{id}/evaluate', paramsOf(release))),
  };
}

function sign(release: Release): Change {
  return {
    title: `Sign ${release.id}`,
    effects: ['Your name goes under exactly these artifacts. From risk tier T2 on, somebody other than the author must sign.'],
    checks: ['All three gates passed.'],
    undo: 'A signature stands; an unwanted release is simply never promoted.',
    command: `millwright release sign ${release.id}`,
    confirmLabel: 'Sign',
    role: 'approver',
    done: `${release.id} is signed`,
    run: () => answerOf(api.POST('/api/v1/releases/{id}/sign', paramsOf(release))),
  };
}

function startCanary(release: Release, live: Release): Change {
  return {
    title: `Canary ${release.id}`,
    effects: [`${canaryPercent} % of users get ${release.id}; the others keep ${live.id}. Each user stays on one side.`],
    checks: ['Its signature and every artifact are verified before the first call.'],
    undo: `Roll back: everybody is on ${live.id} again at once.`,
    confirmLabel: `Canary ${canaryPercent} %`,
    done: `${release.id} serves ${canaryPercent} % of users`,
    run: () => answerOf(api.POST('/api/v1/releases/{id}/canary', { ...paramsOf(release), body: { percent: canaryPercent } })),
  };
}

function promote(release: Release, live: Release | undefined): Change {
  return {
    title: `Promote ${release.id}`,
    effects: [`All calls to ${release.use_case} are answered by ${release.id}${live ? ` instead of ${live.id}` : ''}, from the next one on.`],
    checks: ['The three gates passed.', 'It is signed; signature and every artifact are verified first.'],
    undo: live ? `Roll back: ${live.id} serves again in under a second.` : 'Roll back, or promote another release.',
    command: `millwright release promote ${release.id}`,
    confirmLabel: 'Promote',
    done: `${release.id} is live`,
    run: () => answerOf(api.POST('/api/v1/releases/{id}/promote', paramsOf(release))),
  };
}

export function rollBack(useCase: Pick<UseCase, 'name' | 'live'>, all: readonly Release[]): Change {
  const canary = useCase.live?.canary;
  const before = all.filter((release) => release.state === 'superseded').sort((a, b) => b.number - a.number)[0];
  const effect = canary
    ? `The canary ${canary} ends: everybody is on ${useCase.live?.release ?? 'the live release'} again.`
    : `${before?.id ?? 'The release before'} answers all calls instead of ${useCase.live?.release ?? 'the live one'}.`;
  return {
    title: `Roll back ${useCase.name}`,
    effects: [effect, 'In effect from the next call on. Alerts and the audit log say so.'],
    undo: 'Promote the release again.',
    command: `millwright release rollback ${useCase.name}`,
    confirmLabel: 'Roll back',
    isDestructive: true,
    needsReason: true,
    done: `${useCase.name} is rolled back`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/use-cases/{name}/rollback', { params: { path: { name: useCase.name } }, body: { reason } })),
  };
}

export function createDraft(useCase: Pick<UseCase, 'name'>): Change {
  return {
    title: `Draft a release of ${useCase.name}`,
    effects: ['Prompt, route, dataset, index, suite and policy of now are stored as artifacts and named by a manifest.'],
    undo: 'A draft serves nobody; leave it.',
    command: `millwright release create ${useCase.name}`,
    confirmLabel: 'Make the draft',
    needsReason: true,
    done: `${useCase.name} has a new draft`,
    run: (note) =>
      answerOf(api.POST('/api/v1/use-cases/{name}/releases', { params: { path: { name: useCase.name } }, body: { note } })),
  };
}
