"""The status page: what people see of the platform in a browser. Written by the server, it needs no build step."""
