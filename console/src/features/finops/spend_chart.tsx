// The running total of spend against the limit, drawn by uPlot. The table beside it says the same.
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatMoney, toPlotNumber } from '@/shared/money';
import type { DaySpend } from './spend';

export default function SpendChart({ days, limit }: { days: DaySpend[]; limit: string | undefined }) {
  const frame = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const plot = new uPlot(optionsFor(element, limit), dataOf(days, limit), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 220 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
    // The colours come from the scheme.
  }, [days, limit, scheme]);
  const last = days.at(-1);
  return (
    <div
      ref={frame}
      role="img"
      aria-label={`Spend by day, ${formatMoney(last?.sum ?? '0')} in all${limit ? ` of ${formatMoney(limit)}` : ''}`}
    />
  );
}

function dataOf(days: DaySpend[], limit: string | undefined): uPlot.AlignedData {
  const times = days.map((day) => Date.parse(`${day.day.slice(0, 10)}T00:00:00Z`) / 1000);
  const sums = days.map((day) => toPlotNumber(day.sum));
  return limit ? [times, sums, days.map(() => toPlotNumber(limit))] : [times, sums];
}

function optionsFor(element: HTMLElement, limit: string | undefined): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--mantine-color-text'), grid: { stroke: colour('--millwright-grid') } };
  const series: uPlot.Series[] = [
    { label: 'Day' },
    {
      label: 'Spent',
      stroke: colour('--mantine-color-anchor'),
      fill: `color-mix(in srgb, ${colour('--mantine-color-anchor')} 18%, transparent)`,
      width: 2,
      points: { show: true },
      value: (_plot, value) => (value === null ? '–' : `$${value}`),
    },
  ];
  if (limit) series.push({ label: 'Limit', stroke: colour('--millwright-bad'), dash: [6, 4], width: 2 });
  return {
    width: element.clientWidth,
    height: 220,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [axis, { ...axis, size: 70, values: (_plot, ticks) => ticks.map((tick) => `$${tick}`) }],
    series,
  };
}
