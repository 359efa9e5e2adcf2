// Requests and orders. An order carries the antiforgery token; when the server does not know the token any more, a new one is fetched once.

let token = null;

async function answer(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // a proxy's page, perhaps
  }
  if (!response.ok) throw new Error(body?.detail ?? body?.title ?? `The host answered ${response.status}.`);
  return body;
}

export const get = async (path) => answer(await fetch(`api/${path}`, { headers: { Accept: "application/json" } }));

export async function order(path, body = {}, retry = true) {
  token ??= await get("antiforgery");
  const response = await fetch(`api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", [token.header]: token.token },
    body: JSON.stringify(body),
  });
  if (response.status === 400 && retry && (await response.clone().json().catch(() => ({}))).title?.includes("antiforgery")) {
    token = null;
    return order(path, body, false);
  }
  return answer(response);
}
