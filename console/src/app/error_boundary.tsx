// The last net under a page: a fault in one page leaves the rest of the console usable.
import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface Props {
  children: ReactNode;
  /** A change of this value gives the page another chance. */
  place?: string;
}
interface State {
  fault: Error | null;
  place: string | undefined;
}

export class ErrorBoundary extends Component<Props, State> {
  state: State = { fault: null, place: this.props.place };

  static getDerivedStateFromError(fault: Error): Partial<State> {
    return { fault };
  }
  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.place === state.place ? null : { fault: null, place: props.place };
  }

  render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <Alert role="alert" color="red" variant="outline" title="This page failed">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">The console met a fault of its own. Nothing was changed on the server by it.</Text>
          <Code block>{fault.message}</Code>
          <Button variant="default" onClick={() => location.reload()}>
            Load the page again
          </Button>
        </Stack>
      </Alert>
    );
  }
}
