// One change after a confirmation: the plan that is open, the call it makes, and what to read anew afterwards.
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ChangePlan } from './confirm';
import { type Problem, toProblem } from './problem';
import type { Role } from './roles';

export interface Change extends ChangePlan {
  run: (reason: string) => Promise<unknown>;
  done: string; // "helpdesk-7 is live"
  /** Asks for a reason, which goes to the audit log. */
  needsReason?: boolean;
  /** The least role that may do it; `owner` when absent. */
  role?: Role;
}

export interface ChangeControl {
  change: Change | null;
  propose: (change: Change) => void;
  confirm: (reason: string) => void;
  close: () => void;
  isRunning: boolean;
  problem: Problem | null;
}

export function useChange(): ChangeControl {
  const [change, setChange] = useState<Change | null>(null);
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ chosen, reason }: { chosen: Change; reason: string }) => chosen.run(reason),
    onSuccess: (_data, { chosen }) => {
      notifications.show({ title: chosen.done, message: chosen.undo });
      setChange(null);
      void client.invalidateQueries();
    },
  });
  return {
    change,
    propose: (chosen) => {
      mutation.reset();
      setChange(chosen);
    },
    confirm: (reason) => change && mutation.mutate({ chosen: change, reason }),
    close: () => setChange(null),
    isRunning: mutation.isPending,
    problem: mutation.error ? toProblem(mutation.error) : null,
  };
}
