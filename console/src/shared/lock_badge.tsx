// Who owns an object. A file's object is locked here, and the badge says which line to edit.
import { Badge, Group, Tooltip } from '@mantine/core';
import { IconLock, IconPencil } from '@tabler/icons-react';
import type { Schema } from './api';

export function LockBadge({ origin }: { origin: Schema['Origin'] }) {
  const isFile = origin.owner === 'file';
  const place = origin.line > 0 ? `${origin.source}:${origin.line}` : origin.source;
  const Icon = isFile ? IconLock : IconPencil;
  return (
    <Tooltip label={isFile ? 'Owned by a file: change it there and apply' : 'Owned by the console'}>
      <Badge variant="default" tabIndex={0}>
        <Group gap={4} wrap="nowrap" component="span">
          <Icon size={12} aria-hidden />
          <span>{isFile ? place : 'console'}</span>
        </Group>
      </Badge>
    </Tooltip>
  );
}
