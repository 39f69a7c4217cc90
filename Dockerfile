FROM node:24 AS build
WORKDIR /build
# First what npm ci needs alone, so that an edit of the source does not install everything anew.
COPY package.json package-lock.json ./
COPY tools/node tools/node
RUN npm ci
COPY . .
RUN npm run build

# No shell, no package manager; runs as user 65532.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --from=build /build/dist /app
# Its entry point is node.
CMD ["--enable-source-maps", "/app/main.mjs"]
