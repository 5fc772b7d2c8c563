// First run: a one-time link makes the first administrator and signs in.
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useSearch } from 'wouter';
import { answerOf, api, setCsrfToken } from '@/shared/api';
import { CodeBlock } from '@/shared/code_block';
import { toProblem } from '@/shared/problem';
import { Loading, ProblemAlert } from '@/shared/states';
import { Entrance } from './entrance';
import { accountName, passwordLengthMin, validateAccount } from './account_rules';
import { sessionKey } from './session';

export function SetupPage() {
  // A fragment never reaches a server's log, so links may carry the token there: "/setup#token".
  const token = new URLSearchParams(useSearch()).get('token') ?? window.location.hash.slice(1);
  const state = useQuery({ queryKey: ['setup'], queryFn: () => answerOf(api.GET('/api/v1/setup')) });
  const purpose = 'The first administrator: sees everything, invites others.';
  if (state.isPending) {
    return (
      <Entrance title="Set up" purpose={purpose}>
        <Loading rows={3} />
      </Entrance>
    );
  }
  if (state.data && !state.data.needs_setup) {
    return (
      <Entrance title="Already set up" purpose="An administrator exists, so set-up links no longer work.">
        <Anchor component={Link} href="/">
          Sign in
        </Anchor>
      </Entrance>
    );
  }
  return (
    <Entrance title="Set up" purpose={purpose}>
      {state.error && <ProblemAlert problem={toProblem(state.error)} retry={() => void state.refetch()} />}
      {token ? <SetupForm token={token} /> : <TokenMissing />}
    </Entrance>
  );
}

function TokenMissing() {
  return (
    <>
      <Alert color="yellow" variant="outline">
        This address carries no token. Open the whole link that the server printed, or make a new one.
      </Alert>
      <CodeBlock label="On the machine of the server" text="millwright setup-link" />
    </>
  );
}

function SetupForm({ token }: { token: string }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const form = useForm({ initialValues: { account: '', password: '', repeated: '' }, validate: validateAccount });
  const setUp = useMutation({
    mutationFn: ({ account, password }: typeof form.values) =>
      answerOf(api.POST('/api/v1/setup', { body: { token, password, ...accountName(account) } })),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      client.setQueryData(sessionKey, session);
      client.removeQueries({ queryKey: ['setup'] });
      // The token leaves the address bar and the history with it.
      navigate('/', { replace: true });
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => setUp.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput
          label="E-mail or name"
          description="What you will sign in with"
          autoComplete="username"
          autoFocus
          withAsterisk
          {...form.getInputProps('account')}
        />
        <PasswordInput
          label="Password"
          description={`At least ${passwordLengthMin} characters`}
          autoComplete="new-password"
          withAsterisk
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          {...form.getInputProps('password')}
        />
        <PasswordInput
          label="Password again"
          autoComplete="new-password"
          withAsterisk
          visibilityToggleButtonProps={{ 'aria-label': 'Show the repeated password' }}
          {...form.getInputProps('repeated')}
        />
        {setUp.error && <ProblemAlert problem={toProblem(setUp.error)} />}
        <Button type="submit" size="sm" loading={setUp.isPending}>
          Create the administrator
        </Button>
        <Text size="xs" c="dimmed">
          The link works once.
        </Text>
      </Stack>
    </form>
  );
}
