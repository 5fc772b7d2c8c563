// How an application calls a use case: the OpenAI shape, with the use case as the model.

export interface Snippet {
  name: string;
  text: string;
}

export function snippetsFor(useCase: string, origin: string): Snippet[] {
  const model = JSON.stringify(useCase);
  return [
    {
      name: 'curl',
      text: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $MILLWRIGHT_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ model: useCase, messages: [{ role: 'user', content: 'How do I add a package source?' }] }).replaceAll("'", `'\\''`)}'`,
    },
    {
      name: 'Node.js',
      text: `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.MILLWRIGHT_KEY });
const answer = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: 'user', content: 'How do I add a package source?' }],
});
console.log(answer.choices[0].message.content);`,
    },
    {
      name: 'Python',
      text: `import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["MILLWRIGHT_KEY"])
answer = client.chat.completions.create(
    model=${model},
    messages=[{"role": "user", "content": "How do I add a package source?"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      name: 'PowerShell',
      text: `$body = @{ model = '${useCase.replaceAll("'", "''")}'; messages = @(@{ role = 'user'; content = 'How do I add a package source?' }) }
Invoke-RestMethod -Method Post -Uri '${origin}/v1/chat/completions' \`
  -Headers @{ Authorization = "Bearer $env:MILLWRIGHT_KEY" } \`
  -ContentType 'application/json' -Body ($body | ConvertTo-Json -Depth 5)`,
    },
  ];
}
