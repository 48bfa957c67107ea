export interface Greeting {
  name: string;
  text: string;
}

export function greet(name: string): Greeting {
  return { name, text: `Nice to meet you, ${name}.` };
}
