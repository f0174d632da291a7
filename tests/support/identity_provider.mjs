// An OpenID provider for tests: whoever types a name at its door is that person. `unverified-…` has no verified address.
import { pathToFileURL } from 'node:url'

const [modules, port, client, redirect] = process.argv.slice(2)
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`))
const issuer = `http://127.0.0.1:${port}`
console.error = console.warn = console.info = () => {}

const provider = new Provider(issuer, {
  clients: [{ client_id: client, client_secret: 'secret-of-tests', redirect_uris: [redirect], post_logout_redirect_uris: [redirect] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['keys-of-tests'] },
  features: { devInteractions: { enabled: true } },
  ttl: { IdToken: 3600, Session: 3600, Grant: 3600, AccessToken: 3600, Interaction: 3600 },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: !id.startsWith('unverified') }),
  }),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
