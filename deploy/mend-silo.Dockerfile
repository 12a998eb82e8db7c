# A silo of a cluster, which computes on the CPU, or with libtorch:
#
#   docker build -f deploy/mend-silo.Dockerfile -t mend-silo .
#   docker build -f deploy/mend-silo.Dockerfile -t mend-silo:cuda --build-arg TORCH=cuda --build-arg BASE=nvidia/cuda:12.8.1-runtime-ubuntu24.04 .
#
# SDK and BASE are build arguments, for a mirror or another base: any with glibc 2.27, libstdc++, OpenSSL 3, CA certificates and bash; with
# libtorch, GLIBCXX_3.4.32 too (Ubuntu 24.04, Debian 13). The CUDA libraries come with libtorch, the driver from the NVIDIA container toolkit.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0

FROM ${SDK} AS build
# Which libtorch goes in: none, cpu or cuda.
ARG TORCH=none
ARG CYCLONEDX=6.3.1
WORKDIR /source
COPY . .
RUN dotnet publish src/Mend.Silo -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:TorchNative=${TORCH} \
        -p:PublishDocumentationFiles=false -p:DebugType=none -o /app \
    && dotnet tool install CycloneDX --version ${CYCLONEDX} --tool-path /tools \
    && DOTNET_ROLL_FORWARD=LatestMajor /tools/dotnet-CycloneDX src/Mend.Silo/Mend.Silo.csproj --runtime linux-x64 --output-format Json -o /app --filename sbom.cdx.json \
    && cp LICENSE deploy/healthy /app/

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mend-silo" \
      org.opencontainers.image.description="A silo of a Mend.Cluster: holds shards of a model." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# No diagnostics: their socket would need a place to write to.
ENV DOTNET_EnableDiagnostics=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
EXPOSE 8081 11111 30000
COPY --from=build /app /app
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=6s --start-period=120s --retries=6 CMD ["/app/healthy", "8081", "readyz"]
ENTRYPOINT ["/app/mend-silo"]
