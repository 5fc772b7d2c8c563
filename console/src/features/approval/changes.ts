// Decisions of people in the inbox, each as a change to confirm.
import { type Schema, answerOf, api } from '@/shared/api';
import type { Change } from '@/shared/use_change';

export function decide(approval: Schema['Approval'], decision: 'approve' | 'reject'): Change {
  const isApproval = decision === 'approve';
  return {
    title: `${isApproval ? 'Approve' : 'Reject'}: ${approval.title}`,
    effects: [
      isApproval ? `What ${approval.requested_by} asked for goes ahead.` : `What ${approval.requested_by} asked for does not happen.`,
      'Your name and reason go to the audit log.',
    ],
    undo: 'A decision stands; ask anew to change it.',
    confirmLabel: isApproval ? 'Approve' : 'Reject',
    isDestructive: !isApproval,
    needsReason: !isApproval,
    role: 'approver',
    done: `${approval.title}: ${isApproval ? 'approved' : 'rejected'}`,
    run: (reason) =>
      answerOf(
        api.POST('/api/v1/approvals/{id}/decide', { params: { path: { id: approval.id } }, body: { decision, reason } }),
      ),
  };
}

export function acknowledge(alert: Schema['Alert']): Change {
  return {
    title: `Acknowledge: ${alert.title}`,
    effects: ['It leaves the attention list of Home, for everybody. It stays open until its cause is gone.'],
    undo: 'It is raised again when it happens again.',
    confirmLabel: 'Acknowledge',
    role: 'approver',
    done: 'Acknowledged',
    run: () => answerOf(api.POST('/api/v1/alerts/{id}/acknowledge', { params: { path: { id: alert.id } } })),
  };
}
