// Colours, density and type of the console: one accent, readable greys in light and dark, dense rows.
import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  Paper,
  Table,
  Tooltip,
  createTheme,
} from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e6f6f8', '#cde9ee', '#9fd3dc', '#6dbccb', '#45a6b8', '#2a93a7', '#12798d', '#0b6476', '#0b5c6b', '#06424e',
];

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.35rem' }, h2: { fontSize: '1.05rem' }, h3: { fontSize: '.95rem' } } },
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    // Colour alone would not tell a link from the text around it.
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    Badge: Badge.extend({ defaultProps: { radius: 'sm', tt: 'none' } }),
    Paper: Paper.extend({ defaultProps: { withBorder: true, p: 'md' } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 5, horizontalSpacing: 'sm', fz: 'sm', highlightOnHover: true } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 300 } }),
  },
});

/** Mantine's own dimmed text misses 4.5:1 on its backgrounds. */
export const cssVariables: CSSVariablesResolver = (base) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#556069',
    '--mantine-color-placeholder': '#626b73',
    '--mantine-color-anchor': base.colors.petrol?.[8] ?? '#0b5c6b',
    '--mantine-color-error': '#c92a2a',
    '--millwright-surface': '#f6f8f9',
    '--millwright-grid': '#e4e8eb',
    '--millwright-good': '#1c7c44',
    '--millwright-warning': '#965100',
    '--millwright-bad': '#c22525',
    '--millwright-info': '#1864ab',
    '--millwright-quiet': '#556069',
  },
  dark: {
    '--mantine-color-dimmed': '#b3bac0',
    '--mantine-color-placeholder': '#a4abb1',
    '--mantine-color-anchor': base.colors.petrol?.[3] ?? '#6dbccb',
    '--mantine-color-error': '#ff8787',
    '--millwright-surface': '#1b1d1f',
    '--millwright-grid': '#3a3d40',
    '--millwright-good': '#69db8f',
    '--millwright-warning': '#ffc078',
    '--millwright-bad': '#ff9b9b',
    '--millwright-info': '#8cc7ff',
    '--millwright-quiet': '#b3bac0',
  },
});
