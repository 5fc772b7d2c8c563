// The "?" sheet: every shortcut, and the switch that turns them off.
import { Group, Kbd, Modal, Stack, Switch, Table } from '@mantine/core';
import { useState } from 'react';
import { areShortcutsOn, setShortcuts } from './keyboard';
import { places } from './navigation';

export function ShortcutSheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [isOn, setIsOn] = useState(areShortcutsOn);
  const rows: [string[], string][] = [
    [['Ctrl', 'K'], 'Search pages, use cases and actions (⌘K on a Mac)'],
    ...places.map((place): [string[], string] => [['g', place.key], `Go to ${place.label}`]),
    [['/'], 'Focus the filter of a list'],
    [['?'], 'This sheet'],
    [['Esc'], 'Close what is open'],
  ];
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Keys</Table.Th>
              <Table.Th>What they do</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([keys, purpose]) => (
              <Table.Tr key={purpose}>
                <Table.Td>
                  <Group gap={4}>
                    {keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td>{purpose}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Switch
          label="Single-key shortcuts"
          checked={isOn}
          onChange={(event) => {
            setIsOn(event.currentTarget.checked);
            setShortcuts(event.currentTarget.checked ? 'on' : 'off');
          }}
        />
      </Stack>
    </Modal>
  );
}
