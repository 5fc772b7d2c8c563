// "Copy as": the same action as a command line or a curl line.
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopy } from '@tabler/icons-react';

export function CopyAs({ forms }: { forms: Record<string, string> }) {
  const copy = async (name: string, text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      notifications.show({ message: `Copied as ${name}` });
    } catch {
      // No clipboard outside secure contexts: show the text instead.
      notifications.show({ title: name, message: text, autoClose: false });
    }
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<IconCopy size={14} aria-hidden />}>
          Copy as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(forms).map(([name, text]) => (
          <Menu.Item key={name} onClick={() => void copy(name, text)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
