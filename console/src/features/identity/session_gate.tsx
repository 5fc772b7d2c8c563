// Shows the console to who is signed in, the sign-in page to who is not, and the way to set up a new factory.
import { Center, Loader, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { onSignedOut } from '@/shared/api';
import { toProblem } from '@/shared/problem';
import { ProblemAlert } from '@/shared/states';
import { SessionContext, sessionKey, useSessionQuery } from './session';
import { SignInPage } from './sign_in_page';

export function SessionGate({ children }: { children: ReactNode }) {
  const query = useSessionQuery();
  const client = useQueryClient();
  useEffect(() => onSignedOut(() => void client.invalidateQueries({ queryKey: sessionKey })), [client]);

  const problem = query.error ? toProblem(query.error) : undefined;
  if (problem?.isSignedOut) return <SignInPage />;
  if (query.data) return <SessionContext value={query.data}>{children}</SessionContext>;
  if (problem) {
    return (
      <Stack component="main" maw={560} mx="auto" mt="xl" p="md">
        <ProblemAlert problem={problem} retry={() => void query.refetch()} />
      </Stack>
    );
  }
  return (
    <Center component="main" mih="60vh" role="status" aria-label="Loading">
      <Loader type="dots" />
    </Center>
  );
}
