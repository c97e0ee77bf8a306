// An edge function: greets whoever calls it, and says which stack answered. One file, run by Deno; packages are imported by name.

declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(handler: (request: Request) => Promise<Response>): unknown;
};

/** The answer to a call with `{"name": "…"}`; anything else is greeted as the world. */
export async function greeting(request: Request, url: string | undefined): Promise<Response> {
  const body: unknown = await request.json().catch(() => undefined);
  const named = typeof body === "object" && body !== null && "name" in body ? String(body.name) : "world";
  return Response.json({ message: `Hello, ${named}`, from: url });
}

if ("Deno" in globalThis) Deno.serve((request) => greeting(request, Deno.env.get("SUPABASE_PUBLIC_URL")));
