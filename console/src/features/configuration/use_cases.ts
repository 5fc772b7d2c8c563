// The use cases: the central noun, asked for by many pages.
import { useQuery } from '@tanstack/react-query';
import { type Schema, answerOf, api } from '@/shared/api';

export type UseCase = Schema['UseCase'];
export type UseCaseSummary = Schema['UseCaseSummary'];

export function useUseCases() {
  return useQuery({
    queryKey: ['use-cases'],
    queryFn: () => answerOf(api.GET('/api/v1/use-cases', { params: { query: { limit: 200 } } })),
  });
}

export function useUseCase(name: string) {
  return useQuery({
    queryKey: ['use-cases', name],
    queryFn: () => answerOf(api.GET('/api/v1/use-cases/{name}', { params: { path: { name } } })),
  });
}
