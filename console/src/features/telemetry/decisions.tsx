// The decisions of a request, in order: stage, verdict, the rule that decided, the evidence.
import { Code, Group, Stack, Text } from '@mantine/core';
import type { Schema } from '@/shared/api';
import { Status } from '@/shared/status';
import { wordsOf } from '@/shared/tone';
import { evidenceWords } from './evidence';

export function Decisions({ decisions }: { decisions: Schema['Decision'][] }) {
  if (decisions.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No stage recorded a decision.
      </Text>
    );
  }
  return (
    <Stack gap={8} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
      {decisions.map((decision, index) => (
        <li key={index}>
          <Group gap={8} wrap="nowrap" align="baseline" className="decision">
            <Text size="sm" fw={600} w={110} style={{ flexShrink: 0 }}>
              {wordsOf(decision.stage)}
            </Text>
            <div style={{ width: 96, flexShrink: 0 }}>
              <Status value={decision.verdict} />
            </div>
            <div style={{ minWidth: 0 }}>
              {decision.rule && <Code className="wrap-anywhere">{decision.rule}</Code>}
              <Text size="xs" c="dimmed" className="wrap-anywhere">
                {evidenceWords(decision.evidence)}
              </Text>
            </div>
          </Group>
        </li>
      ))}
    </Stack>
  );
}
