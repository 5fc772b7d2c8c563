// What went wrong, as the API says it (RFC 9457 with our extensions), and as the screen needs it.

export class Problem extends Error {
  readonly status: number; // 0: no answer came
  readonly code: string;
  readonly title: string;
  readonly rule: string | undefined; // that decided
  readonly where: string | undefined; // "millwright.yaml:3:7 models[0].price"
  readonly faults: readonly string[]; // when there are several
  readonly fix: string | undefined;
  readonly whoCan: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, body: unknown, requestId?: string) {
    const given = isRecord(body) ? body : {};
    const title = text(given.title) ?? (status === 0 ? 'The server did not answer' : `The server answered ${status}`);
    super(text(given.detail) ?? title);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.code = text(given.code) ?? (status === 0 ? 'unreachable' : `http_${status}`);
    this.rule = text(given.rule);
    this.where = place(given.where);
    this.faults = (Array.isArray(given.errors) ? given.errors.filter(isRecord) : []).map(
      (fault) => [place(fault.where), text(fault.message)].filter(Boolean).join(': '),
    );
    this.fix = text(given.fix);
    this.whoCan = text(given.who_can);
    this.requestId = text(given.request_id) ?? requestId;
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }
  get isSignedOut(): boolean {
    return this.status === 401;
  }
  /** Asking again can help. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { detail: error instanceof Error ? error.message : String(error) });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function place(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const spot = [text(value.source), value.line, value.column].filter(Boolean).join(':');
  return [spot, text(value.field)].filter(Boolean).join(' ') || undefined;
}
