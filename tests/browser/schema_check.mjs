// Checks a JSON value against a schema of the API document: as much of JSON Schema as that document uses.

export function makeChecker(document) {
  const resolve = (schema) => (schema.$ref ? resolve(schema.$ref.slice(2).split('/').reduce((at, name) => at[name], document)) : schema);

  /** Faults of `value`, each with its place; empty when it fits. */
  function check(value, given, at = '$') {
    const schema = resolve(given);
    if (schema.oneOf || schema.anyOf) {
      const choices = (schema.oneOf ?? schema.anyOf).map((choice) => check(value, choice, at));
      return choices.some((faults) => faults.length === 0) ? [] : choices[0];
    }
    const faults = (schema.allOf ?? []).flatMap((part) => check(value, part, at));
    if (schema.type && ![schema.type].flat().some((type) => hasType(value, type))) {
      return [...faults, `${at}: ${JSON.stringify(value)} is no ${schema.type}`];
    }
    if (schema.enum && !schema.enum.includes(value)) faults.push(`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`);
    if (Array.isArray(value) && schema.items) value.forEach((item, i) => faults.push(...check(item, schema.items, `${at}[${i}]`)));
    if (hasType(value, 'object')) faults.push(...checkMembers(value, schema, at));
    return faults;
  }

  function checkMembers(value, schema, at) {
    const faults = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
    for (const [name, member] of Object.entries(value)) {
      const known = schema.properties?.[name];
      if (known) faults.push(...check(member, known, `${at}.${name}`));
      else if (schema.properties && !schema.additionalProperties) faults.push(`${at}.${name} is not in the document`);
      else if (typeof schema.additionalProperties === 'object') faults.push(...check(member, schema.additionalProperties, `${at}.${name}`));
    }
    return faults;
  }

  /** Faults of an answer to `method path` with `status`. */
  return function checkAnswer(method, path, status, value) {
    for (const [template, operations] of Object.entries(document.paths)) {
      const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      const operation = operations[method.toLowerCase()];
      if (!pattern.test(path) || !operation) continue;
      const answer = resolve(operation.responses[status] ?? operation.responses.default);
      const content = answer.content?.['application/json'] ?? answer.content?.['application/problem+json'];
      return content ? check(value, content.schema) : [];
    }
    return [`${method} ${path} is not in the document`];
  };
}

function hasType(value, type) {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
