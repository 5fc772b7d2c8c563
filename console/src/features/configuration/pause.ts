// The kill switch of a use case, and its way back.
import { answerOf, api } from '@/shared/api';
import type { Change } from '@/shared/use_change';
import type { UseCase } from './use_cases';

export function pause(useCase: UseCase): Change {
  const live = useCase.keys.filter((key) => !key.revoked_at).length;
  return {
    title: `Pause ${useCase.name}`,
    effects: [
      'From now on every call is refused with the reason you give.',
      `${live} ${live === 1 ? 'key calls' : 'keys call'} it.`,
      'Answers on their way are finished.',
    ],
    undo: 'Resume it: in effect at once.',
    confirmLabel: 'Stop serving',
    isDestructive: true,
    name: useCase.name,
    needsReason: true,
    done: `${useCase.name} is paused`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/use-cases/{name}/pause', { params: { path: { name: useCase.name } }, body: { reason } })),
  };
}

export function resume(useCase: UseCase): Change {
  return {
    title: `Resume ${useCase.name}`,
    effects: [`It was paused because: ${useCase.pause_reason || 'no reason was given'}.`, 'Calls are served again.'],
    undo: 'Pause it again.',
    confirmLabel: 'Serve again',
    done: `${useCase.name} serves again`,
    run: (reason) =>
      answerOf(api.POST('/api/v1/use-cases/{name}/resume', { params: { path: { name: useCase.name } }, body: { reason } })),
  };
}
