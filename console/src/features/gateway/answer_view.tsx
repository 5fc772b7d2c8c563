// An answer with its numbered sources, the reasons behind it, and thumbs.
import { Alert, Anchor, Grid, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { Fragment } from 'react';
import { Link } from 'wouter';
import { Citations } from '@/features/retrieval/citations';
import { Feedback } from '@/features/telemetry/feedback';
import { traceHref } from '@/shared/links';
import { Status } from '@/shared/status';
import { cutAtCitations } from './answer_text';
import type { Answer } from './ask';
import { WhyPanel } from './why_panel';

export function AnswerView({ answer, question }: { answer: Answer; question: string }) {
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Stack gap="md">
          <Paper data-testid="answer">
            <Stack gap="sm">
              <Group justify="space-between" align="flex-start" wrap="nowrap">
                <Text size="sm" c="dimmed" className="wrap-anywhere">
                  {question}
                </Text>
                <Status value={answer.status} />
              </Group>
              <AnswerText answer={answer} />
              <Group justify="space-between">
                <Feedback trace={answer.trace} />
                <Anchor component={Link} href={traceHref(answer.trace)} size="sm">
                  Open the trace
                </Anchor>
              </Group>
            </Stack>
          </Paper>
          <Citations citations={answer.citations} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <WhyPanel answer={answer} />
      </Grid.Col>
    </Grid>
  );
}

function AnswerText({ answer }: { answer: Answer }) {
  if (answer.error) {
    return (
      <Alert color="red" variant="outline" icon={<IconBan aria-hidden />} title={answer.error.message}>
        {answer.error.rule && <Text size="sm">Rule: {answer.error.rule}</Text>}
        {answer.error.fix && <Text size="sm">To mend it: {answer.error.fix}</Text>}
      </Alert>
    );
  }
  const numbers = new Set(answer.citations.map((citation) => citation.number));
  return (
    <div>
      <Title order={2} className="visually-hidden">
        Answer
      </Title>
      <div className="answer">
        {cutAtCitations(answer.text, numbers).map((piece, index) => (
          <Fragment key={index}>
            {'text' in piece ? (
              piece.text
            ) : (
              <Anchor inherit href={`#citation-${piece.number}`} aria-label={`Source ${piece.number}`}>
                [{piece.number}]
              </Anchor>
            )}
          </Fragment>
        ))}
      </div>
    </div>
  );
}
