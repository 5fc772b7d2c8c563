// Sign-in with name and password. Where no administrator exists yet, it says how the first one is made.
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api, setCsrfToken } from '@/shared/api';
import { CodeBlock } from '@/shared/code_block';
import { toProblem } from '@/shared/problem';
import { ProblemAlert } from '@/shared/states';
import { Entrance } from './entrance';
import { sessionKey } from './session';

export function SignInPage() {
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => answerOf(api.GET('/api/v1/setup')) });
  if (setup.data?.needs_setup) return <SetupNeeded />;
  return <SignInForm />;
}

function SetupNeeded() {
  return (
    <Entrance title="This factory is new" purpose="No account exists yet, and no default password.">
      <Text size="sm">
        The server printed a one-time link when it started: open it to make the first administrator. It holds for 30
        minutes; a fresh one comes from
      </Text>
      <CodeBlock label="On the machine of the server" text="millwright setup-link" />
    </Entrance>
  );
}

function SignInForm() {
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', password: '' },
    validate: {
      name: (value) => (value.trim() ? null : 'Enter your name'),
      password: (value) => (value ? null : 'Enter your password'),
    },
  });
  const signIn = useMutation({
    mutationFn: (values: { name: string; password: string }) =>
      answerOf(api.POST('/api/v1/session', { body: { name: values.name.trim(), password: values.password } })),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      // What an earlier person of this browser fetched is not for this one.
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
      client.setQueryData(sessionKey, session);
    },
  });
  const problem = signIn.error ? toProblem(signIn.error) : undefined;
  return (
    <Entrance title="Sign in" purpose="With the account that an administrator of this factory gave you.">
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput label="Name or e-mail" autoComplete="username" autoFocus {...form.getInputProps('name')} />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            {...form.getInputProps('password')}
          />
          {problem?.isSignedOut && (
            <Alert color="red" variant="outline" role="alert">
              Name and password do not match an account.
            </Alert>
          )}
          {problem && !problem.isSignedOut && <ProblemAlert problem={problem} />}
          <Button type="submit" size="sm" loading={signIn.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
