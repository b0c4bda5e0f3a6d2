"""The platform's server on a free port, until it is terminated. Prints its address, alone on a line."""

import threading
import time

import uvicorn

from platform_api.app import build_app


def main() -> None:
    server = uvicorn.Server(uvicorn.Config(build_app(), port=0, log_level="warning", access_log=False))

    def tell() -> None:
        while not server.started:
            time.sleep(0.01)
        print(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)

    threading.Thread(target=tell, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
