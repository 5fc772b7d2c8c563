// Ctrl/⌘-K: pages, use cases and actions, found by typing.
import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconKeyboard, IconMoon, IconSearch, IconStack2, IconSun } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { useUseCases } from '@/features/configuration/use_cases';
import { places } from './navigation';

export function Palette({ openShortcuts }: { openShortcuts: () => void }) {
  const [, navigate] = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const useCases = useUseCases();
  const groups: SpotlightActionGroupData[] = [
    {
      group: 'Pages',
      actions: places.map((place) => ({
        id: place.path,
        label: place.label,
        description: place.purpose,
        leftSection: <place.icon size={18} aria-hidden />,
        onClick: () => navigate(place.path),
      })),
    },
    {
      group: 'Use cases',
      actions: (useCases.data?.items ?? []).flatMap((useCase) => [
        {
          id: `use-case ${useCase.name}`,
          label: useCase.name,
          description: 'Configuration, budget, releases',
          leftSection: <IconStack2 size={18} aria-hidden />,
          onClick: () => navigate(`/use-cases/${encodeURIComponent(useCase.name)}`),
        },
        {
          id: `ask ${useCase.name}`,
          label: `Ask ${useCase.name}`,
          leftSection: <IconSearch size={18} aria-hidden />,
          onClick: () => navigate(`/ask?use_case=${encodeURIComponent(useCase.name)}`),
        },
      ]),
    },
    {
      group: 'Actions',
      actions: [
        { id: 'light', label: 'Light theme', leftSection: <IconSun size={18} aria-hidden />, onClick: () => setColorScheme('light') },
        { id: 'dark', label: 'Dark theme', leftSection: <IconMoon size={18} aria-hidden />, onClick: () => setColorScheme('dark') },
        { id: 'keys', label: 'Keyboard shortcuts', leftSection: <IconKeyboard size={18} aria-hidden />, onClick: openShortcuts },
      ],
    },
  ];
  return (
    <Spotlight
      actions={groups}
      nothingFound="Nothing found"
      highlightQuery
      limit={20}
      attributes={{ content: { 'aria-label': 'Search and actions' } }}
      searchProps={{ placeholder: 'Search pages, use cases, actions', 'aria-label': 'Search' }}
    />
  );
}
