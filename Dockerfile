FROM node:24 AS build
WORKDIR /build
# First only what npm ci needs, so that an edit of the source does not install everything anew.
COPY package.json package-lock.json ./
COPY tools/node tools/node
RUN npm ci
COPY . .
RUN npm run build

# No shell, no package manager; runs as user 65532. Its entry point is node.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
# Without the source map: with it the process takes 80 MB more, and the program is not minified anyway.
COPY --from=build /build/dist/main.mjs /app/main.mjs
# glibc gives back at once only what is as large as this; the rest waits for what lies behind it. V8 compiles in pieces of
# 32 KiB, 16 MB of them at the start alone, and they would stay.
ENV MALLOC_MMAP_THRESHOLD_=32768
# DEP0169 is about url.parse, which the ALB client library calls on addresses of our own.
# The other two: of V8's heap only what is in use shall lie in memory. By itself V8 keeps the room that a burst of work
# took for minutes or longer, and lets new objects fill 32 MiB before it looks at them: 196 MB where 25 were in use. Under
# the memory limit of the deployment it looks after 1 MiB already, which costs more processor time than these two do.
CMD ["--disable-warning=DEP0169", "--memory-saver-mode", "--max-semi-space-size=4", "/app/main.mjs"]
