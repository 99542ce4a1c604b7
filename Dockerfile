# The image contains two static programs: the function and command line as /usr/bin/kueueleuleu (not as /kueueleuleu,
# where pods mount the volume of their steps), and the supervisor as /ko-app/entrypoint, the path in Tekton's image, so
# that one image can replace the other. It has no other packages to patch.
#
#   docker build -t REGISTRY/kueueleuleu:TAG .        (or podman, or buildah)
#   docker push REGISTRY/kueueleuleu:TAG
#
# The tests build and run it for linux/amd64; `scripts/arm64` does so for linux/arm64, under qemu.

FROM --platform=$BUILDPLATFORM docker.io/library/rust:1.95-slim-bookworm AS build
ARG TARGETARCH
WORKDIR /src

# Writes the name of the target, and installs the standard library, linker and C library of a foreign target. Older
# builders set no TARGETARCH; then the target is the machine itself.
RUN set -eu; \
    case "${TARGETARCH:-$(uname -m)}" in \
      amd64|x86_64) target=x86_64-unknown-linux-gnu ;; \
      arm64|aarch64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "no target is known for the architecture '$TARGETARCH'" >&2; exit 1 ;; \
    esac; \
    echo "$target" > /target; \
    if [ "${target%%-*}" != "$(uname -m)" ]; then \
      gcc=$(echo "gcc-${target%%-*}-linux-gnu" | tr _ -); \
      libc=libc6-dev-$TARGETARCH-cross; \
      rustup target add "$target"; \
      apt-get update; \
      apt-get install --no-install-recommends --yes "$gcc" "$libc"; \
      rm -rf /var/lib/apt/lists/*; \
    fi

# `.dockerignore` admits the sources, and the other paths that `Cargo.toml` names.
COPY . .

# Without the feature `registry`, the function has no code that could open a connection.
#
# Programs at fixed addresses start faster, because they need no relocation (docs/releasing.md has the reasons).
# `--target` is needed even for the builder's own target: without it, the flags would apply to proc-macros too, which can
# be neither static nor at fixed addresses.
RUN set -eu; \
    target=$(cat /target); \
    if [ "${target%%-*}" != "$(uname -m)" ]; then \
      export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc; \
      export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc; \
    fi; \
    export RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static"; \
    cargo build --release --locked --target "$target" --workspace --bins \
      --no-default-features --features kueueleuleu/cli; \
    mkdir -p /image/ko-app /image/etc /image/usr/bin; \
    cp LICENSE /image/LICENSE; \
    cp "target/$target/release/kueueleuleu" /image/usr/bin/kueueleuleu; \
    cp "target/$target/release/kueueleuleu-entrypoint" /image/ko-app/entrypoint

# kustomize and kpt run functions with `--user nobody`, a name that is looked up in the image.
RUN printf '%s\n' \
      'root:x:0:0:root:/:/sbin/nologin' \
      'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' \
      'nobody:x:65534:65534:nobody:/:/sbin/nologin' > /image/etc/passwd && \
    printf '%s\n' 'root:x:0:' 'nonroot:x:65532:' 'nogroup:x:65534:' 'nobody:x:65534:' > /image/etc/group

# A smoke test: both programs start in an empty root, so they are static, and one step hands over to the next.
RUN set -eu; \
    if [ "$(cut -d- -f1 /target)" = "$(uname -m)" ]; then \
      chroot /image /usr/bin/kueueleuleu --help > /dev/null; \
      chroot /image /ko-app/entrypoint -help > /dev/null; \
      mkdir /smoke; \
      /image/ko-app/entrypoint cp /image/ko-app/entrypoint /smoke/entrypoint; \
      /smoke/entrypoint -wait_file /smoke/0/out -post_file /smoke/1/out -termination_path /smoke/1/termination \
        -entrypoint test -- -e /smoke/0/out & \
      waiter=$!; \
      /smoke/entrypoint -post_file /smoke/0/out -termination_path /smoke/0/termination -entrypoint true; \
      wait $waiter; \
      test -e /smoke/1/out; \
      /image/ko-app/entrypoint cp -protocol 2 -steps 2 /image/ko-app/entrypoint /smoke/bin/entrypoint; \
      /smoke/bin/entrypoint -step 1 -root /smoke -- test -e /smoke/run/0/out & \
      waiter=$!; \
      /smoke/bin/entrypoint -step 0 -root /smoke -- true; \
      wait $waiter; \
      test -e /smoke/run/1/out; \
    fi

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kueueleuleu" \
      org.opencontainers.image.description="Runs the containers of a Kubernetes Pod, Job or CronJob one after the other: KRM function, command line, entrypoint." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image /
USER 65532:65532
ENTRYPOINT ["/usr/bin/kueueleuleu"]
