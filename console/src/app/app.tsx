// Providers around the console, and the fork between signed in, signed out and first run.
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Route, Switch } from 'wouter';
import { SessionGate } from '@/features/identity/session_gate';
import { SetupPage } from '@/features/identity/setup_page';
import { toProblem } from '@/shared/problem';
import { ErrorBoundary } from './error_boundary';
import { Shell } from './shell';
import { cssVariables, theme } from './theme';

function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && toProblem(error).isTransient,
      },
    },
  });
}

export function App({ nonce }: { nonce: string }) {
  const [client] = useState(makeQueryClient);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" />
        <ErrorBoundary>
          <Switch>
            <Route path="/setup">
              <SetupPage />
            </Route>
            <Route>
              <SessionGate>
                <Shell />
              </SessionGate>
            </Route>
          </Switch>
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}
