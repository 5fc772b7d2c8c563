// State that lives in the query string, so that a copied address shows the same view.
import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Names and defaults of a page's state. A default leaves no trace in the address. */
export type UrlDefaults = Record<string, string>;

export function readUrlState<T extends UrlDefaults>(search: string, defaults: T): T {
  const given = new URLSearchParams(search);
  const entries = Object.entries(defaults).map(([name, fallback]) => [name, given.get(name) ?? fallback]);
  return Object.fromEntries(entries) as T;
}

/** The query string after `change`; parameters this page does not know are kept. */
export function writeUrlState<T extends UrlDefaults>(search: string, defaults: T, change: Partial<T>): string {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === defaults[name]) next.delete(name);
    else next.set(name, value);
  }
  next.sort();
  return next.toString();
}

export function useUrlState<T extends UrlDefaults>(defaults: T): [T, (change: Partial<T>) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  // Defaults are literals of the page: their content, not their identity, decides.
  const key = JSON.stringify(defaults);
  const state = useMemo(() => readUrlState(search, JSON.parse(key) as T), [search, key]);
  const change = useCallback(
    (part: Partial<T>) => {
      const next = writeUrlState(search, JSON.parse(key) as T, part);
      navigate(next ? `${path}?${next}` : path, { replace: true });
    },
    [search, key, path, navigate],
  );
  return [state, change];
}
