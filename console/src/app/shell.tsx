// The frame around every page: navigation, palette, theme, who is signed in.
import { ActionIcon, Anchor, AppShell, Burger, Center, Group, Kbd, Loader, NavLink, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { ErrorBoundary } from './error_boundary';
import { useShortcuts } from './keyboard';
import { isAt, places } from './navigation';
import { Palette } from './palette';
import { Pages } from './pages';
import { ShortcutSheet } from './shortcut_sheet';
import { ThemeButton } from './theme_button';
import { UserMenu } from './user_menu';

export function Shell() {
  const [isMenuOpen, menu] = useDisclosure(false);
  const [isSheetOpen, sheet] = useDisclosure(false);
  const [location, navigate] = useLocation();
  useShortcuts({
    ...Object.fromEntries(places.map((place) => [`g ${place.key}`, () => navigate(place.path)])),
    '?': sheet.open,
    '/': () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus(),
  });
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <Palette openShortcuts={sheet.open} />
      <ShortcutSheet opened={isSheetOpen} onClose={sheet.close} />
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isMenuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Anchor component={Link} href="/" underline="never" c="var(--mantine-color-text)">
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" width={24} height={24} alt="" />
                <Text fw={650}>Millwright</Text>
              </Group>
            </Anchor>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <PaletteButton />
            <ActionIcon size="lg" onClick={sheet.open} aria-label="Keyboard shortcuts" visibleFrom="sm">
              <IconKeyboard size={18} aria-hidden />
            </ActionIcon>
            <ThemeButton />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Places">
        <Places location={location} onVisit={menu.close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <ErrorBoundary place={location}>
          <Suspense fallback={<PageLoader />}>
            <Pages />
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

function Places({ location, onVisit }: { location: string; onVisit: () => void }) {
  return (['Operate', 'Build'] as const).map((group) => (
    <div key={group}>
      <Text size="xs" c="dimmed" px="sm" pt="sm" pb={4}>
        {group}
      </Text>
      {places
        .filter((place) => place.group === group)
        .map((place) => (
          <NavLink
            key={place.path}
            component={Link}
            href={place.path}
            label={place.label}
            leftSection={<place.icon size={16} aria-hidden />}
            active={isAt(place.path, location)}
            aria-current={isAt(place.path, location) ? 'page' : undefined}
            onClick={onVisit}
          />
        ))}
    </div>
  ));
}

function PaletteButton() {
  return (
    <UnstyledButton onClick={spotlight.open} px="xs" py={4} bd="1px solid var(--mantine-color-default-border)" bdrs="sm">
      <Group gap={8} wrap="nowrap">
        <IconSearch size={15} aria-hidden />
        <VisuallyHidden hiddenFrom="sm">Search and actions</VisuallyHidden>
        <Text size="xs" c="dimmed" visibleFrom="sm">
          Search and actions
        </Text>
        <Kbd size="xs" visibleFrom="sm">
          Ctrl K
        </Kbd>
      </Group>
    </UnstyledButton>
  );
}

function PageLoader() {
  return (
    <Center h={240} role="status" aria-label="Loading the page">
      <Loader type="dots" />
    </Center>
  );
}
