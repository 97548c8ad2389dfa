# A small image with one static program: nothing to log in to, nothing to update.
#
#   docker build -t netmirror --build-arg VERSION=1.0 .
#
# examples/compose/Dockerfile makes the same image of a program built beforehand.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=image
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/netmirror ./cmd/netmirror \
 && mkdir /out/empty

FROM scratch
# The public authorities, for webhooks and inventories elsewhere.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/netmirror /netmirror
# A named volume begins as the folder of the image: with this owner.
COPY --from=build --chown=65532:65532 /out/empty /var/lib/netmirror
COPY --from=build --chown=65532:65532 /out/empty /run/netmirror
ENV NETMIRROR_DATA=/var/lib/netmirror
USER 65532:65532
VOLUME /var/lib/netmirror
EXPOSE 8420
ENTRYPOINT ["/netmirror"]
CMD ["serve"]
