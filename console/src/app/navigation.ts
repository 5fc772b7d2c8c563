// The places of the console: one list for the navigation bar, the palette and the keyboard.
import { IconDatabase, IconHome, IconInbox, IconMessageQuestion, IconRoute, IconStack2 } from '@tabler/icons-react';

export interface Place {
  path: string;
  label: string;
  purpose: string;
  key: string; // after "g"
  icon: typeof IconHome;
  group: 'Operate' | 'Build';
}

export const places: readonly Place[] = [
  { path: '/', label: 'Home', purpose: 'Are we OK, and what needs me?', key: 'h', icon: IconHome, group: 'Operate' },
  { path: '/inbox', label: 'Inbox', purpose: 'Approvals that wait for a person, and alerts', key: 'i', icon: IconInbox, group: 'Operate' },
  { path: '/traces', label: 'Traces', purpose: 'What happened to a request, and what it cost', key: 't', icon: IconRoute, group: 'Operate' },
  { path: '/ask', label: 'Ask', purpose: 'Ask a use case, see where the answer comes from', key: 'a', icon: IconMessageQuestion, group: 'Build' },
  { path: '/use-cases', label: 'Use cases', purpose: 'What is live, what it costs and delivers', key: 'u', icon: IconStack2, group: 'Build' },
  { path: '/data', label: 'Data', purpose: 'What came in, what was refused and why', key: 'd', icon: IconDatabase, group: 'Build' },
];

export function isAt(path: string, location: string): boolean {
  return path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
}
