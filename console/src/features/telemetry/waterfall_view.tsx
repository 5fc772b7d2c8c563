// The waterfall as a tree grid: rows a screen reader can walk, bars on one time axis, hatched where no span accounts
// for the time. Arrow keys move, fold and unfold.
import { Group, Paper, Text, Title } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { formatDuration } from '@/shared/time';
import { type Span, type Waterfall, type WaterfallRow, layOutWaterfall, visibleRows } from './waterfall';

export function WaterfallView({ spans }: { spans: Span[] }) {
  const waterfall = useMemo(() => layOutWaterfall(spans), [spans]);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = visibleRows(waterfall.rows, folded);

  const toggle = (id: string) =>
    setFolded((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const focus = (index: number) => {
    const bounded = Math.max(0, Math.min(rows.length - 1, index));
    setCurrent(bounded);
    body.current?.querySelectorAll<HTMLTableRowElement>('tr')[bounded]?.focus();
  };
  const onKey = (event: KeyboardEvent, index: number, row: WaterfallRow) => {
    const isFolded = folded.has(row.span.id);
    const moves: Record<string, () => void> = {
      ArrowDown: () => focus(index + 1),
      ArrowUp: () => focus(index - 1),
      Home: () => focus(0),
      End: () => focus(rows.length - 1),
      ArrowRight: () => (row.hasChildren && isFolded ? toggle(row.span.id) : focus(index + 1)),
      ArrowLeft: () => (row.hasChildren && !isFolded ? toggle(row.span.id) : focus(parentIndex(rows, index))),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };

  return (
    <Paper component="section" aria-labelledby="waterfall-title">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="waterfall-title">
          Where the time went
        </Title>
        <Legend waterfall={waterfall} />
      </Group>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          This trace has no spans.
        </Text>
      ) : (
        <div style={{ overflowX: 'auto' }}>
          <table className="waterfall" role="treegrid" aria-labelledby="waterfall-title">
            <thead>
              <tr>
                <th scope="col">Stage</th>
                <th scope="col" className="number">
                  Time
                </th>
                <th scope="col" className="number">
                  Own time
                </th>
                <th scope="col">0 to {formatDuration(waterfall.totalMs)}</th>
              </tr>
            </thead>
            <tbody ref={body}>
              {rows.map((row, index) => (
                <tr
                  key={row.span.id}
                  aria-level={row.depth}
                  aria-posinset={row.position}
                  aria-setsize={row.siblings}
                  aria-expanded={row.hasChildren ? !folded.has(row.span.id) : undefined}
                  tabIndex={index === Math.min(current, rows.length - 1) ? 0 : -1}
                  onFocus={() => setCurrent(index)}
                  onKeyDown={(event) => onKey(event, index, row)}
                  onClick={() => row.hasChildren && toggle(row.span.id)}
                >
                  <td role="gridcell" style={{ paddingLeft: 6 + (row.depth - 1) * 16, whiteSpace: 'nowrap' }}>
                    <Fold row={row} isFolded={folded.has(row.span.id)} /> {row.span.name}
                  </td>
                  <td role="gridcell" className="number">
                    {formatDuration(row.span.durationMs)}
                  </td>
                  <td role="gridcell" className="number">
                    {formatDuration(row.selfMs)}
                  </td>
                  <td role="gridcell" width="55%">
                    <Lane row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Paper>
  );
}

function parentIndex(rows: WaterfallRow[], index: number): number {
  const depth = rows[index]?.depth ?? 1;
  for (let at = index - 1; at >= 0; at--) if ((rows[at]?.depth ?? 1) < depth) return at;
  return index;
}

function Fold({ row, isFolded }: { row: WaterfallRow; isFolded: boolean }) {
  const style = { verticalAlign: 'middle' };
  if (!row.hasChildren) return <span style={{ display: 'inline-block', width: 14 }} />;
  return isFolded ? <IconChevronRight size={14} style={style} aria-hidden /> : <IconChevronDown size={14} style={style} aria-hidden />;
}

const share = (part: number) => `${(part * 100).toFixed(3)}%`;

function Lane({ row }: { row: WaterfallRow }) {
  return (
    <div className="lane">
      <span
        className={row.span.status === 'ok' ? 'work' : 'failed'}
        style={{ left: share(row.offset), width: share(row.width) }}
        title={`${row.span.name}: ${formatDuration(row.span.durationMs)}`}
      />
      {row.unaccounted.map((gap) => (
        <span
          key={gap.offset}
          className="unaccounted"
          style={{ left: share(gap.offset), width: share(gap.width) }}
          title="Time that no stage below accounts for"
        />
      ))}
    </div>
  );
}

function Legend({ waterfall }: { waterfall: Waterfall }) {
  return (
    <Group gap="md">
      <Group gap={6}>
        <span className="waterfall" style={{ width: 'auto' }} aria-hidden>
          <span className="unaccounted" style={{ display: 'inline-block', width: 18, height: 12 }} />
        </span>
        <Text size="xs">unaccounted {formatDuration(waterfall.unaccountedMs)}</Text>
      </Group>
      <Text size="xs">total {formatDuration(waterfall.totalMs)}</Text>
    </Group>
  );
}
