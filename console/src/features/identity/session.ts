// Who is signed in. The cookie is HttpOnly: only the server knows it; this is what it says about it.
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { type Schema, answerOf, api, setCsrfToken } from '@/shared/api';

export type Session = Schema['Session'];

export const sessionKey = ['session'] as const;

export function useSessionQuery() {
  return useQuery({
    queryKey: sessionKey,
    staleTime: 60_000,
    queryFn: async () => {
      const session = await answerOf(api.GET('/api/v1/session'));
      setCsrfToken(session.csrf_token);
      return session;
    },
  });
}

export const SessionContext = createContext<Session | null>(null);

/** Inside the session gate only. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session here');
  return session;
}
