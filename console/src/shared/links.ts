// From the API's names of things to their places in the console.

const q = encodeURIComponent;

export const traceHref = (id: string) => `/traces/${q(id)}`;
export const useCaseHref = (name: string, tab?: string) => `/use-cases/${q(name)}${tab ? `?tab=${tab}` : ''}`;
export const documentHref = (id: string) => `/data/documents/${q(id)}`;
export const explainHref = (id: string) => `/r/${q(id)}`;

const byKind: Record<string, (name: string) => string> = {
  trace: traceHref,
  use_case: (name) => useCaseHref(name),
  release: (name) => useCaseHref(name.replace(/-\d+$/, ''), 'releases'),
  document: documentHref,
  source: (name) => `/data?source=${q(name)}`,
  dataset: () => '/data?tab=datasets',
  index: () => '/data?tab=indexes',
  budget: (name) => useCaseHref(name.replace(/^use_case\//, '')),
  alert: explainHref,
  evaluation: explainHref,
};

/** "use_case/helpdesk", "use_cases/helpdesk" or an API path → a place in the console; undefined when there is none. */
export function placeOf(object: string): string | undefined {
  const path = object.replace(/^\/api\/v1\//, '').replace(/^\//, '');
  const [head = '', ...rest] = path.split('/');
  const kind = head.replaceAll('-', '_').replace(/indexes$/, 'index').replace(/s$/, '');
  const name = rest.join('/');
  return name ? byKind[kind]?.(decode(name)) : undefined;
}

/** Places the API names that are part of another page here. */
const aliases: Record<string, string> = {
  '/alerts': '/inbox',
  '/approvals': '/inbox',
  '/access': '/use-cases',
  '/releases': '/use-cases',
  '/costs': '/use-cases',
};
const pages = ['ask', 'traces', 'r', 'inbox', 'data', 'use-cases'];

/** The link of a line that names its place and its object; undefined when neither is a page of the console. */
export function hrefOf(href: string, object: string): string | undefined {
  const alias = aliases[href];
  if (alias) return alias;
  const head = /^\/([^/?#]*)/.exec(href)?.[1];
  if (href === '/' || (head && pages.includes(head))) return href;
  return placeOf(href) ?? placeOf(object);
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
