// All use cases, with what is live and how the budget stands.
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useUseCases } from '@/features/configuration/use_cases';
import { BudgetBurn } from '@/features/finops/budget_burn';
import { LockBadge } from '@/shared/lock_badge';
import { useCaseHref } from '@/shared/links';
import { Page } from '@/shared/page';
import { Empty, QueryState } from '@/shared/states';
import { Status } from '@/shared/status';

export default function UseCasesPage() {
  const query = useUseCases();
  return (
    <Page title="Use cases" purpose="What applications call by name: owner, data, budget, release.">
      <QueryState query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No use case yet" command="millwright config plan">
              A use case is one YAML object in the configuration. A second one is one more file.
            </Empty>
          ) : (
            <Table.ScrollContainer minWidth={860}>
              <Table aria-label="Use cases">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Risk and data</Table.Th>
                    <Table.Th>Live release</Table.Th>
                    <Table.Th>Budget</Table.Th>
                    <Table.Th>Defined in</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((useCase) => (
                    <Table.Tr key={useCase.name}>
                      <Table.Td>
                        <Anchor component={Link} href={useCaseHref(useCase.name)} fw={600}>
                          {useCase.name}
                        </Anchor>
                        <Text size="xs" c="dimmed">
                          {useCase.description || useCase.owner}
                        </Text>
                      </Table.Td>
                      <Table.Td>
                        <Status value={useCase.state} />
                      </Table.Td>
                      <Table.Td>
                        <Badge variant="default">{useCase.risk_tier}</Badge> {useCase.data_class}
                      </Table.Td>
                      <Table.Td>
                        {useCase.live?.release ?? 'none'}
                        {useCase.live?.canary && (
                          <Text size="xs" c="dimmed">
                            canary {useCase.live.canary} {useCase.live.canary_percent} %
                          </Text>
                        )}
                      </Table.Td>
                      <Table.Td miw={180}>{useCase.budget ? <BudgetBurn budget={useCase.budget} isCompact /> : 'none'}</Table.Td>
                      <Table.Td>
                        <LockBadge origin={useCase.origin} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </QueryState>
    </Page>
  );
}
