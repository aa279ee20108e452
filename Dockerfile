# One image for all processes; there is no build step, the .ts files run as written.
FROM node:26-slim

WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 METRICS_HOST=0.0.0.0 PORT=5000

# The manifests first: as long as they stay the same, so does the layer with the dependencies.
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
COPY database/package.json database/
COPY gateway/package.json gateway/
COPY services/waitlist/package.json services/waitlist/
COPY services/invites/package.json services/invites/
COPY services/referrals/package.json services/referrals/
COPY services/quality-gates/package.json services/quality-gates/
COPY local/package.json local/
COPY testing/package.json testing/
COPY e2e/package.json e2e/
COPY bench/package.json bench/
# Without the optional ones: the image brings its own Node, and Postgres is another container.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

COPY openapi.json ./
COPY public public
COPY shared shared
COPY database database
COPY gateway gateway
COPY services services
COPY local local

USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "gateway/main.ts"]
