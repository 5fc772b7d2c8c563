// Ask: a question to a use case, the answer with its sources, and why it came out so.
import { Button, Group, Paper, Select, Stack, TagsInput, Textarea, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useUseCases } from '@/features/configuration/use_cases';
import { useSession } from '@/features/identity/session';
import { cliLine, curlLine } from '@/shared/commands';
import { CopyAs } from '@/shared/copy_as';
import { Page } from '@/shared/page';
import { toProblem } from '@/shared/problem';
import { hasRole } from '@/shared/roles';
import { Empty, ProblemAlert, QueryState } from '@/shared/states';
import { useUrlState } from '@/shared/url_state';
import { AnswerView } from './answer_view';
import { type Question, ask } from './ask';
import { StreamingText } from './streaming_text';

export default function AskPage() {
  const useCases = useUseCases();
  return (
    <Page title="Ask" purpose="As an application would: same policy, same budget, same trace.">
      <QueryState query={useCases}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="There is no use case to ask" command="millwright config plan">
              Questions go to a use case. Add one to the configuration, and it appears here.
            </Empty>
          ) : (
            <AskForm names={page.items.map((useCase) => useCase.name)} />
          )
        }
      </QueryState>
    </Page>
  );
}

function AskForm({ names }: { names: string[] }) {
  const [state, setState] = useUrlState({ use_case: names[0] ?? '' });
  const [text, setText] = useState('');
  const [groups, setGroups] = useState<string[]>([]);
  const [streamed, setStreamed] = useState('');
  const isAdmin = hasRole(useSession().role, 'admin');
  const abort = useRef<AbortController | null>(null);
  const useCase = names.includes(state.use_case) ? state.use_case : (names[0] ?? '');
  const asking = useMutation({
    mutationFn: (question: Question) => {
      setStreamed('');
      abort.current = new AbortController();
      return ask(question, (piece) => setStreamed((before) => before + piece), abort.current.signal);
    },
  });
  const isReady = text.trim() !== '' && !asking.isPending;
  const submit = () => isReady && asking.mutate({ useCase, text: text.trim(), groups });
  const wasStopped = asking.isError && abort.current?.signal.aborted;
  return (
    <Stack gap="md">
      <Paper>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Stack gap="sm">
            <Group gap="sm" align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
              <Select
                label="Use case"
                data={names}
                value={useCase}
                allowDeselect={false}
                onChange={(value) => setState({ use_case: value ?? '' })}
              />
              {isAdmin && (
                <TagsInput
                  label="Ask as a member of"
                  description="Groups decide which documents may be used; empty: your own"
                  inputWrapperOrder={['label', 'input', 'description']}
                  value={groups}
                  onChange={setGroups}
                  maxTags={20}
                />
              )}
            </Group>
            <Textarea
              label="Question"
              placeholder="How do I add a package source to apt?"
              autosize
              minRows={2}
              maxRows={10}
              maxLength={20_000}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
              }}
            />
            <Group gap="sm">
              <Button type="submit" disabled={!isReady} loading={asking.isPending}>
                Ask
              </Button>
              {asking.isPending && (
                <Button variant="default" onClick={() => abort.current?.abort()}>
                  Stop
                </Button>
              )}
              {text.trim() !== '' && <CopyAs forms={forms(useCase, text.trim())} />}
            </Group>
          </Stack>
        </form>
      </Paper>
      <div aria-live="polite" aria-busy={asking.isPending}>
        {asking.isPending && <StreamingText text={streamed} />}
        {asking.isError && !wasStopped && <ProblemAlert problem={toProblem(asking.error)} retry={submit} />}
        {wasStopped && <Title order={2}>Stopped</Title>}
        {asking.data && !asking.isPending && <AnswerView answer={asking.data} question={asking.variables.text} />}
      </div>
    </Stack>
  );
}

function forms(useCase: string, question: string): Record<string, string> {
  return {
    'Command line': cliLine('chat', useCase, question),
    curl: curlLine('POST', `/api/v1/use-cases/${encodeURIComponent(useCase)}/ask`, { question }),
  };
}
