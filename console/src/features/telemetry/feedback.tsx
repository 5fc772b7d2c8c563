// Thumbs on an answer, with a word on what was wrong.
import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core';
import { IconThumbDown, IconThumbDownFilled, IconThumbUp, IconThumbUpFilled } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '@/shared/api';
import { toProblem } from '@/shared/problem';

export function Feedback({ trace }: { trace: string }) {
  const [comment, setComment] = useState('');
  const send = useMutation({
    mutationFn: (given: { score: 1 | -1; comment?: string }) => answerOf(api.POST('/api/v1/feedback', { body: { trace, ...given } })),
  });
  const score = send.variables?.score;
  return (
    <Group gap={6}>
      <ActionIcon aria-label="Good answer" aria-pressed={score === 1} onClick={() => send.mutate({ score: 1 })} disabled={send.isPending}>
        {score === 1 ? <IconThumbUpFilled size={17} aria-hidden /> : <IconThumbUp size={17} aria-hidden />}
      </ActionIcon>
      <ActionIcon aria-label="Bad answer" aria-pressed={score === -1} onClick={() => send.mutate({ score: -1 })} disabled={send.isPending}>
        {score === -1 ? <IconThumbDownFilled size={17} aria-hidden /> : <IconThumbDown size={17} aria-hidden />}
      </ActionIcon>
      {score === -1 && !send.variables?.comment && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (comment.trim()) send.mutate({ score: -1, comment: comment.trim() });
          }}
        >
          <Group gap={6}>
            <TextInput
              size="xs"
              aria-label="What was wrong?"
              placeholder="What was wrong?"
              maxLength={2000}
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
            />
            <Button type="submit" variant="default">
              Send
            </Button>
          </Group>
        </form>
      )}
      <Text size="xs" c="dimmed" role="status">
        {send.isSuccess && 'Recorded with the trace'}
        {send.isError && `Not recorded: ${toProblem(send.error).message}`}
      </Text>
    </Group>
  );
}
