# The `mend` command; `mend serve` is the gateway. The demo's model is in /app/Demo.
#
#   docker build -f deploy/mend.Dockerfile -t mend .
#
# SDK and BASE are build arguments, for a mirror or another base: any with glibc 2.27, libstdc++, OpenSSL 3, CA certificates and bash.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0

FROM ${SDK} AS build
# Which libtorch goes in: none, cpu or cuda.
ARG TORCH=none
ARG CYCLONEDX=6.3.1
WORKDIR /source
COPY . .
RUN dotnet publish src/Mend.Cli -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:TorchNative=${TORCH} \
        -p:PublishDocumentationFiles=false -p:DebugType=none -o /app \
    && dotnet tool install CycloneDX --version ${CYCLONEDX} --tool-path /tools \
    && DOTNET_ROLL_FORWARD=LatestMajor /tools/dotnet-CycloneDX src/Mend.Cli/Mend.Cli.csproj --runtime linux-x64 --output-format Json -o /app --filename sbom.cdx.json \
    && cp LICENSE deploy/healthy /app/

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mend" \
      org.opencontainers.image.description="Edits facts in large language models: the command, and the gateway as `serve`." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# No diagnostics: their socket would need a place to write to.
ENV DOTNET_EnableDiagnostics=0 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
EXPOSE 8080
COPY --from=build /app /app
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=6s --start-period=120s --retries=6 CMD ["/app/healthy", "8080", "readyz"]
ENTRYPOINT ["/app/mend"]
