// Text to copy: commands, snippets, configuration.
import { Box, Button, CopyButton, Group, Text } from '@mantine/core';

interface CodeBlockProps {
  text: string;
  label?: string;
}

export function CodeBlock({ text, label }: CodeBlockProps) {
  return (
    <Box w="100%">
      <Group justify="space-between" mb={4}>
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy} aria-label={`${copied ? 'Copied' : 'Copy'}: ${label ?? 'text'}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      {/* A scrolling region must be reachable by keyboard. */}
      <pre className="code-lines" tabIndex={0} aria-label={label ?? 'Code'} role="region">
        {text}
      </pre>
    </Box>
  );
}
