// The answer as it arrives.
import { Group, Loader, Paper, Text } from '@mantine/core';

export function StreamingText({ text }: { text: string }) {
  return (
    <Paper>
      {text === '' ? (
        <Group gap="sm">
          <Loader size="sm" type="dots" />
          <Text size="sm">Searching and answering</Text>
        </Group>
      ) : (
        <div className="answer">{text}</div>
      )}
    </Paper>
  );
}
